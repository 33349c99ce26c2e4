//! Trainings in files: a model's file, and beside the weights all that its training goes on from.

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::{Array2, ArrayView1, Ix2};
use serde_json::{Value, json};

use super::course::Order;
use super::run::{Run, Tally};
use super::snapshot::OWN;
use super::state::{ModelState, State};
use super::{Metrics, Model, scores};
use crate::backend::Values;
use crate::error::Result;
use crate::file::json::{count, difference, text};
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::program::tensor::Tensor;
use crate::train::callback::Flow;
use crate::train::history::Epoch;

const ORDER: &str = "wgrad/order";
const HISTORY: &str = "wgrad/history";
const LOSSES: &str = "wgrad/losses";
const HITS: &str = "wgrad/hits";

/// The version of what a file says of its training; those of wgrad 0.1 say none.
const VERSION: u64 = 2;

/// Numbers that the history has of an epoch.
const COLUMNS: usize = 7;

impl Model {
    /// Writes a checkpoint where the training wants one.
    pub(super) async fn save_checkpoint(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        let Some(path) = run.fit.checkpoint.as_ref().map(|checkpoint| checkpoint.path.clone()) else {
            return Ok(());
        };
        let state = self.look(run).await?;
        if state.batches > 0 {
            // Weights may be finite yet where a loss is not.
            self.read_sound_window(run, run.train.batches.window_of(state.batches - 1)).await?;
        }
        let mut file = state.model.put(TensorFile::new(), "", OWN);
        file = file
            .with_integers(ORDER, &[&state.order.blocks[..], &state.order.places].concat())
            .with_doubles(HISTORY, table(&run.history.epochs).view());
        if state.batches > 0 {
            // What the epoch under way has of its losses; between two epochs nobody needs them.
            for (name, tensor) in tables(run) {
                file = file.with_shaped(name, &tensor.shape(), &self.read(tensor).await?);
            }
        }
        file = scores::put(file, &run.history.epochs);
        file = run.fit.callbacks.iter().fold(file, |file, callback| callback.save(file));
        for (name, kept) in &run.kept {
            let [weights, own] = kept_prefixes(name);
            file = kept.put(file, &weights, &own);
        }
        let mut description = self.description();
        description["training"] = json!({
            "version": VERSION, "epochs": run.fit.epochs, "settings": run.settings, "epoch": state.epoch,
            "batches": state.batches, "seconds": run.seconds, "steps": state.model.steps, "drawn": state.drawn.to_string(),
        });
        if let Some(metrics) = scores::described(&run.history.epochs) {
            description["training"]["metrics"] = metrics;
        }
        if run.tally != Tally::default() {
            let Tally { samples, loss, hits } = run.tally;
            description["training"]["tally"] = json!({ "samples": samples, "loss": loss, "hits": hits });
        }
        if !run.rates.is_empty() {
            description["training"]["rates"] = json!(run.rates);
        }
        for (name, kept) in &run.kept {
            description["training"]["kept"][name] = json!(kept.steps);
        }
        run.sound = Some(state);
        file.with_description(&description).write(&path)?;
        log::info!("wrote the checkpoint {}", path.display());
        Ok(())
    }

    /// Goes to where a checkpoint's training was.
    pub(super) fn resume(&mut self, run: &mut Run<'_, '_>, path: &Path) -> Result<()> {
        let of = |fault: FileFault| fault.of(path);
        let file = TensorFile::read(path)?;
        let training = self.check_training(run, &file).map_err(of)?;
        let state = self.training_state_in(run, &file, &training).map_err(of)?;
        run.history.epochs = epochs_in(&file, run.fit.epochs).map_err(of)?;
        file.check_shape(HISTORY, &[state.epoch - 1, COLUMNS]).map_err(of)?;
        scores::take(&file, &training, &mut run.history.epochs).map_err(of)?;
        run.seconds = training["seconds"].as_f64().unwrap_or(0.0);
        run.rates = rates_in(&training).map_err(of)?;
        run.tally = tally_in(&training, run, state.batches).map_err(of)?;
        if state.batches > 0 {
            for (name, tensor) in tables(run) {
                file.check_shape(name, &tensor.shape()).map_err(of)?;
                let values: Vec<f32> = file.reals(name).map_err(of)?.into_iter().collect();
                self.backend.write(tensor, Values::Real(&values))?;
            }
        }
        for callback in &mut run.fit.callbacks {
            if callback.resume(&file).map_err(of)? == Flow::Stop {
                run.flow = Flow::Stop;
            }
        }
        run.kept = self.kept_in(&file, &training).map_err(of)?;
        log::info!("goes on from {}, epoch {}, after {} batches", path.display(), state.epoch, state.batches);
        self.go_to(run, state)
    }

    /// What the file says of its training, which is an error unless it is this one.
    fn check_training(&self, run: &Run<'_, '_>, file: &TensorFile) -> Result<Value, FileFault> {
        let mut there = file.description()?;
        let training = there["training"].take();
        if training.is_null() {
            return Err(FileFault::NoTraining);
        }
        if !(training["version"].is_null() || training["version"] == VERSION) {
            let why = format!("the training is of version {}, and this is {VERSION}", training["version"]);
            return Err(FileFault::Description { why });
        }
        if !training["settings"].is_object() {
            let why =
                format!("the training's settings are {}, and should be an object", training["settings"]);
            return Err(FileFault::Description { why });
        }
        let mut here = self.description();
        (there["training"], here["training"]) = (training["settings"].clone(), run.settings.clone());
        if self.optimizer.needs_epochs() {
            (there["training"]["epochs"], here["training"]["epochs"]) =
                (training["epochs"].clone(), json!(run.fit.epochs));
        }
        match difference(&there, &here) {
            Some((what, there, here)) => {
                let [there, here] = [there, here].map(|value| setting_text(&what, value));
                Err(FileFault::Differs { what, there, here })
            }
            None => Ok(training),
        }
    }

    fn training_state_in(
        &self,
        run: &Run<'_, '_>,
        file: &TensorFile,
        training: &Value,
    ) -> Result<State, FileFault> {
        let wrong = |why: String| FileFault::Description { why };
        let number = |key| count(training, key).map_err(wrong);
        let (epoch, batches, steps) = (number("epoch")?, number("batches")?, number("steps")?);
        let drawn = text(training, "drawn").map_err(wrong)?.parse();
        let order = order_in(file, run)?;
        let most = run.train.batches.len();
        let sensible = epoch > 0 && batches <= most && steps <= i32::MAX as usize;
        let (true, Ok(steps), Ok(drawn)) = (sensible, u32::try_from(steps), drawn) else {
            return Err(wrong(format!("batch {batches} of {most} in epoch {epoch}, after {steps} steps")));
        };
        let old = self.layout.arenas.halves.is_some() && training["version"].is_null();
        let model = if old { self.counted(file, "", steps)? } else { self.state_in(file, ["", OWN], steps)? };
        Ok(State { epoch, batches, drawn, order, model })
    }

    /// What callbacks have kept. Version 0.1 kept the best parameters for early stopping, and nothing else.
    fn kept_in(
        &self,
        file: &TensorFile,
        training: &Value,
    ) -> Result<BTreeMap<String, ModelState>, FileFault> {
        let mut kept = BTreeMap::new();
        let [old, _] = kept_prefixes("early_stopping");
        if training["version"].is_null() && file.names().any(|name| name.starts_with(&old)) {
            kept.insert("early_stopping".to_string(), self.other_state_in(file, &old)?);
        }
        for (name, steps) in training["kept"].as_object().into_iter().flatten() {
            let steps = steps.as_u64().and_then(|steps| u32::try_from(steps).ok());
            let steps = steps.ok_or_else(|| FileFault::Description {
                why: format!("what was kept as {name} has {} steps", training["kept"][name]),
            })?;
            let [weights, own] = kept_prefixes(name);
            kept.insert(name.clone(), self.state_in(file, [&weights, &own], steps)?);
        }
        Ok(kept)
    }

    /// Other parameters in a checkpoint of version 0.1, with what it has beside the last ones.
    fn other_state_in(&self, file: &TensorFile, weights: &str) -> Result<ModelState, FileFault> {
        let training = file.description()?["training"].take();
        let steps = count(&training, "steps").map_err(|why| FileFault::Description { why })? as u32;
        match self.layout.arenas.halves {
            Some(_) if training["version"].is_null() => self.counted(file, weights, steps),
            _ => self.state_in(file, [weights, OWN], steps),
        }
    }

    /// A state of version 0.1 in half precision: the denominators counted every step, and were not written.
    fn counted(&self, file: &TensorFile, weights: &str, steps: u32) -> Result<ModelState, FileFault> {
        let denominators = self.optimizer.corrections(steps).map(|correction| 1.0 / correction);
        let file =
            file.clone().with_shaped(&format!("{OWN}denominators"), &[denominators.len()], &denominators);
        self.state_in(&file, [weights, OWN], steps)
    }
}

/// A setting in words: samples that are all there at once have no windows.
fn setting_text(what: &str, value: String) -> String {
    let is_of_windows = ["training.window", "training.block"].contains(&what);
    if is_of_windows && value == "null" { "unset (all samples are one window)".into() } else { value }
}

/// What begins the names of kept parameters, and of what goes with them.
fn kept_prefixes(name: &str) -> [String; 2] {
    [format!("{OWN}{name}/best/"), format!("{OWN}{name}/")]
}

/// The learning rates that were set; none where the file says of none.
fn rates_in(training: &Value) -> Result<Vec<(usize, f32)>, FileFault> {
    let rate = |pair: &Value| {
        let (from, rate) = (pair[0].as_u64()?, pair[1].as_f64()? as f32);
        (rate > 0.0 && rate.is_finite()).then_some((usize::try_from(from).ok()?, rate))
    };
    match &training["rates"] {
        Value::Null => Some(Vec::new()),
        Value::Array(rates) => rates.iter().map(rate).collect::<Option<_>>(),
        _ => None,
    }
    .ok_or_else(|| FileFault::Description {
        why: format!("the rates are {}, and should be pairs of a batch and a rate", training["rates"]),
    })
}

/// The tables that an epoch fills.
fn tables(run: &Run<'_, '_>) -> impl Iterator<Item = (&'static str, Tensor)> + use<> {
    let on = &run.train.on;
    [(LOSSES, Some(on.losses)), (HITS, on.hits)].into_iter().filter_map(|(name, table)| Some((name, table?)))
}

/// The order of blocks and places.
fn order_in(file: &TensorFile, run: &Run<'_, '_>) -> Result<Order, FileFault> {
    let (windows, mut blocks) = (&run.train.course.windows, file.integers(ORDER)?);
    let places = blocks.split_off(windows.blocks().min(blocks.len()));
    let order = Order { blocks, places };
    if order.is_of(windows.blocks(), windows.room()) {
        return Ok(order);
    }
    let samples = windows.samples();
    Err(FileFault::Description { why: format!("{ORDER} is no order of {samples} samples") })
}

/// What the windows came to that the epoch has done.
fn tally_in(training: &Value, run: &Run<'_, '_>, batches: usize) -> Result<Tally, FileFault> {
    let (of, windows) = (run.train.batches, run.train.course.windows);
    let done = of.window_of(batches) * windows.room();
    let samples = if batches == of.len() { windows.samples() } else { done };
    let tally = &training["tally"];
    let found = Tally {
        samples: tally["samples"].as_u64().unwrap_or(0) as usize,
        loss: tally["loss"].as_f64().unwrap_or(0.0),
        hits: tally["hits"].as_f64(),
    };
    if found.samples == samples && found.loss.is_finite() {
        return Ok(found);
    }
    Err(FileFault::Description { why: format!("the tally is {tally}, and should be of {samples} samples") })
}

/// A row for each epoch; what it does not have is not a number.
fn table(epochs: &[Epoch]) -> Array2<f64> {
    let metrics = |metrics: Option<Metrics>| {
        let accuracy = metrics.and_then(|metrics| metrics.accuracy);
        [metrics.map_or(f64::NAN, |metrics| metrics.loss), accuracy.unwrap_or(f64::NAN)]
    };
    let row = |epoch: &Epoch| {
        let ([loss, accuracy], [validation, right]) =
            (metrics(Some(epoch.metrics)), metrics(epoch.validation));
        let (rate, samples) = (f64::from(epoch.rate), epoch.samples as f64);
        [loss, accuracy, validation, right, rate, epoch.seconds, samples]
    };
    Array2::from(epochs.iter().map(row).collect::<Vec<[f64; COLUMNS]>>())
}

fn epochs_in(file: &TensorFile, of: usize) -> Result<Vec<Epoch>, FileFault> {
    let known = |value: f64| (!value.is_nan()).then_some(value);
    let metrics = |loss, accuracy| known(loss).map(|loss| Metrics { loss, accuracy: known(accuracy) });
    let epoch = |(number, row): (usize, ArrayView1<'_, f64>)| {
        let [loss, accuracy, validation, right, rate, seconds, samples] = row.to_vec()[..].try_into().ok()?;
        Some(Epoch {
            epoch: number + 1,
            of,
            metrics: metrics(loss, accuracy)?,
            validation: metrics(validation, right),
            rate: rate as f32,
            seconds,
            samples: samples as usize,
            scores: Vec::new(),
        })
    };
    let table = file.doubles(HISTORY)?.into_dimensionality::<Ix2>().map_err(FileFault::format)?;
    let epochs = table.rows().into_iter().enumerate().map(epoch).collect::<Option<_>>();
    epochs.ok_or_else(|| FileFault::Description { why: format!("{HISTORY} has not {COLUMNS} columns") })
}

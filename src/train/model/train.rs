//! Training.

use std::sync::atomic::Ordering;
use std::time::Instant;

use serde_json::Value;

use super::fit::Fit;
use super::gradients::Sums;
use super::on_device::OnDevice;
use super::state::State;
use super::{Metrics, Model};
use crate::backend::{ProgramId, Values};
use crate::error::{Error, NotFinite, Result};
use crate::nn::layers::Mode;
use crate::ops::LEAST_SCALE;
use crate::program::Batch;
use crate::train::callback::{BatchProgress, Flow};
use crate::train::dataset::Dataset;
use crate::train::history::{Epoch, History};

/// Batches that are handed to the backend at once; in between, callbacks hear of progress.
const BATCHES_AT_ONCE: usize = 32;

/// Batches after which, at the start of an epoch, the weights are looked at and kept.
const BATCHES_BETWEEN_LOOKS: usize = 100;

/// A compiled program over a dataset on the device.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) program: ProgramId,
    pub(super) on: OnDevice,
    pub(super) batches: Vec<Batch>,
    pub(super) dispatches: usize,
    /// What adds up the gradients of several batches, where the program makes no whole step.
    pub(super) sums: Option<Sums>,
}

/// A training under way.
#[derive(Debug)]
pub(super) struct Run<'d, 'f> {
    pub(super) fit: Fit<'f>,
    /// What a training that goes on from a checkpoint must share with this one.
    pub(super) settings: Value,
    pub(super) data: &'d Dataset,
    pub(super) train: Loaded,
    validation: Option<Loaded>,
    pub(super) history: History,
    /// The epoch under way, the first being 1.
    pub(super) epoch: usize,
    /// Batches of it that were run.
    pub(super) batches: usize,
    /// Seconds that they took.
    pub(super) seconds: f64,
    /// Learning rates that were set, each with the batch of the training from which on it counts.
    pub(super) rates: Vec<(usize, f32)>,
    pub(super) order: Vec<u32>,
    /// Whether another epoch is wanted.
    pub(super) flow: Flow,
    /// Where the weights were last seen to be finite.
    pub(super) sound: Option<State>,
}

impl Model {
    /// Trains on a dataset and returns what happened in each epoch.
    ///
    /// A further call goes on with the optimizer's moments and step, and with the orders of samples; the learning rate's
    /// schedule begins anew.
    ///
    /// Where a loss or a weight becomes not finite, the model keeps the weights of the epoch before it, or those that
    /// [`EarlyStopping`](crate::train::callback::EarlyStopping) knows to be best.
    ///
    /// # Errors
    /// A dataset that does not fit the model; settings that cannot train; a checkpoint of another training, or one that
    /// cannot be written; an interruption; a loss or a weight that is not finite, with the first step that made it so;
    /// a lost device.
    pub fn fit(&mut self, data: &Dataset, options: Fit<'_>) -> Result<History> {
        let mut training = self.training(data, options)?;
        let mut outcome = Ok(());
        loop {
            match training.epoch() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        let ended = training.finish();
        outcome.and(ended)
    }

    pub(super) fn start<'d, 'f>(&mut self, data: &'d Dataset, fit: Fit<'f>) -> Result<Run<'d, 'f>> {
        let settings = fit.settings(data);
        let start = Instant::now();
        let train = self.load_training(data, &fit)?;
        let validation = fit.validation.map(|data| self.load_evaluation(data)).transpose();
        let validation = validation.inspect_err(|_| self.release_loaded(&train));
        let validation = validation.map_err(Error::of_validation)?;
        let history = History {
            compile_seconds: start.elapsed().as_secs_f64(),
            dispatches_per_step: train.dispatches,
            ..History::default()
        };
        let (samples, batch, epochs) = (data.len(), fit.batch, fit.epochs);
        log::info!(
            "trains on {samples} samples in batches of {batch}, {epochs} epochs, on {}",
            self.backend_info()
        );
        let order = (0..data.len() as u32).collect();
        let (epoch, batches, seconds, flow, sound) = (1, 0, 0.0, Flow::Continue, None);
        Ok(Run {
            fit,
            settings,
            data,
            train,
            validation,
            history,
            epoch,
            batches,
            seconds,
            rates: Vec::new(),
            order,
            flow,
            sound,
        })
    }

    /// Gives back what a training has on the device.
    pub(super) fn release(&mut self, run: &Run<'_, '_>) {
        self.release_loaded(&run.train);
        run.validation.iter().for_each(|loaded| self.release_loaded(loaded));
    }

    fn release_loaded(&mut self, loaded: &Loaded) {
        self.backend.release(loaded.program);
        loaded.sums.iter().flat_map(Sums::programs).for_each(|program| self.backend.release(program));
    }

    /// Records and compiles what a training needs, and puts the dataset on the device.
    fn load_training(&mut self, data: &Dataset, fit: &Fit<'_>) -> Result<Loaded> {
        if fit.accumulate == 1 {
            return self.load_epoch("train", data, fit.batch, Mode::Train);
        }
        let data = self.check_data(data, Mode::Train)?;
        self.load_sums(&data, fit.batch, fit.accumulate)
    }

    /// Trains what is left of an epoch.
    pub(super) fn run_epoch(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        self.begin_epoch(run)?;
        self.run_batches(run)?;
        self.end_epoch(run)
    }

    /// Trains a batch, and gives its number in the epoch and its learning rate.
    pub(super) fn run_step(&mut self, run: &mut Run<'_, '_>) -> Result<(usize, f32)> {
        if run.batches == 0 {
            self.begin_epoch(run)?;
        }
        let start = Instant::now();
        let (number, batch) = (run.batches, self.next_batch(run));
        self.hand_over(run, &[batch])?;
        run.seconds += start.elapsed().as_secs_f64();
        if run.batches == run.train.batches.len() {
            self.end_epoch(run)?;
        } else if run.is_interrupted() {
            self.heed_interruption(run)?;
        }
        Ok((number, batch.rate))
    }

    fn begin_epoch(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        let start = Instant::now();
        let done = run
            .sound
            .as_ref()
            .map_or(usize::MAX, |sound| self.steps.wrapping_sub(sound.model.steps) as usize);
        if done >= BATCHES_BETWEEN_LOOKS {
            run.sound = Some(self.look(run)?);
        }
        self.shuffle(run)?;
        run.seconds += start.elapsed().as_secs_f64();
        Ok(())
    }

    /// Reads what the epoch gave, tells the callbacks, and writes the checkpoint that is due.
    fn end_epoch(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        self.record_history(run)?;
        let told = match self.tell(run) {
            // Weights that may not be finite are rolled back, and leave no checkpoint.
            Err(error) if run.failed_epoch(&error).is_some() => return Err(error),
            told => told,
        };
        run.flow = *told.as_ref().unwrap_or(&Flow::Stop);
        run.epoch += 1;
        (run.batches, run.seconds) = (0, 0.0);
        let ended = run.flow == Flow::Stop || run.epoch > run.fit.epochs;
        if told.is_err() || run.checkpoint_is_due(ended) {
            let saved = self.save_checkpoint(run);
            // The first error is the one to tell.
            told.and(saved)?;
        }
        if ended { Ok(()) } else { self.heed_interruption(run) }
    }

    fn record_history(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        let start = Instant::now();
        let metrics = self.training_metrics(run)?;
        self.check_scale(run)?;
        let seconds = run.seconds + start.elapsed().as_secs_f64();
        let validation = run.validation.as_ref().map(|loaded| self.run_evaluation(loaded)).transpose()?;
        let (epoch, of, samples) = (run.epoch, run.fit.epochs, run.order.len());
        let last = run.train.batches.len() - 1;
        let rate = self.rate(run, run.epoch, last);
        let ended = Epoch { epoch, of, metrics, validation, rate, seconds, samples };
        log::info!("{ended}");
        run.history.epochs.push(ended);
        Ok(())
    }

    /// Draws the order of an epoch that begins.
    pub(super) fn shuffle(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        if run.batches > 0 || !run.fit.shuffle {
            return Ok(());
        }
        self.shuffler.shuffle(&mut run.order);
        self.backend.write(run.train.on.indices, Values::U32(&run.order))
    }

    /// The means over the epoch under way, or an error that names the step by which a loss is not finite.
    pub(super) fn training_metrics(&mut self, run: &Run<'_, '_>) -> Result<Metrics> {
        match self.read_metrics(&run.train) {
            Err(Error::Loss { batch, loss }) => {
                Err(self.explain(run, (run.epoch, batch), format!("the loss is {loss}")))
            }
            other => other,
        }
    }

    /// Brings the model to the end of the epoch before the given one: to where its weights were looked at last, and from
    /// there once more through what followed.
    pub(super) fn roll_back(&mut self, run: &mut Run<'_, '_>, epoch: usize) -> Result<()> {
        let Some(sound) = run.sound.clone() else { return Ok(()) };
        log::warn!("epoch {epoch} failed; the model gets the weights of the end of the epoch before");
        self.go_to(run, sound.clone())?;
        match self.run_until(run, epoch) {
            Ok(state) if state.model.is_finite() => Ok(()),
            _ => self.set_training_state(&sound),
        }
    }

    /// Runs batches as before, up to the beginning of an epoch.
    fn run_until(&mut self, run: &mut Run<'_, '_>, epoch: usize) -> Result<State> {
        while run.epoch < epoch {
            self.shuffle(run)?;
            let batches = self.batches(run, run.epoch, run.batches, self.steps);
            self.run_steps(&run.train, &batches)?;
            self.steps += batches.len() as u32;
            (run.epoch, run.batches) = (run.epoch + 1, 0);
        }
        self.training_state(run)
    }

    /// Runs the batches of an epoch that were not run yet.
    fn run_batches(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        let batches = self.batches(run, run.epoch, run.batches, self.steps);
        for some in batches.chunks(BATCHES_AT_ONCE) {
            let start = Instant::now();
            self.hand_over(run, some)?;
            run.seconds += start.elapsed().as_secs_f64();
            if run.batches < run.train.batches.len() && run.is_interrupted() {
                self.heed_interruption(run)?;
            }
        }
        Ok(())
    }

    /// Gives batches to the backend, and tells the callbacks.
    fn hand_over(&mut self, run: &mut Run<'_, '_>, batches: &[Batch]) -> Result<()> {
        if let Some(Batch { rate, .. }) = batches.iter().find(|batch| !(0.0..=f32::MAX).contains(&batch.rate))
        {
            let why = format!(
                "the learning rate of epoch {} is {rate}; the schedule's factor must make it finite and at least 0",
                run.epoch
            );
            return Err(Error::Setting { why });
        }
        let ran = self.run_steps(&run.train, batches);
        ran.map_err(|error| error.in_training(run.epoch, run.batches))?;
        self.steps += batches.len() as u32;
        run.batches += batches.len();
        let progress = run.progress();
        run.fit.callbacks.iter_mut().for_each(|callback| callback.on_batches(&progress));
        Ok(())
    }

    /// The batches of an epoch from number `first` on, `steps` others having been run before.
    pub(super) fn batches(&self, run: &Run<'_, '_>, epoch: usize, first: usize, steps: u32) -> Vec<Batch> {
        let before = steps.wrapping_sub(first as u32);
        (first..run.train.batches.len()).map(|number| self.batch(run, epoch, number, before)).collect()
    }

    /// A batch of an epoch, before which `before` batches were run.
    fn batch(&self, run: &Run<'_, '_>, epoch: usize, number: usize, before: u32) -> Batch {
        let corrections = self.optimizer.corrections(before.wrapping_add(number as u32).wrapping_add(1));
        let rate = self.rate(run, epoch, number);
        Batch { epoch: before, seed: self.seed as u32, rate, corrections, ..run.train.batches[number] }
    }

    /// The batch that a training takes next.
    pub(super) fn next_batch(&self, run: &Run<'_, '_>) -> Batch {
        self.batch(run, run.epoch, run.batches, self.steps.wrapping_sub(run.batches as u32))
    }

    /// The learning rate of a batch.
    fn rate(&self, run: &Run<'_, '_>, epoch: usize, number: usize) -> f32 {
        let count = run.train.batches.len();
        let place = (epoch - 1) * count + number;
        let set = run.rates.iter().rev().find(|(from, _)| *from <= place);
        set.map_or_else(|| self.optimizer.rate_at(place, count, run.fit.epochs), |(_, rate)| *rate)
    }

    /// The mean loss of the batch that was run last.
    pub(super) fn last_loss(&mut self, run: &Run<'_, '_>) -> Result<Option<f64>> {
        let at = match (run.batches, run.epoch) {
            (0, 1) => return Ok(None),
            (0, _) => run.train.batches.len() - 1,
            (batches, _) => batches - 1,
        };
        let Batch { first, rows, .. } = run.train.batches[at];
        let rows = run.train.on.losses.row_range(first as usize..(first + rows) as usize);
        Ok(Some(mean(&self.backend.read(rows)?)))
    }

    /// Records the program of a training anew, for the parameters that are trained now.
    pub(super) fn follow(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        let tables = |on: &OnDevice| [Some(on.losses), on.hits].into_iter().flatten();
        let mut kept = Vec::new();
        for table in tables(&run.train.on) {
            kept.push(self.backend.read(table)?);
        }
        let train = self.load_training(run.data, &run.fit)?;
        let old = std::mem::replace(&mut run.train, train);
        self.release_loaded(&old);
        self.backend.write(run.train.on.indices, Values::U32(&run.order))?;
        for (table, values) in tables(&run.train.on).zip(&kept) {
            self.backend.write(table, Values::Real(values))?;
        }
        if let Some(validation) = run.fit.validation {
            let loaded = self.load_evaluation(validation)?;
            let old = run.validation.replace(loaded);
            old.iter().for_each(|loaded| self.release_loaded(loaded));
        }
        Ok(())
    }

    /// An error if gradients overflow whatever they are scaled by.
    fn check_scale(&mut self, run: &Run<'_, '_>) -> Result<()> {
        let Some(halves) = self.layout.arenas.halves else { return Ok(()) };
        match self.backend.read(halves.scale)?[..] {
            [LEAST_SCALE, 0.0] => {
                let cause = NotFinite::LossScale { scale: LEAST_SCALE };
                Err(Error::NotFinite { epoch: run.epoch, batch: run.batches - 1, cause })
            }
            _ => Ok(()),
        }
    }

    fn heed_interruption(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        if !run.is_interrupted() {
            return Ok(());
        }
        self.save_checkpoint(run)?;
        let checkpoint = run.fit.checkpoint.as_ref().map(|checkpoint| checkpoint.path.clone());
        Err(Error::Interrupted { epoch: run.epoch, batches: run.batches, checkpoint })
    }

    fn tell(&mut self, run: &mut Run<'_, '_>) -> Result<Flow> {
        let mut told = Ok(Flow::Continue);
        for callback in &mut run.fit.callbacks {
            let flow = callback.on_epoch(self, &run.history);
            // All hear of the epoch, so that a checkpoint has all of them as they are after it.
            told = match (told, flow) {
                (Err(first), _) | (Ok(_), Err(first)) => Err(first),
                (Ok(Flow::Continue), flow) => flow,
                (stop, _) => stop,
            };
        }
        told
    }

    /// Records and compiles a program over a dataset, and puts the dataset on the device.
    pub(super) fn load_epoch(
        &mut self,
        name: &str,
        data: &Dataset,
        batch: usize,
        mode: Mode,
    ) -> Result<Loaded> {
        let data = self.check_data(data, mode)?;
        let (program, on) = self.record_epoch(name, &data, batch, mode)?;
        let batches = batches_of(data.len(), program.capacity());
        let program = self.backend.compile(&program).map_err(|error| on.too_large(error))?;
        let dispatches = self.backend.dispatches(program);
        on.load(&data, &mut *self.backend).inspect_err(|_| self.backend.release(program))?;
        Ok(Loaded { program, on, batches, dispatches, sums: None })
    }

    /// The means over an epoch of what its programs left in the tables.
    pub(super) fn read_metrics(&mut self, loaded: &Loaded) -> Result<Metrics> {
        let losses = self.backend.read(loaded.on.losses)?;
        if let Some(sample) = losses.iter().position(|loss| !loss.is_finite()) {
            let capacity = loaded.batches.first().map_or(1, |batch| batch.rows as usize);
            return Err(Error::Loss { batch: sample / capacity, loss: losses[sample] });
        }
        let accuracy =
            loaded.on.hits.map(|hits| self.backend.read(hits)).transpose()?.map(|hits| mean(&hits));
        Ok(Metrics { loss: mean(&losses), accuracy })
    }
}

impl Run<'_, '_> {
    /// The epoch in which something was not finite, if that is what the error says.
    pub(super) fn failed_epoch(&self, error: &Error) -> Option<usize> {
        match error {
            // A callback's error may be of another training.
            Error::NotFinite { epoch, .. } => Some((*epoch).min(self.epoch)),
            Error::StepNotFinite { .. } | Error::Loss { .. } => Some(self.epoch),
            _ => None,
        }
    }

    /// Sets the learning rate of all batches from the next one on.
    pub(super) fn set_rate(&mut self, rate: f32) {
        let place = (self.epoch - 1) * self.train.batches.len() + self.batches;
        while self.rates.pop_if(|(from, _)| *from >= place).is_some() {}
        self.rates.push((place, rate));
    }

    fn checkpoint_is_due(&self, ended: bool) -> bool {
        let every = self.fit.checkpoint.as_ref().and_then(|checkpoint| checkpoint.every);
        every.is_some_and(|every| ended || (self.epoch - 1).is_multiple_of(every))
    }

    fn is_interrupted(&self) -> bool {
        self.fit.interrupt.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    fn progress(&self) -> BatchProgress {
        let of = self.data.len();
        let samples = self.train.batches.get(self.batches).map_or(of, |batch| batch.first as usize);
        BatchProgress { epoch: self.epoch, epochs: self.fit.epochs, samples, of }
    }
}

/// Batches of up to `capacity` samples over `samples` of them.
pub(super) fn batches_of(samples: usize, capacity: usize) -> Vec<Batch> {
    let batch = |first: usize| Batch { first: first as u32, ..Batch::of(capacity.min(samples - first)) };
    (0..samples).step_by(capacity).map(batch).collect()
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64
}

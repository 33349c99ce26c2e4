//! Training.

use std::time::Instant;

use super::programs::OnDevice;
use super::{Metrics, Model};
use crate::backend::{ProgramId, Values};
use crate::callback::{BatchProgress, Callback, Flow};
use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::history::{Epoch, History};
use crate::layers::Mode;
use crate::program::Batch;

/// Batches that are handed to the backend at once; in between, callbacks hear of progress.
const BATCHES_AT_ONCE: usize = 32;

/// How to train.
pub struct Fit<'a> {
    epochs: usize,
    batch: usize,
    shuffle: bool,
    validation: Option<&'a Dataset>,
    callbacks: Vec<&'a mut dyn Callback>,
}

impl Default for Fit<'_> {
    fn default() -> Self {
        Self { epochs: 10, batch: 32, shuffle: true, validation: None, callbacks: Vec::new() }
    }
}

impl<'a> Fit<'a> {
    /// 10 epochs in batches of 32, shuffled before each epoch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many times the whole dataset is seen.
    pub fn epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// Sets the samples of a step; the last of an epoch may have fewer, and one as large as the dataset is the whole of
    /// it.
    pub fn batch(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    /// Keeps the samples in their order.
    pub fn unshuffled(self) -> Self {
        Self { shuffle: false, ..self }
    }

    /// Evaluates this dataset after each epoch.
    pub fn validation(self, data: &'a Dataset) -> Self {
        Self { validation: Some(data), ..self }
    }

    /// Tells of progress, and lets it stop the training.
    pub fn callback(mut self, callback: &'a mut dyn Callback) -> Self {
        self.callbacks.push(callback);
        self
    }

    fn check(&self) -> Result<()> {
        if self.epochs > 0 && self.batch > 0 {
            return Ok(());
        }
        let why = format!("{} epochs in batches of {}; both must be at least 1", self.epochs, self.batch);
        Err(Error::Setting { why })
    }
}

/// A compiled program over a dataset on the device.
pub(super) struct Loaded {
    pub(super) program: ProgramId,
    pub(super) on: OnDevice,
    pub(super) batches: Vec<Batch>,
    pub(super) dispatches: usize,
}

impl Model {
    /// Trains on a dataset and returns what happened in each epoch.
    ///
    /// # Errors
    /// A dataset that does not fit the model; settings that cannot train; a loss that is not finite; a lost device.
    pub fn fit(&mut self, data: &Dataset, mut options: Fit<'_>) -> Result<History> {
        options.check()?;
        let start = Instant::now();
        let mut train = self.load_epoch("train", data, options.batch, Mode::Train)?;
        let validation = options.validation.map(|data| self.load_evaluation(data)).transpose()?;
        let compile_seconds = start.elapsed().as_secs_f64();

        let mut history =
            History { compile_seconds, dispatches_per_step: train.dispatches, ..History::default() };
        let outcome = self.run_epochs(&mut options, &mut train, validation.as_ref(), &mut history);
        self.backend.release(train.program);
        validation.iter().for_each(|loaded| self.backend.release(loaded.program));
        outcome?;
        for callback in &mut options.callbacks {
            callback.on_end(self, &history)?;
        }
        Ok(history)
    }

    fn run_epochs(
        &mut self,
        options: &mut Fit<'_>,
        train: &mut Loaded,
        validation: Option<&Loaded>,
        history: &mut History,
    ) -> Result<()> {
        let mut order: Vec<u32> = (0..train.on.losses.rows as u32).collect();
        for number in 1..=options.epochs {
            let start = Instant::now();
            if options.shuffle {
                self.shuffler.shuffle(&mut order);
                self.backend.write(train.on.indices, Values::U32(&order))?;
            }
            let rate = self.run_epoch(options, train, number)?;
            let metrics = self.read_metrics(train, number)?;
            let seconds = start.elapsed().as_secs_f64();
            let validation = validation.map(|loaded| self.run_evaluation(loaded)).transpose()?;
            history.epochs.push(Epoch {
                epoch: number,
                of: options.epochs,
                metrics,
                validation,
                rate,
                seconds,
                samples: order.len(),
            });
            if self.tell(options, history)? == Flow::Stop {
                break;
            }
        }
        Ok(())
    }

    /// Runs the batches of an epoch and returns the last learning rate.
    fn run_epoch(&mut self, options: &mut Fit<'_>, train: &mut Loaded, epoch: usize) -> Result<f32> {
        let count = train.batches.len();
        for (number, batch) in train.batches.iter_mut().enumerate() {
            batch.step = self.steps;
            batch.seed = self.seed as u32;
            batch.rate = self.optimizer.rate_at((epoch - 1) * count + number, count, options.epochs);
            batch.corrections = self.optimizer.corrections(self.steps);
            self.steps += 1;
        }
        let mut samples = 0;
        for batches in train.batches.chunks(BATCHES_AT_ONCE) {
            self.backend.run(train.program, batches)?;
            samples += batches.iter().map(|batch| batch.rows as usize).sum::<usize>();
            let progress = BatchProgress { epoch, epochs: options.epochs, samples, of: train.on.losses.rows };
            options.callbacks.iter_mut().for_each(|callback| callback.on_batches(&progress));
        }
        Ok(train.batches.last().map_or(0.0, |batch| batch.rate))
    }

    fn tell(&mut self, options: &mut Fit<'_>, history: &History) -> Result<Flow> {
        let mut flow = Flow::Continue;
        for callback in &mut options.callbacks {
            if callback.on_epoch(self, history)? == Flow::Stop {
                flow = Flow::Stop;
            }
        }
        Ok(flow)
    }

    /// Records and compiles a program over a dataset, and puts the dataset on the device.
    pub(super) fn load_epoch(
        &mut self,
        name: &str,
        data: &Dataset,
        batch: usize,
        mode: Mode,
    ) -> Result<Loaded> {
        let (program, on) = self.record_epoch(name, data, batch, mode)?;
        let batches = batches_of(data.len(), program.capacity());
        let program = self.backend.compile(&program)?;
        let dispatches = self.backend.dispatches(program);
        self.load(data, &on)?;
        Ok(Loaded { program, on, batches, dispatches })
    }

    /// The means over an epoch of what its programs left in the tables.
    pub(super) fn read_metrics(&mut self, loaded: &Loaded, epoch: usize) -> Result<Metrics> {
        let losses = self.backend.read(loaded.on.losses)?;
        if let Some(sample) = losses.iter().position(|loss| !loss.is_finite()) {
            let capacity = loaded.batches.first().map_or(1, |batch| batch.rows as usize);
            return Err(Error::NotFinite { epoch, batch: sample / capacity, loss: losses[sample] });
        }
        let accuracy =
            loaded.on.hits.map(|hits| self.backend.read(hits)).transpose()?.map(|hits| mean(&hits));
        Ok(Metrics { loss: mean(&losses), accuracy })
    }
}

/// Batches of up to `capacity` samples over `samples` of them.
pub(super) fn batches_of(samples: usize, capacity: usize) -> Vec<Batch> {
    let batch = |first: usize| Batch {
        rows: capacity.min(samples - first) as u32,
        first: first as u32,
        ..Batch::default()
    };
    (0..samples).step_by(capacity).map(batch).collect()
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64
}

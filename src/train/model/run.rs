//! A training under way: its settings, its place, its programs.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use serde_json::Value;

use super::fit::Fit;
use super::gradients::Sums;
use super::on_device::OnDevice;
use super::scoring::Scoring;
use super::state::{ModelState, State};
use crate::backend::ProgramId;
use crate::error::Error;
use crate::error::metrics::MetricsError;
use crate::program::Batch;
use crate::train::callback::{BatchProgress, Flow};
use crate::train::dataset::Dataset;
use crate::train::history::History;

/// A compiled program over a dataset on the device.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) program: ProgramId,
    pub(super) on: OnDevice,
    pub(super) batches: Vec<Batch>,
    pub(super) dispatches: usize,
    /// What adds up the gradients of several batches, where the program makes no whole step.
    pub(super) sums: Option<Sums>,
    /// What computes a training's metrics, where they are of this dataset.
    pub(super) scoring: Option<Scoring>,
}

/// A training under way.
#[derive(Debug)]
pub(super) struct Run<'d, 'f> {
    pub(super) fit: Fit<'f>,
    /// What a training that goes on from a checkpoint must share with this one.
    pub(super) settings: Value,
    pub(super) data: &'d Dataset,
    pub(super) train: Loaded,
    pub(super) validation: Option<Loaded>,
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
    /// What callbacks have kept of the model, by name.
    pub(super) kept: BTreeMap<String, ModelState>,
    /// Whether another epoch is wanted.
    pub(super) flow: Flow,
    /// Where the weights were last seen to be finite.
    pub(super) sound: Option<State>,
}

impl Run<'_, '_> {
    /// The epoch in which something was not finite, if that is what the error says.
    pub(super) fn failed_epoch(&self, error: &Error) -> Option<usize> {
        match error {
            // A callback's error may be of another training.
            Error::NotFinite { epoch, .. } => Some((*epoch).min(self.epoch)),
            Error::StepNotFinite { .. } | Error::Loss { .. } => Some(self.epoch),
            Error::Metric { fault: MetricsError::NotANumber { .. }, .. } => Some(self.epoch),
            _ => None,
        }
    }

    /// Sets the learning rate of all batches from the next one on.
    pub(super) fn set_rate(&mut self, rate: f32) {
        let place = (self.epoch - 1) * self.train.batches.len() + self.batches;
        while self.rates.pop_if(|(from, _)| *from >= place).is_some() {}
        self.rates.push((place, rate));
    }

    pub(super) fn checkpoint_is_due(&self, ended: bool) -> bool {
        let every = self.fit.checkpoint.as_ref().and_then(|checkpoint| checkpoint.every);
        every.is_some_and(|every| ended || (self.epoch - 1).is_multiple_of(every))
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.fit.interrupt.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    pub(super) fn progress(&self) -> BatchProgress {
        let of = self.data.len();
        let samples = self.train.batches.get(self.batches).map_or(of, |batch| batch.first as usize);
        BatchProgress { epoch: self.epoch, epochs: self.fit.epochs, samples, of }
    }
}

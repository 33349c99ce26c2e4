//! A training under way: its settings, its place, its programs.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use serde_json::Value;

use super::Metrics;
use super::batches::Batches;
use super::course::Course;
use super::fit::Fit;
use super::gradients::Sums;
use super::on_device::OnDevice;
use super::scoring::Scoring;
use super::state::{ModelState, State};
use crate::backend::ProgramId;
use crate::clock::Instant;
use crate::error::metrics::MetricsError;
use crate::error::{Error, Result};
use crate::train::callback::{BatchProgress, Flow, Wishes};
use crate::train::history::History;

/// A compiled program over a dataset on the device.
#[derive(Debug)]
pub(super) struct Loaded<'d> {
    pub(super) program: ProgramId,
    pub(super) on: OnDevice,
    pub(super) course: Course<'d>,
    pub(super) batches: Batches,
    pub(super) dispatches: usize,
    /// What adds up the gradients of several batches, where the program makes no whole step.
    pub(super) sums: Option<Sums>,
    /// What computes a training's metrics, where they are of this dataset.
    pub(super) scoring: Option<Scoring>,
}

/// What some samples came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Tally {
    pub(super) samples: usize,
    /// The sum of their losses.
    pub(super) loss: f64,
    /// How many were right, of labels.
    pub(super) hits: Option<f64>,
}

impl Tally {
    pub(super) fn add(&mut self, more: Self) {
        self.samples += more.samples;
        self.loss += more.loss;
        self.hits = more.hits.map(|hits| self.hits.unwrap_or(0.0) + hits);
    }

    /// The means.
    pub(super) fn metrics(self) -> Metrics {
        let samples = self.samples as f64;
        Metrics { loss: self.loss / samples, accuracy: self.hits.map(|hits| hits / samples) }
    }
}

/// A training under way.
#[derive(Debug)]
pub(super) struct Run<'d, 'f> {
    pub(super) fit: Fit<'f>,
    /// What a training that goes on from a checkpoint must share with this one.
    pub(super) settings: Value,
    pub(super) train: Loaded<'d>,
    pub(super) validation: Option<Loaded<'f>>,
    pub(super) history: History,
    /// The epoch under way, the first being 1.
    pub(super) epoch: usize,
    /// Batches of it that were run.
    pub(super) batches: usize,
    /// Seconds that they took.
    pub(super) seconds: f64,
    /// Until when these are counted.
    pub(super) since: Instant,
    /// What they came to, in the windows that are done.
    pub(super) tally: Tally,
    /// The window that is done and not yet added up.
    pub(super) unread: Option<usize>,
    /// What callbacks have asked for and is not granted yet.
    pub(super) heard: Option<(Wishes, Result<()>)>,
    /// Learning rates that were set, each with the batch of the training from which on it counts.
    pub(super) rates: Vec<(usize, f32)>,
    /// What callbacks have kept of the model, by name.
    pub(super) kept: BTreeMap<String, ModelState>,
    /// Whether another epoch is wanted.
    pub(super) flow: Flow,
    /// Where the weights were last seen to be finite.
    pub(super) sound: Option<State>,
}

impl Run<'_, '_> {
    /// Time counts from here.
    pub(super) fn start_watch(&mut self) {
        self.since = Instant::now();
    }

    /// Counts the time until here.
    pub(super) fn lap(&mut self) {
        let now = Instant::now();
        self.seconds += (now - self.since).as_secs_f64();
        self.since = now;
    }

    /// Whether all batches of the epoch were run: where its validation or a metric then failed, a checkpoint is of there.
    pub(super) fn is_trained(&self) -> bool {
        self.batches == self.train.batches.len()
    }

    /// Goes to the beginning of the next epoch.
    pub(super) fn next_epoch(&mut self) {
        self.epoch += 1;
        (self.batches, self.seconds, self.tally, self.unread) = (0, 0.0, Tally::default(), None);
        self.train.course.rewind();
    }

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
        let of = self.train.course.windows.samples();
        let samples = self.train.batches.samples_before(self.batches);
        BatchProgress { epoch: self.epoch, epochs: self.fit.epochs, samples, of }
    }
}

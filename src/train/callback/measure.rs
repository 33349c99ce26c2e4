//! What callbacks judge epochs by.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::train::history::Epoch;
use crate::train::metrics::Metric;

/// The loss or a metric, its best value, and how many epochs ago that was.
#[derive(Clone, Debug, Default)]
pub(super) struct Measure {
    /// In place of the loss.
    pub(super) metric: Option<Arc<dyn Metric>>,
    /// By how much a value must be better to count so.
    pub(super) least_gain: f64,
    pub(super) best: Option<f64>,
    /// Epochs since then.
    pub(super) waited: usize,
}

impl Measure {
    /// What it goes by, in words.
    pub(super) fn name(&self) -> &str {
        self.metric.as_ref().map_or("loss", |metric| metric.name())
    }

    /// Whether an epoch is better than all before it.
    pub(super) fn is_best(&mut self, epoch: &Epoch) -> bool {
        let value = match &self.metric {
            Some(metric) => epoch.score(metric.name()),
            None => Some(epoch.judged_loss()),
        };
        let Some(value) = value else { return false };
        self.waited += 1;
        let better = self.best.is_none_or(|best| self.gain(best, value) > self.least_gain);
        if better {
            (self.best, self.waited) = (Some(value), 0);
        }
        better
    }

    fn gain(&self, from: f64, to: f64) -> f64 {
        let higher = self.metric.as_ref().is_some_and(|metric| metric.higher_is_better());
        if higher { to - from } else { from - to }
    }

    /// Forgets a training that is over.
    pub(super) fn reset(&mut self) {
        (self.best, self.waited) = (None, 0);
    }

    /// An error where the gain cannot be asked for.
    pub(super) fn check(&self, of: &str) -> Result<()> {
        let gain = self.least_gain;
        if (0.0..f64::INFINITY).contains(&gain) {
            return Ok(());
        }
        let why = format!("{of}'s least gain is {gain}; it must be 0 or positive, and finite");
        Err(Error::Setting { why })
    }
}

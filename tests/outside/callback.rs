//! A callback.

use wgrad::callback::{BatchProgress, Callback, Flow};
use wgrad::{History, Model, Result};

/// Ends a training after so many epochs, and counts the samples that it saw.
#[derive(Debug)]
pub struct Patience {
    /// Epochs that are trained.
    pub epochs: usize,
    /// Samples of the last epoch that were given to the backend.
    pub samples: usize,
}

impl Callback for Patience {
    fn on_batches(&mut self, progress: &BatchProgress) {
        self.samples = progress.samples;
    }

    fn on_epoch(&mut self, _: &mut Model, history: &History) -> Result<Flow> {
        Ok(if history.epochs.len() < self.epochs { Flow::Continue } else { Flow::Stop })
    }
}

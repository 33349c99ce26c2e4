//! A callback.

use wgrad::Result;
use wgrad::callback::{BatchProgress, Callback, Control};

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

    fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
        if control.history().epochs.len() >= self.epochs {
            control.stop();
        }
        Ok(())
    }
}

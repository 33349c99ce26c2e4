//! Progress on the terminal.

use indicatif::{ProgressBar, ProgressStyle};

use super::{BatchProgress, Callback, Flow};
use crate::error::Result;
use crate::history::History;
use crate::model::Model;

/// A bar with the time left on a terminal, and one line an epoch everywhere.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress {
    /// Draws on standard error, and prints its lines on standard output.
    pub fn new() -> Self {
        let bar = ProgressBar::new(0);
        // The template is a constant; were it wrong, indicatif's own style would do.
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3} %, {eta} left") {
            bar.set_style(style);
        }
        Self { bar }
    }
}

impl Callback for Progress {
    fn on_batches(&mut self, progress: &BatchProgress) {
        let BatchProgress { epoch, epochs, samples, of } = progress;
        self.bar.set_length((epochs * of) as u64);
        self.bar.set_message(format!("epoch {epoch}/{epochs}"));
        self.bar.set_position(((epoch - 1) * of + samples) as u64);
    }

    fn on_epoch(&mut self, _: &mut Model, history: &History) -> Result<Flow> {
        if let Some(epoch) = history.last() {
            self.bar.suspend(|| println!("{epoch}"));
        }
        Ok(Flow::Continue)
    }

    fn on_end(&mut self, _: &mut Model, _: &History) -> Result<()> {
        self.bar.finish_and_clear();
        Ok(())
    }
}

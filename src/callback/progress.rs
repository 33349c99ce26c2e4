//! Progress on the terminal.

use std::fmt;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::{BatchProgress, Callback, Flow};
use crate::error::Result;
use crate::history::History;
use crate::model::Model;

/// On a terminal a bar with the loss, the learning rate, samples a second and the time left; everywhere a line an epoch
/// and one at the end with the best epoch.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    /// What the last epoch came to.
    last: String,
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
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {rate}, {eta} left") {
            bar.set_style(style.with_key("rate", |state: &ProgressState, text: &mut dyn fmt::Write| {
                // A bar without its speed is better than none.
                let _ = write!(text, "{:.0} samples/s", state.per_sec());
            }));
        }
        Self { bar, last: String::new() }
    }
}

impl Callback for Progress {
    fn on_batches(&mut self, progress: &BatchProgress) {
        let BatchProgress { epoch, epochs, samples, of } = progress;
        self.bar.set_length((epochs * of) as u64);
        self.bar.set_message(format!("epoch {epoch}/{epochs}{}", self.last));
        self.bar.set_position(((epoch - 1) * of + samples) as u64);
    }

    fn on_epoch(&mut self, _: &mut Model, history: &History) -> Result<Flow> {
        if let Some(epoch) = history.last() {
            self.last = format!(", loss {:.5}, learning rate {:.1e}", epoch.judged_loss(), epoch.rate);
            self.bar.suspend(|| println!("{epoch}, {:.0} s left", history.seconds_left()));
        }
        Ok(Flow::Continue)
    }

    fn on_end(&mut self, _: &mut Model, history: &History) -> Result<()> {
        self.bar.finish_and_clear();
        if !history.epochs.is_empty() {
            println!("{history}");
        }
        Ok(())
    }
}

//! Progress on the terminal.

use std::fmt::Display;
use std::io::Write as _;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::pace::Pace;
use super::{BatchProgress, Callback, Control};
use crate::clock::Instant;
use crate::error::{Error, Result};

/// On a terminal a bar with the loss, the learning rate, samples a second and the time left; everywhere a line an epoch
/// and one at the end with the best epoch.
///
/// A line that cannot be printed ends the training with [`Error::Output`].
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// use wgrad::callback::Progress;
///
/// let mut progress = Progress::new();
/// let history = model.fit(&data, Fit::new().epochs(2).batch(2).callback(&mut progress))?;
/// assert_eq!(history.epochs.len(), 2);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "`Fit::callback` takes it"]
pub struct Progress {
    bar: ProgressBar,
    pace: Pace,
    /// What the last epoch came to.
    last: String,
    /// Seconds left, where the pace is known.
    left: Option<f64>,
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress {
    /// Draws on standard error, and prints its lines on standard output.
    pub fn new() -> Self {
        Self::drawn_on(ProgressDrawTarget::stderr())
    }

    fn drawn_on(target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), target);
        // The template is a constant; were it wrong, indicatif's own style would do.
        if let Ok(style) = ProgressStyle::with_template("{prefix} {wide_bar} {msg}") {
            bar.set_style(style);
        }
        Self { bar, pace: Pace::default(), last: String::new(), left: None }
    }

    /// Takes the bar away; a further training has a pace and a loss of its own.
    fn clear(&mut self) {
        self.bar.finish_and_clear();
        (self.pace, self.last, self.left) = (Pace::default(), String::new(), None);
    }

    /// A line on standard output.
    fn print(&self, line: impl Display) -> Result<()> {
        let written = self.bar.suspend(|| writeln!(std::io::stdout(), "{line}"));
        written.map_err(|source| Error::Output { source })
    }
}

impl Callback for Progress {
    fn on_batches(&mut self, progress: &BatchProgress) {
        let BatchProgress { epoch, epochs, samples, of } = progress;
        if self.bar.is_finished() {
            self.bar.reset();
        }
        let (done, all) = ((epoch - 1) * of + samples, epochs * of);
        let pace = self.pace.report(done, all, Instant::now());
        self.left = pace.map(|[_, left]| left);
        if let Some([rate, left]) = pace {
            let left = HumanDuration(Duration::from_secs(left as u64));
            self.bar.set_message(format!("{rate:.0} samples/s, {left:#} left"));
        }
        self.bar.set_length(all as u64);
        self.bar.set_prefix(format!("epoch {epoch}/{epochs}{}", self.last));
        self.bar.set_position(done as u64);
    }

    fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
        let Some(epoch) = control.epoch() else { return Ok(()) };
        self.last = format!(", loss {:.5}, learning rate {:.1e}", epoch.judged_loss(), epoch.rate);
        let left = self.left.unwrap_or_else(|| control.history().seconds_left());
        self.print(format_args!("{epoch}, {left:.0} s left"))
    }

    fn on_end(&mut self, control: &mut Control<'_>) -> Result<()> {
        self.clear();
        let history = control.history();
        if !history.epochs.is_empty() {
            // The training is done: a line that cannot be printed takes nothing from it.
            let _ = self.print(history);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;

    use super::*;

    /// A terminal that keeps what is written.
    #[derive(Clone, Debug, Default)]
    struct Screen(Arc<Mutex<String>>);

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            200
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, line: &str) -> io::Result<()> {
            self.write_str(line)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().expect("no panic").push_str(text);
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn progress() -> (Screen, Progress) {
        let screen = Screen::default();
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(screen.clone()), 255);
        (screen, Progress::drawn_on(target))
    }

    #[test]
    fn a_further_training_has_its_own_bar() {
        let (screen, mut progress) = progress();
        progress.on_batches(&BatchProgress { epoch: 9, epochs: 9, samples: 10, of: 10 });
        progress.last = ", loss 0.5".into();
        progress.clear();
        screen.0.lock().expect("no panic").clear();
        progress.on_batches(&BatchProgress { epoch: 1, epochs: 9, samples: 5, of: 10 });
        let shown = screen.0.lock().expect("no panic").clone();
        assert!(shown.contains("epoch 1/9") && !shown.contains("loss"), "{shown}");
    }

    #[test]
    fn a_training_that_goes_on_from_a_checkpoint_shows_the_speed_of_what_it_does_itself() {
        let (screen, mut progress) = progress();
        let start = Instant::now();
        for samples in [100, 200, 300] {
            std::thread::sleep(Duration::from_millis(20));
            progress.on_batches(&BatchProgress { epoch: 901, epochs: 1_000, samples, of: 1_000 });
        }
        // 200 samples in 40 ms or more, and 99,700 to go.
        let slowest = 200.0 / start.elapsed().as_secs_f64();
        let shown = screen.0.lock().expect("no panic").clone();
        let rates: Vec<f64> =
            shown.split(" samples/s").filter_map(|text| text.rsplit(' ').next()?.parse().ok()).collect();
        assert!(
            rates.last().is_some_and(|rate| (slowest - 1.0..=5_001.0).contains(rate)),
            "{rates:?}: {shown}"
        );
        assert!(rates.iter().all(|rate| *rate <= 5_001.0), "{rates:?}: {shown}");
        let seconds = progress.left.expect("a pace");
        assert!((99_700.0 / 5_001.0..=99_700.0 / slowest + 1.0).contains(&seconds), "{seconds}");
    }
}

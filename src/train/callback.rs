//! What may listen to a training, and stop it.

mod early_stopping;
#[cfg(feature = "progress")]
mod pace;
#[cfg(feature = "progress")]
mod progress;

use std::fmt;
use std::sync::Arc;

use crate::error::Result;
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::train::history::History;
use crate::train::metrics::Metric;
use crate::train::model::Model;

pub use early_stopping::EarlyStopping;
#[cfg(feature = "progress")]
pub use progress::Progress;

/// Whether a training, or a fit, goes on.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// use wgrad::callback::{Callback, Flow};
/// use wgrad::{History, Model, Result};
///
/// struct Once;
///
/// impl Callback for Once {
///     fn on_epoch(&mut self, _: &mut Model, _: &History) -> Result<Flow> {
///         Ok(Flow::Stop)
///     }
/// }
///
/// let history = model.fit(&data, Fit::new().epochs(100).batch(2).callback(&mut Once))?;
/// assert_eq!(history.epochs.len(), 1);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It goes on.
    Continue,
    /// No further.
    Stop,
}

/// How far an epoch is. A GPU may be a few batches behind.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// use wgrad::callback::{BatchProgress, Callback};
///
/// struct Seen(usize);
///
/// impl Callback for Seen {
///     fn on_batches(&mut self, progress: &BatchProgress) {
///         println!("epoch {}: {} of {}", progress.epoch, progress.samples, progress.of);
///         self.0 = progress.samples;
///     }
/// }
///
/// let mut seen = Seen(0);
/// model.fit(&data, Fit::new().epochs(3).batch(1).callback(&mut seen))?;
/// assert_eq!(seen.0, 2);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchProgress {
    /// The epoch, the first being 1.
    pub epoch: usize,
    /// Epochs in all.
    pub epochs: usize,
    /// Samples of this epoch given to the backend.
    pub samples: usize,
    /// Samples of an epoch.
    pub of: usize,
}

/// Listens to a training.
///
/// ```
/// use wgrad::callback::{Callback, Flow};
/// use wgrad::{History, Model, Result};
///
/// /// Ends a training once its loss is small.
/// struct Enough(f64);
///
/// impl Callback for Enough {
///     fn on_epoch(&mut self, _: &mut Model, history: &History) -> Result<Flow> {
///         let small = history.last().is_some_and(|epoch| epoch.metrics.loss < self.0);
///         Ok(if small { Flow::Stop } else { Flow::Continue })
///     }
/// }
/// # let _ = Enough(0.01);
/// ```
pub trait Callback {
    /// A training is about to begin.
    ///
    /// # Errors
    /// Settings that cannot work.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// A metric that it judges epochs by. The training computes it, and [`History::best`] goes by that of the first such callback.
    fn judges_by(&self) -> Option<Arc<dyn Metric>> {
        None
    }

    /// Some batches more have been given to the backend.
    fn on_batches(&mut self, progress: &BatchProgress) {
        let _ = progress;
    }

    /// An epoch has ended; it is the last of `history`.
    ///
    /// # Errors
    /// Whatever should end the training at once. [`Fit::checkpoint`](crate::Fit::checkpoint) still gets its file.
    fn on_epoch(&mut self, model: &mut Model, history: &History) -> Result<Flow> {
        let _ = (model, history);
        Ok(Flow::Continue)
    }

    /// Adds to a checkpoint what this callback must know to go on, under names that begin with `wgrad/` and its own.
    fn save(&self, checkpoint: TensorFile) -> TensorFile {
        checkpoint
    }

    /// Takes from a checkpoint what [`save`](Callback::save) has added, and says whether the training goes on.
    ///
    /// # Errors
    /// A checkpoint with something else.
    fn resume(&mut self, model: &Model, checkpoint: &TensorFile) -> Result<Flow, FileFault> {
        let _ = (model, checkpoint);
        Ok(Flow::Continue)
    }

    /// The training has ended, well or with an error; one that did not go on from its checkpoint never began.
    ///
    /// # Errors
    /// Whatever `fit` should return.
    fn on_end(&mut self, model: &mut Model, history: &History) -> Result<()> {
        let _ = (model, history);
        Ok(())
    }
}

impl fmt::Debug for dyn Callback + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback")
    }
}

//! What may listen to a training, and stop it.

mod control;
mod early_stopping;
mod measure;
#[cfg(feature = "progress")]
mod pace;
#[cfg(feature = "progress")]
mod progress;
mod reduce_on_plateau;

use std::fmt;
use std::sync::Arc;

use crate::error::Result;
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::train::metrics::Metric;

pub use control::Control;
pub(crate) use control::Wishes;
pub use early_stopping::EarlyStopping;
#[cfg(feature = "progress")]
pub use progress::Progress;
pub use reduce_on_plateau::ReduceOnPlateau;

/// Whether a training goes on from its checkpoint, or the fit of a support vector machine does.
///
/// ```
/// use wgrad::callback::{Callback, Flow};
/// use wgrad::{FileFault, TensorFile};
///
/// /// Lets no training go on that is 100 epochs old.
/// struct Old;
///
/// impl Callback for Old {
///     fn resume(&mut self, checkpoint: &TensorFile) -> Result<Flow, FileFault> {
///         let old = checkpoint.shape("wgrad/history").is_some_and(|shape| shape[0] >= 100);
///         Ok(if old { Flow::Stop } else { Flow::Continue })
///     }
/// }
/// # let _ = Old;
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
/// use wgrad::Result;
/// use wgrad::callback::{Callback, Control};
///
/// /// Ends a training once its loss is small.
/// struct Enough(f64);
///
/// impl Callback for Enough {
///     fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
///         if control.epoch().is_some_and(|epoch| epoch.metrics.loss < self.0) {
///             control.stop();
///         }
///         Ok(())
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

    /// A metric that it judges epochs by. The training computes it, and [`History::best`](crate::History::best) goes by that of the first such callback.
    fn judges_by(&self) -> Option<Arc<dyn Metric>> {
        None
    }

    /// Some batches more have been given to the backend.
    fn on_batches(&mut self, progress: &BatchProgress) {
        let _ = progress;
    }

    /// An epoch has ended. What predicts or writes a model in between does so in an own loop, by
    /// [`Training::model`](crate::Training::model).
    ///
    /// # Errors
    /// Whatever should end the training at once. [`Fit::checkpoint`](crate::Fit::checkpoint) still gets its file.
    fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
        let _ = control;
        Ok(())
    }

    /// Adds to a checkpoint what this callback must know to go on, under names that begin with `wgrad/` and its own.
    fn save(&self, checkpoint: TensorFile) -> TensorFile {
        checkpoint
    }

    /// Takes from a checkpoint what [`save`](Callback::save) has added, and says whether the training goes on.
    ///
    /// # Errors
    /// A checkpoint with something else.
    fn resume(&mut self, checkpoint: &TensorFile) -> Result<Flow, FileFault> {
        let _ = checkpoint;
        Ok(Flow::Continue)
    }

    /// The training has ended, well or with an error; one that did not go on from its checkpoint never began. Of what it may ask for,
    /// only [`Control::restore`] and freezing count.
    ///
    /// # Errors
    /// Whatever `fit` should return.
    fn on_end(&mut self, control: &mut Control<'_>) -> Result<()> {
        let _ = control;
        Ok(())
    }
}

impl fmt::Debug for dyn Callback + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback")
    }
}

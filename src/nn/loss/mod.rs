//! What training makes small.

mod behind;
mod binary;
mod check;
mod classes;
mod cosine;
mod described;
mod divergence;
mod elements;
pub(super) mod record;
mod softmax;

use std::fmt::Debug;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::OpError;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

pub use crate::ops::loss::{Hinge, Huber, LogCosh, MeanAbsoluteError, MeanSquaredError, Quantile};
pub use behind::{before_sigmoid, before_softmax};
pub use binary::BinaryCrossEntropy;
pub use cosine::CosineDistance;
pub use described::examples;
pub use divergence::KullbackLeibler;
pub use softmax::SoftmaxCrossEntropy;
pub(crate) use softmax::scores;

pub(crate) use check::check_output;
pub(crate) use classes::{Classes, classes};
pub(crate) use described::{described, description};

/// What a loss compares outputs with.
///
/// ```
/// use wgrad::Loss;
/// use wgrad::losses::{Hinge, Huber, TargetKind};
///
/// assert_eq!((Huber { delta: 1.0 }.targets(), Hinge.targets()), (TargetKind::Numbers, TargetKind::Signs));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetKind {
    /// As many numbers as outputs, of any size.
    Numbers,
    /// As many numbers as outputs, each from 0 to 1.
    Unit,
    /// As many numbers as outputs, each 0 or 1.
    Binary,
    /// As many numbers as outputs, each -1 or 1.
    Signs,
    /// As many numbers as outputs, none negative and 1 in all.
    Distribution,
    /// An integer for each sample: its class.
    Labels,
    /// Of a loss that is not of this crate, in a file: nothing is compared.
    Unknown,
}

/// What the last layer must give for a loss.
///
/// ```
/// use wgrad::Loss;
/// use wgrad::losses::{LogCosh, OutputKind, SoftmaxCrossEntropy};
///
/// assert_eq!((LogCosh.outputs(), SoftmaxCrossEntropy::new().outputs()), (OutputKind::Any, OutputKind::Scores));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputKind {
    /// Numbers of any size.
    Any,
    /// Probabilities, each by itself: of a sigmoid.
    Probabilities,
    /// Logits, which may be of any size: the loss applies the sigmoid.
    Logits,
    /// Scores, which may be of any size: the loss applies the softmax. A softmax may stand behind them; [`before_softmax`] finds them.
    Scores,
}

/// A loss: a number for each sample, whose mean over the batch training makes small.
///
/// It knows neither the batch nor sample weights, nor the loss scale of half precision: the gradient that comes to it has all three.
///
/// ```
/// use wgrad::backend::Cpu;
/// use wgrad::layers::Dense;
/// use wgrad::ndarray::array;
/// use wgrad::ops::{Function, Operation, Reduction};
/// use wgrad::{Dataset, Fit, Loss, Optimizer, Recorder, Sequential, Tensor};
///
/// /// The mean of `(p - t)⁴`.
/// #[derive(Debug)]
/// struct Fourth;
///
/// impl Loss for Fourth {
///     fn name(&self) -> &str {
///         "fourth"
///     }
///
///     fn record(&self, tape: &mut Recorder, output: Tensor, target: Tensor) -> Tensor {
///         let apart = tape.binary(Operation::Difference, output, target);
///         let fourth = tape.elementary(Function::Power(4.0), apart);
///         tape.reduce(Reduction::Mean, fourth)
///     }
/// }
///
/// let data = Dataset::regression(array![[0.0], [1.0]].view(), array![[1.0], [0.0]].view())?;
/// let net = Sequential::new([1]).add(Dense::new(1));
/// let mut model = net.compile(Cpu::<f32>::new()?, Fourth, Optimizer::sgd(0.1), 0)?;
/// let history = model.fit(&data, Fit::new().epochs(50).batch(2))?;
/// assert!(history.epochs[49].metrics.loss < history.epochs[0].metrics.loss);
/// # Ok::<(), wgrad::Error>(())
/// ```
pub trait Loss: Debug + Send + Sync + 'static {
    /// As files name it: `huber`.
    fn name(&self) -> &str;

    /// What makes it differ from others of its name, as files describe it: `{"delta": 1.0}`.
    fn settings(&self) -> Map<String, Value> {
        Map::new()
    }

    /// What it compares outputs with: as many numbers, unless it says otherwise.
    fn targets(&self) -> TargetKind {
        TargetKind::Numbers
    }

    /// What the last layer must give.
    fn outputs(&self) -> OutputKind {
        OutputKind::Any
    }

    /// Whether it takes outputs and targets in `f16`; others get `f32`.
    fn takes_halves(&self) -> bool {
        false
    }

    /// Why it cannot compare samples of so many outputs, or has settings that make no loss.
    ///
    /// # Errors
    /// A sentence with the numbers in it, behind the loss's name: `has a delta of 0; it must be positive`.
    fn check(&self, outputs: usize) -> Result<(), OpError> {
        let _ = outputs;
        Ok(())
    }

    /// Records the loss of each sample and returns it, batch × 1.
    ///
    /// # Shapes
    /// `output`: batch × n; `target`: batch × n, or batch × 1 of integers where [`targets`](Loss::targets) are labels.
    fn record(&self, tape: &mut Recorder, output: Tensor, target: Tensor) -> Tensor;
}

impl Loss for Arc<dyn Loss> {
    fn name(&self) -> &str {
        (**self).name()
    }
    fn settings(&self) -> Map<String, Value> {
        (**self).settings()
    }
    fn targets(&self) -> TargetKind {
        (**self).targets()
    }
    fn outputs(&self) -> OutputKind {
        (**self).outputs()
    }
    fn takes_halves(&self) -> bool {
        (**self).takes_halves()
    }
    fn check(&self, outputs: usize) -> Result<(), OpError> {
        (**self).check(outputs)
    }
    fn record(&self, tape: &mut Recorder, output: Tensor, target: Tensor) -> Tensor {
        (**self).record(tape, output, target)
    }
}

/// Two losses are equal where a file describes them alike.
impl PartialEq for dyn Loss {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name() && self.settings() == other.settings()
    }
}

/// A setting by its name, if it is not the usual one.
fn setting(name: &str, value: f32, usual: f32) -> Option<(String, Value)> {
    (value != usual).then(|| (name.to_string(), value.into()))
}

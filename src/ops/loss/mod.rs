//! Losses: one number a sample, whose mean over the batch is what training makes small.
//!
//! To add one of element pairs: a file here with the formula, a file in `shaders/loss/` with the same two functions,
//! a word in the list below, and for models a line in `nn/loss/elements.rs`.

mod binary_cross_entropy;
mod binary_cross_entropy_logits;
mod cross_entropy;
mod distribution;
mod elements;
mod gradient;
mod hinge;
mod huber;
mod log_cosh;
mod mean_absolute_error;
mod mean_squared_error;
mod quantile;
mod step;

use std::fmt::Debug;

use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, Source};
use crate::program::op::{Domain, Scale};
use crate::program::real::{Real, sum_of_pairs};
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

pub use binary_cross_entropy::BinaryCrossEntropy;
pub use binary_cross_entropy_logits::BinaryCrossEntropyLogits;
pub use cross_entropy::{SoftmaxCrossEntropy, SoftmaxScores};
pub use distribution::{DistributionCrossEntropy, DistributionScores};
pub use elements::ElementLoss;
pub use gradient::{LossGradient, LossSeed};
pub use hinge::Hinge;
pub use huber::Huber;
pub use log_cosh::LogCosh;
pub use mean_absolute_error::MeanAbsoluteError;
pub use mean_squared_error::MeanSquaredError;
pub use quantile::Quantile;
pub use step::{LossRows, LossStep};

mod sealed {
    /// Other crates cannot name it, so that no losses are added from there.
    pub trait Sealed {}
}
use sealed::Sealed;

/// The loss of a row, as [`LossStep`] runs it and shows.
///
/// Those of the crate are all that there are. A loss of one's own is a [`Loss`](crate::Loss), which records ops.
pub trait Formula: Sealed + Clone + Debug + PartialEq + Send + Sync + 'static {
    /// The name of its step in tables.
    const NAME: &'static str;

    /// Whether the slope of what made the prediction may be part of its gradient.
    const ACTIVATES: bool;

    /// Whether predictions and targets may be halves.
    const TAKES_HALVES: bool;

    /// Why these tensors do not fit, if they do not.
    ///
    /// # Errors
    /// A sentence with the shapes in it.
    fn check(&self, prediction: Tensor, target: Tensor, gradient: Tensor) -> Result<(), OpError>;

    /// The losses of some rows and, unless that is empty, their gradient.
    fn cpu<T: Real>(&self, rows: LossRows<'_, T>);

    /// Its kernel behind these files and constants, with a gradient or without.
    fn kernel(
        &self,
        sources: Vec<Source>,
        constants: Vec<(&'static str, f64)>,
        prediction: Tensor,
        with_gradient: bool,
        device: &DeviceProfile,
    ) -> Kernel;

    /// How large the numbers are that a loss is made of.
    fn loss_scale(&self) -> Scale;

    /// Whether its gradient goes through exp or log, which GPUs approximate.
    fn approximates_gradient(&self) -> bool;

    /// The terms that a row's loss is the mean of.
    fn terms(&self, prediction: Tensor) -> usize;

    /// What predictions and targets may be.
    fn domains(&self, prediction: Tensor) -> [Domain; 2];

    /// Ones with typical settings and shapes, for the tests.
    fn examples(tape: &mut Recorder, element: Element) -> Vec<LossStep<Self>>;
}

/// A loss that is the mean, over the elements of a sample, of a function of prediction and target.
///
/// Those of the crate, which [`Elements`] lists, are all that there are; [`MeanSquaredError`] shows one.
pub trait Pairwise: Sealed + Copy + Debug + PartialEq + Send + Sync + 'static {
    /// Its name in tables.
    const NAME: &'static str;

    /// The WGSL file with `loss(p, t)` and `loss_slope(p, t)`, and those whose functions it calls.
    const SOURCES: &'static [Source];

    /// Whether the loss and its slope go through exp or log, which GPUs approximate.
    const APPROXIMATED: [bool; 2];

    /// What predictions may be.
    const PREDICTION: Domain;

    /// What targets may be.
    const TARGET: Domain;

    /// The loss of one element.
    fn value<T: Real>(self, p: T, t: T) -> T;

    /// Its derivative with respect to the prediction.
    fn slope<T: Real>(self, p: T, t: T) -> T;

    /// Values of the WGSL file's `override` constants.
    fn constants(self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// Why its settings make no loss, if they make none.
    ///
    /// # Errors
    /// A sentence with the setting in it.
    fn check_settings(self) -> Result<(), OpError> {
        Ok(())
    }

    /// One with typical settings, for the tests.
    fn example() -> Self;
}

macro_rules! element_losses {
    ($($name:ident),* $(,)?) => {
        /// A loss of element pairs.
        ///
        /// ```
        /// use wgrad::op::Domain;
        /// use wgrad::ops::loss::{BinaryCrossEntropy, Elements};
        ///
        /// let names: Vec<_> = Elements::examples().iter().map(|loss| loss.name()).collect();
        /// assert_eq!(names[0], "mean_squared_error");
        /// assert_eq!(Elements::from(BinaryCrossEntropy).domains(), [Domain::Unit, Domain::Unit]);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Elements {
            $(#[doc = concat!("[`", stringify!($name), "`].")] $name($name),)*
        }

        $(
            impl Sealed for $name {}

            impl From<$name> for Elements {
                fn from(loss: $name) -> Self {
                    Self::$name(loss)
                }
            }
        )*
        impl Sealed for Elements {}

        impl Elements {
            /// One of each, with typical settings.
            pub fn examples() -> Vec<Self> {
                vec![$(Self::$name($name::example())),*]
            }

            /// Its name in tables.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name(_) => $name::NAME),* }
            }

            /// The WGSL file with its two functions, and those whose functions it calls.
            pub fn sources(self) -> &'static [Source] {
                match self { $(Self::$name(_) => $name::SOURCES),* }
            }

            /// Whether the loss and its slope go through exp or log, which GPUs approximate.
            pub fn approximated(self) -> [bool; 2] {
                match self { $(Self::$name(_) => $name::APPROXIMATED),* }
            }

            /// What predictions and targets may be.
            pub fn domains(self) -> [Domain; 2] {
                match self { $(Self::$name(_) => [$name::PREDICTION, $name::TARGET]),* }
            }

            /// Values of the WGSL file's `override` constants.
            pub fn constants(self) -> Vec<(&'static str, f64)> {
                match self { $(Self::$name(loss) => loss.constants()),* }
            }

            /// Why its settings make no loss, if they make none.
            ///
            /// # Errors
            /// A sentence with the setting in it.
            pub fn check_settings(self) -> Result<(), OpError> {
                match self { $(Self::$name(loss) => loss.check_settings()),* }
            }

            /// The sum of the losses of a row.
            #[inline(always)]
            pub(crate) fn sum<T: Real>(self, p: &[T], t: &[T]) -> T {
                match self { $(Self::$name(loss) => sum_of_pairs(p, t, |p, t| loss.value(p, t))),* }
            }

            /// The derivative of each element's loss, times `scale`.
            #[inline(always)]
            pub(crate) fn slopes<T: Real>(self, p: &[T], t: &[T], scale: T, out: &mut [T]) {
                let pairs = out.iter_mut().zip(p.iter().zip(t));
                match self {
                    $(Self::$name(loss) => {
                        for (g, (p, t)) in pairs {
                            *g = loss.slope(*p, *t) * scale;
                        }
                    })*
                }
            }
        }
    };
}

element_losses! {
    MeanSquaredError, MeanAbsoluteError, Huber, LogCosh, Quantile, Hinge, BinaryCrossEntropy, BinaryCrossEntropyLogits,
}

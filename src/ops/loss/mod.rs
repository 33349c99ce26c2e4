//! Losses: one number a sample, whose mean over the batch is what training makes small.
//!
//! To add one of element pairs: a file here with the formula, a file in `shaders/loss/` with the same two functions,
//! and a word in the list below.

mod binary_cross_entropy;
mod binary_cross_entropy_logits;
mod cross_entropy;
mod mean_squared_error;
mod step;

use std::fmt::Debug;

use crate::program::kernel::Source;
use crate::program::op::Domain;
use crate::program::real::{Real, sum_of_pairs};

pub use binary_cross_entropy::BinaryCrossEntropy;
pub use binary_cross_entropy_logits::BinaryCrossEntropyLogits;
pub use cross_entropy::SoftmaxCrossEntropy;
pub use mean_squared_error::MeanSquaredError;
pub use step::ElementLoss;

/// A loss that is the mean, over the elements of a sample, of a function of prediction and target.
pub trait Pairwise: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// Its name in tables.
    const NAME: &'static str;

    /// The WGSL file with `loss(p, t)` and `loss_slope(p, t)`.
    const SOURCE: Source;

    /// Whether the loss and its slope go through exp or log, which GPUs approximate.
    const APPROXIMATED: [bool; 2];

    /// What predictions may be.
    const PREDICTION: Domain;

    /// What targets may be.
    const TARGET: Domain;

    /// The loss of one element.
    fn value<T: Real>(p: T, t: T) -> T;

    /// Its derivative with respect to the prediction.
    fn slope<T: Real>(p: T, t: T) -> T;
}

macro_rules! element_losses {
    ($($name:ident),* $(,)?) => {
        /// A loss of element pairs.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Elements {
            $(#[doc = concat!("[`", stringify!($name), "`].")] $name,)*
        }

        impl Elements {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name in tables.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $name::NAME),* }
            }

            /// The WGSL file with its two functions.
            pub fn source(self) -> Source {
                match self { $(Self::$name => $name::SOURCE),* }
            }

            /// Whether the loss and its slope go through exp or log, which GPUs approximate.
            pub fn approximated(self) -> [bool; 2] {
                match self { $(Self::$name => $name::APPROXIMATED),* }
            }

            /// What predictions and targets may be.
            pub fn domains(self) -> [Domain; 2] {
                match self { $(Self::$name => [$name::PREDICTION, $name::TARGET]),* }
            }

            /// The sum of the losses of a row.
            #[inline(always)]
            pub(crate) fn sum<T: Real>(self, p: &[T], t: &[T]) -> T {
                match self { $(Self::$name => sum_of_pairs(p, t, $name::value)),* }
            }

            /// The derivative of each element's loss, times `scale`.
            #[inline(always)]
            pub(crate) fn slopes<T: Real>(self, p: &[T], t: &[T], scale: T, out: &mut [T]) {
                let pairs = out.iter_mut().zip(p.iter().zip(t));
                match self {
                    $(Self::$name => pairs.for_each(|(g, (p, t))| *g = $name::slope(*p, *t) * scale),)*
                }
            }
        }
    };
}

element_losses! { MeanSquaredError, BinaryCrossEntropy, BinaryCrossEntropyLogits }

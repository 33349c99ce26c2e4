//! What training makes small.

mod behind;
mod check;

use crate::error::Result;
use crate::ops::loss::{Elements, SoftmaxScores};
use crate::ops::{ElementLoss, SoftmaxCrossEntropy};
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};
use behind::{Squash, argument};

/// A loss: a number for each sample, whose mean over the batch is differentiated.
///
/// ```
/// use wgrad::Loss;
/// use wgrad::layers::{Dense, Softmax};
///
/// // Behind scores, or behind a softmax of them: the loss is computed from the scores in both cases.
/// let loss = Loss::SoftmaxCrossEntropy;
/// assert!(loss.takes_labels());
/// # let _ = (Dense::new(10), Softmax);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// `(p - t)²`, the mean over all elements.
    MeanSquaredError,
    /// `-t ln p - (1 - t) ln (1 - p)` from probabilities, the mean over all elements. Targets are `0..=1`. The last layer
    /// is a [`Sigmoid`](crate::nn::layers::Sigmoid), and the loss is computed from what comes to it, so that probabilities
    /// near 0 and 1 lose nothing.
    BinaryCrossEntropy,
    /// The same from logits: the last layer gives any number, and the loss applies the sigmoid.
    BinaryCrossEntropyLogits,
    /// `-ln softmax(z)[label]` from scores and integer labels, the mean over samples. The last layer gives a score of any
    /// size for each class, or it is a [`Softmax`](crate::nn::layers::Softmax), and the loss is computed from what comes to it.
    SoftmaxCrossEntropy,
}

impl Loss {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Loss::MeanSquaredError,
        Loss::BinaryCrossEntropy,
        Loss::BinaryCrossEntropyLogits,
        Loss::SoftmaxCrossEntropy,
    ];

    /// As files name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::MeanSquaredError => Elements::MeanSquaredError.name(),
            Self::BinaryCrossEntropy => Elements::BinaryCrossEntropy.name(),
            Self::BinaryCrossEntropyLogits => Elements::BinaryCrossEntropyLogits.name(),
            Self::SoftmaxCrossEntropy => "softmax_cross_entropy",
        }
    }

    /// The loss that a file names.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|loss| loss.name() == name);
        named.ok_or_else(|| format!("{name:?} is no loss"))
    }

    /// Whether targets are integer labels.
    pub fn takes_labels(self) -> bool {
        self == Loss::SoftmaxCrossEntropy
    }

    /// The loss and the logits that stand for this loss of probabilities, if an op of this crate made these; else this loss
    /// and the prediction.
    pub(crate) fn on_logits(self, tape: &mut Recorder, prediction: Tensor) -> (Self, Tensor) {
        let (squash, loss) = match self {
            Loss::BinaryCrossEntropy => (Squash::Sigmoid, Loss::BinaryCrossEntropyLogits),
            Loss::SoftmaxCrossEntropy => (Squash::Softmax, Loss::SoftmaxCrossEntropy),
            Loss::MeanSquaredError | Loss::BinaryCrossEntropyLogits => return (self, prediction),
        };
        argument(tape, prediction, squash).map_or((self, prediction), |logits| (loss, logits))
    }

    /// Records the losses of a batch, batch × 1.
    pub fn record(self, tape: &mut Recorder, prediction: Tensor, target: Tensor) -> Tensor {
        let (loss, prediction) = self.on_logits(tape, prediction);
        loss.record_as_it_is(tape, prediction, target)
    }

    /// Records the losses of what [`on_logits`](Loss::on_logits) has found.
    pub(crate) fn record_as_it_is(self, tape: &mut Recorder, prediction: Tensor, target: Tensor) -> Tensor {
        // Two elements come together as reals.
        let alike = prediction.element == target.element;
        let mut as_reals = |t: Tensor| if alike || t.element == Element::U32 { t } else { tape.reals(t) };
        let [prediction, target] = [prediction, target].map(&mut as_reals);
        let losses = tape.batched("losses", 1);
        let element = |loss| ElementLoss::new(loss, prediction, target, losses);
        match self {
            Loss::MeanSquaredError => tape.push(element(Elements::MeanSquaredError)),
            Loss::BinaryCrossEntropy => tape.push(element(Elements::BinaryCrossEntropy)),
            Loss::BinaryCrossEntropyLogits => tape.push(element(Elements::BinaryCrossEntropyLogits)),
            Loss::SoftmaxCrossEntropy => {
                tape.push(SoftmaxCrossEntropy::new(SoftmaxScores, prediction, target, losses));
            }
        }
        losses
    }
}

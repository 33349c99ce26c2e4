//! What training makes small.

use crate::dataset::{Dataset, Targets};
use crate::error::{Error, Result};
use crate::ops::loss::Elements;
use crate::ops::{ElementLoss, SoftmaxCrossEntropy};
use crate::recorder::Recorder;
use crate::tensor::Tensor;

/// A loss: a number for each sample, whose mean over the batch is differentiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// `(p - t)²`, the mean over all elements.
    MeanSquaredError,
    /// `-t ln p - (1 - t) ln (1 - p)` from probabilities, the mean over all elements.
    BinaryCrossEntropy,
    /// The same from logits, which is the more exact form.
    BinaryCrossEntropyLogits,
    /// `-ln softmax(z)[label]` from scores and integer labels, the mean over samples.
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

    /// Records the losses of a batch, batch × 1.
    pub fn record(self, tape: &mut Recorder, prediction: Tensor, target: Tensor) -> Tensor {
        // Two elements come together as reals.
        let alike = prediction.element == target.element && !self.takes_labels();
        let [prediction, target] = [prediction, target].map(|t| if alike { t } else { tape.reals(t) });
        let losses = tape.batched("losses", 1);
        let element = |loss| ElementLoss::new(loss, prediction, target, losses);
        match self {
            Loss::MeanSquaredError => tape.push(element(Elements::MeanSquaredError)),
            Loss::BinaryCrossEntropy => tape.push(element(Elements::BinaryCrossEntropy)),
            Loss::BinaryCrossEntropyLogits => tape.push(element(Elements::BinaryCrossEntropyLogits)),
            Loss::SoftmaxCrossEntropy => {
                tape.push(SoftmaxCrossEntropy::new(prediction, target, losses));
            }
        }
        losses
    }

    /// An error unless a dataset's targets are what this loss compares `outputs` numbers with.
    pub(crate) fn check(self, data: &Dataset, outputs: usize) -> Result<()> {
        let wrong = |why: String| Err(Error::Targets { why });
        match data.targets() {
            Targets::Labels(labels) if self.takes_labels() => {
                match labels.iter().find(|l| **l as usize >= outputs) {
                    Some(label) => {
                        wrong(format!("label {label} among {outputs} outputs; labels are 0..{outputs}"))
                    }
                    None => Ok(()),
                }
            }
            Targets::Labels(_) => {
                wrong(format!("{self:?} compares numbers, and the targets are integer labels"))
            }
            _ if self.takes_labels() => {
                wrong(format!("{self:?} takes integer labels, and the targets are numbers"))
            }
            _ if data.target_width() != outputs => wrong(format!(
                "targets of {} numbers, and the last layer gives {outputs}",
                data.target_width()
            )),
            _ => Ok(()),
        }
    }
}

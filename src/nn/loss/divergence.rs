//! How far a distribution is from another.

use super::softmax::{record_rows, scores};
use super::{Loss, OutputKind, TargetKind};
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// `Σ t (ln t - ln softmax(z))`, the divergence of Kullback and Leibler (1951) of the targets from what is predicted. The last layer gives
/// a score of any size for each class, or it is a softmax, and the loss is computed from what comes to it.
///
/// ```
/// use wgrad::losses::{KullbackLeibler, TargetKind};
/// use wgrad::Loss;
///
/// assert_eq!(KullbackLeibler.targets(), TargetKind::Distribution);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KullbackLeibler;

impl Loss for KullbackLeibler {
    fn name(&self) -> &str {
        "kullback_leibler"
    }

    fn targets(&self) -> TargetKind {
        TargetKind::Distribution
    }

    fn outputs(&self) -> OutputKind {
        OutputKind::Scores
    }

    fn record(&self, tape: &mut Recorder, output: Tensor, target: Tensor) -> Tensor {
        let scores = scores(tape, output);
        record_rows(tape, scores, target, true)
    }
}

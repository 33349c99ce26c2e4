//! Softmax cross-entropy.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::binary::{check_smoothing, check_weights};
use super::{Loss, OutputKind, TargetKind, before_softmax, setting};
use crate::error::OpError;
use crate::ops::loss::{DistributionCrossEntropy, DistributionScores, SoftmaxScores};
use crate::ops::{self, Function, OneHot, Operation, Reduction, one_for_each_row};
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// `-ln softmax(z)[label]` from scores and integer labels, the mean over samples. The last layer gives a score of any size for each
/// class, or it is a softmax, and the loss is computed from what comes to it.
///
/// ```
/// use wgrad::losses::{SoftmaxCrossEntropy, TargetKind};
/// use wgrad::Loss;
///
/// let plain = SoftmaxCrossEntropy::new();
/// assert_eq!(plain.targets(), TargetKind::Labels);
/// let rare = SoftmaxCrossEntropy::new().class_weights([1.0, 1.0, 5.0]).smoothing(0.1);
/// assert!(rare.check(3).is_ok() && rare.check(4).is_err());
/// assert_eq!(SoftmaxCrossEntropy::new().soft_targets().targets(), TargetKind::Distribution);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a model is compiled with it"]
pub struct SoftmaxCrossEntropy {
    soft_targets: bool,
    class_weights: Option<Arc<[f32]>>,
    smoothing: f32,
    focal: f32,
}

impl SoftmaxCrossEntropy {
    /// Of integer labels, each class counting 1.
    pub fn new() -> Self {
        Self::default()
    }

    /// Of a probability for each class in place of a label: `-Σ t ln softmax(z)`.
    pub fn soft_targets(self) -> Self {
        Self { soft_targets: true, ..self }
    }

    /// Times a weight for the sample's class. The sum is divided by the number of samples, as in Keras; PyTorch's mean divides by the
    /// sum of their weights.
    pub fn class_weights(self, weights: impl Into<Vec<f32>>) -> Self {
        Self { class_weights: Some(weights.into().into()), ..self }
    }

    /// Compares with `(1 - s) t + s / classes`, so that scores need not grow without end (Szegedy et al., 2016).
    pub fn smoothing(self, smoothing: f32) -> Self {
        Self { smoothing, ..self }
    }

    /// Times `(1 - p)^γ` of the label's probability `p`, so that what is predicted well counts for less (Lin et al., 2017).
    pub fn focal(self, gamma: f32) -> Self {
        Self { focal: gamma, ..self }
    }

    /// What the softmax is compared with: a row for each sample.
    fn expected(&self, tape: &mut Recorder, classes: usize, target: Tensor) -> Tensor {
        let mut rows = if self.soft_targets { target } else { one_hot(tape, classes, target) };
        if self.smoothing != 0.0 {
            let (factor, offset) = (1.0 - self.smoothing, self.smoothing / classes as f32);
            rows = tape.elementary(Function::Affine { factor, offset }, rows);
        }
        self.weighted(tape, rows)
    }

    /// Rows times the classes' weights.
    fn weighted(&self, tape: &mut Recorder, rows: Tensor) -> Tensor {
        let Some(weights) = &self.class_weights else { return rows };
        let b = tape.constant("class_weights", 1, weights);
        tape.binary(Operation::Product, rows, b)
    }

    /// The loss of integer labels without smoothing, which keeps every digit of good predictions.
    fn record_labels(&self, tape: &mut Recorder, scores: Tensor, labels: Tensor) -> Tensor {
        let mut losses = one_for_each_row(tape, "losses", scores);
        tape.push(ops::SoftmaxCrossEntropy::new(SoftmaxScores, scores, labels, losses));
        if self.focal != 0.0 {
            losses = tape.elementary(Function::Focal(self.focal), losses);
        }
        if self.class_weights.is_some() {
            let rows = one_hot(tape, scores.cols, labels);
            let rows = self.weighted(tape, rows);
            let weight = tape.reduce(Reduction::Sum, rows);
            losses = tape.binary(Operation::Product, losses, weight);
        }
        losses
    }
}

fn one_hot(tape: &mut Recorder, classes: usize, labels: Tensor) -> Tensor {
    let y = tape.batched("one_hot", classes);
    tape.push(OneHot { labels, y });
    y
}

/// Records the cross-entropy of a softmax of scores with rows of numbers.
pub(super) fn record_rows(tape: &mut Recorder, scores: Tensor, rows: Tensor, relative: bool) -> Tensor {
    let losses = one_for_each_row(tape, "losses", scores);
    tape.push(DistributionCrossEntropy::new(DistributionScores { relative }, scores, rows, losses));
    losses
}

/// The scores that a loss of a softmax is computed from.
pub(crate) fn scores(tape: &mut Recorder, output: Tensor) -> Tensor {
    let scores = before_softmax(tape, output).unwrap_or(output);
    tape.reals(scores)
}

impl Loss for SoftmaxCrossEntropy {
    fn name(&self) -> &str {
        "softmax_cross_entropy"
    }

    fn settings(&self) -> Map<String, Value> {
        let soft = self.soft_targets.then(|| ("soft_targets".to_string(), json!(true)));
        let weights =
            self.class_weights.as_ref().map(|weights| ("class_weights".to_string(), json!(weights[..])));
        let others = [setting("smoothing", self.smoothing, 0.0), setting("focal", self.focal, 0.0)];
        others.into_iter().flatten().chain(weights).chain(soft).collect()
    }

    fn targets(&self) -> TargetKind {
        if self.soft_targets { TargetKind::Distribution } else { TargetKind::Labels }
    }

    fn outputs(&self) -> OutputKind {
        OutputKind::Scores
    }

    fn check(&self, outputs: usize) -> Result<(), OpError> {
        check_smoothing(self.smoothing, self.focal)?;
        if self.soft_targets && self.focal != 0.0 {
            return Err(OpError::new(format!(
                "has soft targets and a focal γ of {}; the focal form takes labels",
                self.focal
            )));
        }
        match &self.class_weights {
            Some(weights) if weights.len() != outputs => Err(OpError::new(format!(
                "has weights for {} classes, and there are {outputs} outputs",
                weights.len()
            ))),
            Some(weights) => check_weights(weights),
            None => Ok(()),
        }
    }

    fn record(&self, tape: &mut Recorder, output: Tensor, target: Tensor) -> Tensor {
        let scores = scores(tape, output);
        if !self.soft_targets && self.smoothing == 0.0 {
            return self.record_labels(tape, scores, target);
        }
        let rows = self.expected(tape, scores.cols, target);
        record_rows(tape, scores, rows, false)
    }
}

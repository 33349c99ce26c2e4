//! Binary cross-entropy.

use serde_json::{Map, Value, json};

use super::record::of_one_element;
use super::{Loss, OutputKind, TargetKind, before_sigmoid, elements, setting};
use crate::error::OpError;
use crate::ops::loss::{self, BinaryCrossEntropyLogits, Elements};
use crate::ops::{Function, Operation, Reduction};
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// `-t ln p - (1 - t) ln (1 - p)`, the mean over all outputs, each of which answers a question of its own. Targets are `0..=1`.
///
/// Of probabilities, the last layer is a [`Sigmoid`](crate::layers::Sigmoid), and the loss is computed from what comes to it, so that
/// probabilities near 0 and 1 lose nothing. Of logits, the loss applies the sigmoid.
///
/// ```
/// use wgrad::losses::BinaryCrossEntropy;
/// use wgrad::{Loss, losses::OutputKind};
///
/// let rare = BinaryCrossEntropy::logits().class_weights([1.0, 20.0]); // the class 1 is rare
/// assert_eq!(rare.outputs(), OutputKind::Logits);
/// assert_eq!(BinaryCrossEntropy::new().smoothing(0.1).outputs(), OutputKind::Probabilities);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "a model is compiled with it"]
pub struct BinaryCrossEntropy {
    logits: bool,
    class_weights: [f32; 2],
    smoothing: f32,
    focal: f32,
}

impl Default for BinaryCrossEntropy {
    fn default() -> Self {
        Self { logits: false, class_weights: [1.0; 2], smoothing: 0.0, focal: 0.0 }
    }
}

impl BinaryCrossEntropy {
    /// Of probabilities.
    pub fn new() -> Self {
        Self::default()
    }

    /// Of logits.
    pub fn logits() -> Self {
        Self { logits: true, ..Self::default() }
    }

    /// Counts outputs whose target is 0 and those whose target is 1 so much, and those between in between.
    pub fn class_weights(self, class_weights: [f32; 2]) -> Self {
        Self { class_weights, ..self }
    }

    /// Compares with `(1 - s) t + ½ s`, so that a probability need not become 0 or 1 (Szegedy et al., 2016).
    pub fn smoothing(self, smoothing: f32) -> Self {
        Self { smoothing, ..self }
    }

    /// Times `(1 - p)^γ` of the probability `p` that the target has, so that what is predicted well counts for less (Lin et al., 2017).
    /// Targets are then 0 or 1.
    pub fn focal(self, gamma: f32) -> Self {
        Self { focal: gamma, ..self }
    }

    /// Whether the loss of each output is changed before their mean.
    fn changes_each(self) -> bool {
        self.class_weights != [1.0; 2] || self.focal != 0.0
    }

    /// The loss of each output, times its class's weight.
    fn change(self, tape: &mut Recorder, mut losses: Tensor, target: Tensor) -> Tensor {
        if self.focal != 0.0 {
            losses = tape.elementary(Function::Focal(self.focal), losses);
        }
        let [zero, one] = self.class_weights;
        if zero != 1.0 || one != 1.0 {
            let weights = tape.elementary(Function::Affine { factor: one - zero, offset: zero }, target);
            losses = tape.binary(Operation::Product, losses, weights);
        }
        losses
    }
}

impl Loss for BinaryCrossEntropy {
    fn name(&self) -> &str {
        if self.logits { "binary_cross_entropy_logits" } else { "binary_cross_entropy" }
    }

    fn settings(&self) -> Map<String, Value> {
        let weights = (self.class_weights != [1.0; 2])
            .then(|| ("class_weights".to_string(), json!(self.class_weights)));
        let others = [setting("smoothing", self.smoothing, 0.0), setting("focal", self.focal, 0.0)];
        others.into_iter().flatten().chain(weights).collect()
    }

    fn targets(&self) -> TargetKind {
        if self.focal == 0.0 { TargetKind::Unit } else { TargetKind::Binary }
    }

    fn outputs(&self) -> OutputKind {
        if self.logits { OutputKind::Logits } else { OutputKind::Probabilities }
    }

    fn takes_halves(&self) -> bool {
        !self.changes_each() && self.smoothing == 0.0
    }

    fn check(&self, _: usize) -> Result<(), OpError> {
        check_weights(&self.class_weights)?;
        check_smoothing(self.smoothing, self.focal)
    }

    fn record(&self, tape: &mut Recorder, output: Tensor, target: Tensor) -> Tensor {
        let logits = if self.logits { Some(output) } else { before_sigmoid(tape, output) };
        let smooth = |s: f32| Function::Affine { factor: 1.0 - s, offset: 0.5 * s };
        let expected = match self.smoothing {
            0.0 => target,
            smoothing => tape.elementary(smooth(smoothing), target),
        };
        let formula: Elements =
            if logits.is_some() { BinaryCrossEntropyLogits.into() } else { loss::BinaryCrossEntropy.into() };
        let compared = of_one_element(tape, [logits.unwrap_or(output), expected]);
        let [p, t] = if self.changes_each() { compared.map(one_a_row) } else { compared };
        let losses = elements::record(tape, formula, p, t);
        if !self.changes_each() {
            return losses;
        }
        let each = self.change(tape, losses, one_a_row(target));
        tape.reduce(Reduction::Mean, each.with_rows_per_sample(1))
    }
}

/// A view with a row for each number.
fn one_a_row(tensor: Tensor) -> Tensor {
    tensor.with_rows_per_sample(tensor.sample_len())
}

/// An error unless these weights may be those of classes.
pub(super) fn check_weights(weights: &[f32]) -> Result<(), OpError> {
    match weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
        Some(class) => Err(OpError::new(format!(
            "weighs class {class} by {}; weights are finite and not negative",
            weights[class]
        ))),
        None if weights.iter().all(|weight| *weight == 0.0) => Err("weighs every class by 0".into()),
        None => Ok(()),
    }
}

pub(super) fn check_smoothing(smoothing: f32, focal: f32) -> Result<(), OpError> {
    if !(0.0..1.0).contains(&smoothing) {
        return Err(OpError::new(format!("smooths by {smoothing}; it is at least 0 and less than 1")));
    }
    if !(focal.is_finite() && focal >= 0.0) {
        return Err(OpError::new(format!("has a focal γ of {focal}; it is finite and not negative")));
    }
    if smoothing != 0.0 && focal != 0.0 {
        return Err(OpError::new(format!(
            "smooths by {smoothing} and has a focal γ of {focal}; they contradict each other, use one"
        )));
    }
    Ok(())
}

//! The class that an output says.

use super::behind::{Squash, output};
use super::{Loss, OutputKind, TargetKind};
use crate::program::op::Domain;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// How an output says a class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Classes {
    /// The first largest of several numbers is that of the class.
    FirstLargest,
    /// One number says class 1 where it is above this, else class 0.
    Above(f32),
}

/// How an output with this loss, if it has one, says classes: by what the loss takes, else by what the last layer gives.
///
/// # Errors
/// Why it says none, and what to do.
pub(crate) fn classes(loss: Option<&dyn Loss>, tape: &Recorder, tensor: Tensor) -> Result<Classes, String> {
    let outputs = tensor.sample_len();
    let (takes, targets) =
        loss.map_or((OutputKind::Any, TargetKind::Unknown), |loss| (loss.outputs(), loss.targets()));
    let given = output(tape, tensor);
    let squash = given.squash.map(|(squash, _)| squash);
    if outputs == 1 {
        return match (takes, targets) {
            (OutputKind::Probabilities, _) => Ok(Classes::Above(0.5)),
            (OutputKind::Logits, _) | (_, TargetKind::Signs) => Ok(Classes::Above(0.0)),
            _ if squash == Some(Squash::Sigmoid) || given.domain == Some(Domain::Unit) && squash.is_none() => {
                Ok(Classes::Above(0.5))
            }
            _ => Err("it is one number that is no probability; make a Sigmoid the last layer, or compare what predict gives".into()),
        };
    }
    let of_classes =
        matches!(targets, TargetKind::Labels | TargetKind::Distribution) || squash == Some(Squash::Softmax);
    if of_classes && tensor.cols == outputs {
        return Ok(Classes::FirstLargest);
    }
    Err(match takes {
        OutputKind::Probabilities | OutputKind::Logits => format!(
            "each of its {outputs} numbers answers a question of its own; compare what predict gives with a threshold"
        ),
        _ => format!(
            "it is {outputs} numbers that are no scores of classes; use SoftmaxCrossEntropy, or make a Softmax the last layer"
        ),
    })
}

//! The angle between outputs and targets.

use super::{Loss, TargetKind};
use crate::ops::{Function, Operation, Reduction};
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// The least product of two lengths that is divided by, as in PyTorch.
const LEAST: f32 = 1e-8;

/// `1 - p · t / (|p| |t|)`: 0 where output and target have one direction, 2 where they have opposite ones.
///
/// ```
/// use wgrad::losses::{CosineDistance, TargetKind};
/// use wgrad::Loss;
///
/// assert_eq!((CosineDistance.name(), CosineDistance.targets()), ("cosine_distance", TargetKind::Numbers));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineDistance;

impl Loss for CosineDistance {
    fn name(&self) -> &str {
        "cosine_distance"
    }

    fn targets(&self) -> TargetKind {
        TargetKind::Numbers
    }

    fn record(&self, tape: &mut Recorder, output: Tensor, target: Tensor) -> Tensor {
        let dot = sum_of_products(tape, output, target);
        let lengths = [output, target].map(|tensor| sum_of_products(tape, tensor, tensor));
        let squares = tape.binary(Operation::Product, lengths[0], lengths[1]);
        let squares = tape.elementary(Function::Clamp { least: LEAST * LEAST, most: f32::MAX }, squares);
        let inverse = tape.elementary(Function::Power(-0.5), squares);
        let cosine = tape.binary(Operation::Product, dot, inverse);
        tape.elementary(Function::Affine { factor: -1.0, offset: 1.0 }, cosine)
    }
}

/// The sum of a row's products.
fn sum_of_products(tape: &mut Recorder, a: Tensor, b: Tensor) -> Tensor {
    let products = tape.binary(Operation::Product, a, b);
    tape.reduce(Reduction::Sum, products)
}

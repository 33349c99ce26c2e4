//! The angle between outputs and targets.

use super::record::{elementary, joined, one_for_each_row};
use super::{Loss, TargetKind};
use crate::ops::{Function, Operation, Reduce, Reduction};
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
        let squares = joined(tape, Operation::Product, lengths[0], lengths[1]);
        let squares = elementary(tape, Function::Clamp { least: LEAST * LEAST, most: f32::MAX }, squares);
        let inverse = elementary(tape, Function::Power(-0.5), squares);
        let cosine = joined(tape, Operation::Product, dot, inverse);
        elementary(tape, Function::Affine { factor: -1.0, offset: 1.0 }, cosine)
    }
}

/// The sum of a row's products.
fn sum_of_products(tape: &mut Recorder, a: Tensor, b: Tensor) -> Tensor {
    let x = joined(tape, Operation::Product, a, b);
    let y = one_for_each_row(tape, x);
    tape.push(Reduce { reduction: Reduction::Sum, x, y });
    y
}

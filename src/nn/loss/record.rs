//! Steps that losses are made of.

use crate::ops::{Binary, Elementary, Function, Operation};
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// A new tensor with a number for each row of another.
pub(crate) fn one_for_each_row(tape: &mut Recorder, of: Tensor) -> Tensor {
    let rows = of.sample_len() / of.cols;
    tape.batched("losses", rows).with_rows_per_sample(rows)
}

/// Records a function of each number.
pub(crate) fn elementary(tape: &mut Recorder, function: Function, x: Tensor) -> Tensor {
    let y = tape.tensor_like("losses.changed", x);
    tape.push(Elementary { function, x, y });
    y
}

/// Records a sum, a difference or a product of each two numbers.
pub(crate) fn joined(tape: &mut Recorder, operation: Operation, a: Tensor, b: Tensor) -> Tensor {
    let y = tape.tensor_like("losses.joined", a);
    tape.push(Binary { operation, a, b, y });
    y
}

/// Two tensors as one kind of numbers.
pub(crate) fn of_one_element(tape: &mut Recorder, tensors: [Tensor; 2]) -> [Tensor; 2] {
    if tensors[0].element == tensors[1].element { tensors } else { tensors.map(|tensor| tape.reals(tensor)) }
}

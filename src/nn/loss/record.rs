//! Steps that losses are made of.

use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// Two tensors as one kind of numbers.
pub(crate) fn of_one_element(tape: &mut Recorder, tensors: [Tensor; 2]) -> [Tensor; 2] {
    if tensors[0].element == tensors[1].element { tensors } else { tensors.map(|tensor| tape.reals(tensor)) }
}

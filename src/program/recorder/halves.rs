//! Tensors of halves on a tape: where they come from, and who may use them.

use super::Recorder;
use super::convert::Convert;
use crate::error::OpError;
use crate::program::Step;
use crate::program::tensor::{Element, Tensor};

impl Recorder {
    /// Rounds an arena to a copy in halves, which products of halves then use in its place; before [`Recorder::arena`].
    pub(crate) fn copy_in_halves(&mut self, arena: Tensor, copy: Tensor) {
        self.push(Convert { x: arena, y: copy });
        self.use_halves(arena, copy);
    }

    /// The same, where the copy is there already.
    pub(crate) fn use_halves(&mut self, arena: Tensor, copy: Tensor) {
        self.copies.insert(arena.buffer, copy.buffer);
    }

    /// A parameter tensor in its arena's copy in halves, if there is one.
    pub(crate) fn copy_of(&self, parameters: Tensor) -> Option<Tensor> {
        let buffer = *self.copies.get(&parameters.buffer)?;
        Some(Tensor { buffer, element: Element::Half, ..parameters })
    }

    /// A tensor of the batch as reals: itself, also where it holds integers, or what a further step converts it to.
    pub fn reals(&mut self, x: Tensor) -> Tensor {
        self.converted(x, Element::Real)
    }

    /// A tensor of the batch as halves: itself, or what a further step converts it to.
    pub fn halves(&mut self, x: Tensor) -> Tensor {
        self.converted(x, Element::Half)
    }

    fn converted(&mut self, x: Tensor, element: Element) -> Tensor {
        if x.element == element || x.element == Element::U32 {
            return x;
        }
        let y = self.tensor_like("converted", Tensor { element, ..x });
        self.push(Convert { x, y });
        y
    }
}

/// Whether a step may use a tensor of halves: kernels read four at a time.
pub(super) fn check(step: &Step, tensor: Tensor, buffer: &str) -> Result<(), OpError> {
    if !step.op().takes_halves() {
        return Err(OpError::new(format!(
            "takes reals, and {buffer} holds halves; convert it first, with Recorder::reals"
        )));
    }
    if tensor.cols.is_multiple_of(4) && tensor.start.is_multiple_of(4) {
        return Ok(());
    }
    let start = tensor.start;
    Err(OpError::new(format!(
        "uses {tensor} halves from element {start} on of {buffer}; both must be multiples of 4"
    )))
}

//! Programs that map samples to rows of numbers, run over any number of samples: predictions, latents, decisions.

use std::ops::Range;

use super::train::batches_of;
use crate::backend::{Backend, ProgramId, Values};
use crate::error::Result;
use crate::program::Program;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// Values of inputs and outputs that are on the device at once, so that any number of samples fits.
const VALUES_AT_ONCE: usize = 16 << 20;

/// What a mapping takes.
pub(crate) struct Taken {
    pub(crate) element: Element,
    pub(crate) samples: usize,
    pub(crate) width: usize,
}

/// A program that maps samples to rows, and its tensors.
pub(crate) struct Mapping {
    pub(crate) program: Program,
    inputs: Tensor,
    indices: Tensor,
    outputs: Tensor,
}

impl Mapping {
    /// Records a mapping to rows of `cols` numbers, with steps fused if the backend `joins_steps`; `forward` records what is done with a batch of these samples, in the
    /// order of these indices.
    pub(crate) fn record(
        mut tape: Recorder,
        taken: &Taken,
        cols: usize,
        joins_steps: bool,
        forward: impl FnOnce(&mut Recorder, Tensor, Tensor) -> Result<Tensor>,
    ) -> Result<Self> {
        let at_once = (VALUES_AT_ONCE / cols.max(taken.width)).clamp(1, taken.samples);
        let inputs = tape.tensor("data.inputs", taken.element, at_once, taken.width);
        let indices = tape.tensor("data.indices", Element::U32, 1, at_once);
        let rows = forward(&mut tape, inputs, indices)?;
        let outputs = tape.tensor("outputs", Element::Real, at_once, cols);
        tape.push(crate::ops::Collect { rows, table: outputs });
        Ok(Self { program: tape.finish()?.lean(joins_steps), inputs, indices, outputs })
    }

    /// The rows of all `samples`, one after the other; `values` gives those in a range.
    pub(crate) fn run<'v>(
        &self,
        backend: &mut dyn Backend,
        program: ProgramId,
        samples: usize,
        values: impl Fn(Range<usize>) -> Values<'v>,
    ) -> Result<Vec<f32>> {
        let at_once = self.inputs.rows;
        let order: Vec<u32> = (0..at_once as u32).collect();
        backend.write(self.indices, Values::U32(&order))?;
        let mut rows = Vec::with_capacity(samples * self.outputs.cols);
        for start in (0..samples).step_by(at_once) {
            // The last part begins earlier, for whole buffers: bytes are written in whole words.
            let first = start.min(samples - at_once);
            backend.write(self.inputs, values(first..first + at_once))?;
            backend.run(program, &batches_of(at_once, self.program.capacity()))?;
            rows.extend(backend.read(self.outputs.row_range(start - first..at_once))?);
        }
        Ok(rows)
    }
}

//! Programs that map samples to rows of numbers, run over any number of samples: predictions, latents, decisions.

use std::ops::Range;

use super::batches::batches_of;
use crate::backend::{Backend, ProgramId, Values};
use crate::error::Result;
use crate::ops::Collect;
use crate::program::Program;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// Values of inputs and outputs that are on the device at once, so that any number of samples fits.
const VALUES_AT_ONCE: usize = 16 << 20;

/// What a mapping takes as one of its inputs.
pub(crate) struct Taken {
    pub(crate) element: Element,
    pub(crate) width: usize,
}

/// A program that maps samples to rows, and its tensors.
#[derive(Debug)]
pub(crate) struct Mapping {
    pub(crate) program: Program,
    inputs: Vec<Tensor>,
    indices: Tensor,
    outputs: Vec<Tensor>,
    samples: usize,
}

impl Mapping {
    /// Records a mapping of so many samples to rows of so many numbers; `forward` records what is done with a batch of these
    /// samples, in the order of these indices.
    pub(crate) fn record(
        mut tape: Recorder,
        taken: &[Taken],
        samples: usize,
        widths: &[usize],
        forward: impl FnOnce(&mut Recorder, &[Tensor], Tensor) -> Result<Vec<Tensor>>,
    ) -> Result<Self> {
        let widest = taken.iter().map(|taken| taken.width).chain(widths.iter().copied()).max().unwrap_or(1);
        let at_once = (VALUES_AT_ONCE / widest).clamp(1, samples);
        let mut inputs = Vec::new();
        for taken in taken {
            inputs.push(tape.tensor("data.inputs", taken.element, at_once, taken.width));
        }
        let indices = tape.tensor("data.indices", Element::U32, 1, at_once);
        let rows = forward(&mut tape, &inputs, indices)?;
        let mut outputs = Vec::new();
        for (rows, cols) in rows.into_iter().zip(widths) {
            let table = tape.tensor("outputs", Element::Real, at_once, *cols);
            tape.push(Collect { rows, table });
            outputs.push(table);
        }
        Ok(Self { program: tape.finish()?, inputs, indices, outputs, samples })
    }

    /// The same with what becomes of its program.
    pub(crate) fn with_program(self, change: impl FnOnce(Program) -> Program) -> Self {
        Self { program: change(self.program), ..self }
    }

    /// The rows of all samples, one after the other, for each output; `values` gives those of an input in a range. Without an input
    /// the device has all samples already.
    pub(crate) async fn run<'v>(
        &self,
        backend: &mut dyn Backend,
        program: ProgramId,
        values: impl Fn(usize, Range<usize>) -> Values<'v>,
    ) -> Result<Vec<Vec<f32>>> {
        let (samples, at_once) = (self.samples, self.indices.len());
        let mut rows: Vec<Vec<f32>> =
            self.outputs.iter().map(|output| Vec::with_capacity(samples * output.cols)).collect();
        for start in (0..samples).step_by(at_once) {
            // The last part begins earlier, for whole buffers: bytes are written in whole words.
            let first = start.min(samples - at_once);
            let from = if self.inputs.is_empty() { first } else { 0 };
            let order: Vec<u32> = (from..from + at_once).map(|sample| sample as u32).collect();
            backend.write(self.indices, Values::U32(&order))?;
            for (number, input) in self.inputs.iter().enumerate() {
                backend.write(*input, values(number, first..first + at_once))?;
            }
            backend.run(program, &batches_of(at_once, self.program.capacity()))?;
            for (rows, output) in rows.iter_mut().zip(&self.outputs) {
                rows.extend(backend.read_later(output.row_range(start - first..at_once))?.await?);
            }
        }
        Ok(rows)
    }
}

//! A program's phases: which steps may run side by side, and in what blocks.

use std::collections::HashMap;
use std::ops::Range;

use crate::op::{Split, Use};
use crate::program::{BufferInfo, Program, Step};
use crate::tensor::{BufferId, Tensor};

/// Below this many operations a batch is done before a second thread has woken.
const WORTH_THREADS: f64 = 400e3;

/// Rows of a weight gradient that are computed together.
const OUTPUT_BLOCK: usize = 64;

/// An operand, found in the backend's stores.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand {
    pub(super) used: Use,
    pub(super) slot: usize,
    pub(super) tensor: Tensor,
}

/// A step with its operands found.
#[derive(Clone, Debug)]
pub(super) struct PlannedStep {
    pub(super) step: Step,
    pub(super) split: Split,
    pub(super) operands: Vec<Operand>,
}

/// Steps that run without waiting for other threads in between.
#[derive(Debug)]
pub(super) struct Phase {
    pub(super) kind: Kind,
    pub(super) steps: Vec<PlannedStep>,
    /// Whether the phase writes the buffer of a slot.
    pub(super) written: Vec<bool>,
}

/// What the parts of a phase are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Samples of the batch.
    Rows,
    /// Elements of arenas of one length, cut only at these places, the first 0 and the last the length.
    Elements(Vec<usize>),
    /// No parts.
    Whole,
}

/// How the CPU backend runs a program.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) phases: Vec<Phase>,
    /// Samples that a thread takes through a row phase together.
    pub(super) block: usize,
    pub(super) worth_threads: bool,
}

impl Plan {
    pub(super) fn new(program: &Program, slots: &HashMap<BufferId, usize>, infos: &[BufferInfo]) -> Self {
        let mut phases: Vec<Phase> = Vec::new();
        for step in program.steps() {
            let step = PlannedStep::new(step, slots);
            let kind = kind_of(&step, infos);
            match phases.last_mut() {
                Some(phase) if phase.takes(&kind) => phase.push(step),
                _ => {
                    let mut phase = Phase { kind, steps: Vec::new(), written: vec![false; infos.len()] };
                    phase.push(step);
                    phases.push(phase);
                }
            }
        }
        phases.iter_mut().for_each(Phase::cut);
        let block = (program.capacity() / 2).clamp(1, 32);
        Self { phases, block, worth_threads: program.cost().flops >= WORTH_THREADS }
    }
}

impl PlannedStep {
    fn new(step: &Step, slots: &HashMap<BufferId, usize>) -> Self {
        let operand = |(used, tensor): &(Use, Tensor)| Operand {
            used: *used,
            slot: slots.get(&tensor.buffer).copied().unwrap_or_default(),
            tensor: *tensor,
        };
        let operands = step.operands().iter().map(operand).collect();
        Self { step: step.clone(), split: step.op().split(), operands }
    }

    fn writes(&self) -> impl Iterator<Item = &Operand> {
        self.operands.iter().filter(|operand| operand.used != Use::In)
    }
}

/// What a step could be divided into; its arena's length stands where the cuts will be.
fn kind_of(step: &PlannedStep, infos: &[BufferInfo]) -> Kind {
    let Some(first) = step.writes().next() else { return Kind::Whole };
    let length = infos[first.slot].len;
    let one_length = step.writes().all(|out| infos[out.slot].len == length && !out.tensor.batched);
    match step.split {
        Split::Rows if step.writes().all(|out| out.tensor.batched) => Kind::Rows,
        Split::Output | Split::Elements if one_length => Kind::Elements(vec![0, length]),
        _ => Kind::Whole,
    }
}

impl Phase {
    fn takes(&self, kind: &Kind) -> bool {
        *kind != Kind::Whole && self.kind == *kind
    }

    fn push(&mut self, step: PlannedStep) {
        step.writes().for_each(|operand| self.written[operand.slot] = true);
        self.steps.push(step);
    }

    /// Finds the places where an element phase may be cut: between blocks of the tensors that its steps write.
    fn cut(&mut self) {
        let Kind::Elements(cuts) = &mut self.kind else { return };
        for step in self.steps.iter().filter(|step| step.split == Split::Output) {
            let written = step.writes().map(|out| out.tensor);
            cuts.extend(written.flat_map(|tensor| {
                output_blocks(tensor.rows).map(move |rows| tensor.start + rows.end * tensor.cols)
            }));
        }
        cuts.sort_unstable();
        cuts.dedup();
    }
}

/// The blocks of rows that a weight gradient is computed in; a last row alone, the bias, joins the block before.
pub(super) fn output_blocks(rows: usize) -> impl Iterator<Item = Range<usize>> {
    let blocks = (rows / OUTPUT_BLOCK).max(1);
    (0..blocks).map(move |b| b * OUTPUT_BLOCK..if b + 1 == blocks { rows } else { (b + 1) * OUTPUT_BLOCK })
}

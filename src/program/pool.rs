//! One step for many of a kind: what each of them read in a buffer of its own lies in one for all of them.

use std::collections::HashMap;

use super::passes::are_independent;
use super::rule::one_rule;
use crate::program::op::{AnyOp, MAX_OPERANDS};
use crate::program::tensor::{BufferId, Element, Tensor};
use crate::program::{BufferInfo, Buffers, Program, Step};

/// Numbers that lie between places where devices can bind a buffer.
pub(crate) const UNIT: usize = 64;

/// Whole numbers from which on `f32` leaves some out.
const INEXACT: usize = 1 << 24;

/// A whole number as tables have it; none where `f32` has not all of its size.
pub(crate) fn exact(number: usize) -> Option<f32> {
    (number < INEXACT).then_some(number as f32)
}

/// The number of the [unit](UNIT) that begins here, as tables have it.
pub(crate) fn unit_at(start: usize) -> Option<f32> {
    exact(start / UNIT).filter(|_| start.is_multiple_of(UNIT))
}

/// A buffer for what many steps read, and the constants of the step that does their work; [`Op::for_all`](crate::Op::for_all) gets one.
#[doc(hidden)]
#[derive(Debug)]
pub struct Pool {
    all: Tensor,
    starts: HashMap<BufferId, usize>,
    buffers: Buffers,
}

impl Pool {
    /// One for these tensors, each of which has a buffer of its own.
    fn of(name: &str, tensors: &[Tensor]) -> Self {
        let mut starts = HashMap::new();
        let mut end: usize = 0;
        for tensor in tensors {
            end = end.next_multiple_of(UNIT);
            starts.insert(tensor.buffer, end);
            end += tensor.len();
        }
        let mut pool = Self { all: row(end), starts, buffers: Buffers::new() };
        pool.add(format!("{name}.pool"), pool.all, None);
        pool
    }

    fn add(&mut self, name: String, tensor: Tensor, values: Option<&[f32]>) {
        let constant = values.map(Into::into);
        let scratch = values.is_none();
        let info = BufferInfo { name, element: tensor.element, len: tensor.len(), scratch, constant };
        self.buffers.insert(tensor.buffer, info);
    }

    /// All of it.
    pub(crate) fn all(&self) -> Tensor {
        self.all
    }

    /// Where in it a tensor begins.
    pub(crate) fn start_of(&self, tensor: Tensor) -> Option<usize> {
        self.starts.get(&tensor.buffer).copied()
    }

    /// A constant of so many rows.
    pub(crate) fn table(&mut self, rows: usize, values: &[f32]) -> Tensor {
        let table = Tensor { rows, cols: values.len() / rows.max(1), ..row(0) };
        self.add("table".into(), table, Some(values));
        table
    }

    /// A step whose operands lie here, if they were moved. Its op does not know; kernels ask for no place.
    fn moved(&self, step: &Step) -> Step {
        let mut step = step.clone();
        for (_, tensor) in &mut step.operands {
            if let Some(start) = self.starts.get(&tensor.buffer) {
                *tensor = Tensor { buffer: self.all.buffer, start: start + tensor.start, ..*tensor };
            }
        }
        step
    }
}

/// A row of reals in a new buffer.
fn row(cols: usize) -> Tensor {
    Tensor { buffer: BufferId::unique(), element: Element::Real, start: 0, rows: 1, cols, per_sample: None }
}

impl Program {
    /// With one step for many of a kind, where ops offer that ([`Op::for_all`](crate::Op::for_all)) and a device binds so many operands
    /// and bytes.
    #[must_use]
    pub(crate) fn gathered(mut self, most_operands: usize, most_bytes: u64) -> Self {
        let mut at = 0;
        while at < self.steps.len() {
            let kind = self.kind(at, most_bytes);
            if kind.len() < 2 || self.gather(&kind, most_operands).is_none() {
                at += 1;
            }
        }
        self
    }

    /// The steps like the one at `first` whose work could wait for the last of them.
    fn kind(&self, first: usize, most_bytes: u64) -> Vec<usize> {
        let (mut kind, mut bytes): (Vec<usize>, u64) = (Vec::new(), 0);
        let is_alike = |step: &Step| {
            let [outputs, others] = [step, &self.steps[first]].map(|step| step.outputs().map(|o| o.buffer));
            step.name() == self.steps[first].name() && outputs.eq(others)
        };
        for (number, step) in self.steps.iter().enumerate().skip(first) {
            if kind.iter().any(|before| !are_independent(&self.steps[*before], step)) {
                break;
            }
            let size =
                self.movable(step).map(|tensor| Element::Real.bytes_of(tensor.len().next_multiple_of(UNIT)));
            match size.filter(|size| is_alike(step) && bytes + size <= most_bytes) {
                Some(size) => {
                    bytes += size;
                    kind.push(number);
                }
                None if kind.is_empty() => break,
                None => {}
            }
        }
        kind
    }

    /// What a step reads that may lie in a pool: all of a buffer of reals that nobody reads after a run.
    fn movable(&self, step: &Step) -> Option<Tensor> {
        let tensor = step.op().pooled()?;
        let info = self.buffers.get(&tensor.buffer)?;
        let is_all = tensor.start == 0 && tensor.len() == info.len && tensor.element == Element::Real;
        let is_free = info.scratch && info.constant.is_none() && !self.kept.contains(&tensor.extent());
        (is_all && is_free && !tensor.is_batched()).then_some(tensor)
    }

    /// Does the work of these steps in one at the place of the last, if there is such a step.
    fn gather(&mut self, kind: &[usize], most_operands: usize) -> Option<()> {
        let all: Vec<&dyn AnyOp> = kind.iter().map(|number| self.steps[*number].op()).collect();
        let tensors: Vec<Tensor> = all.iter().filter_map(|op| op.pooled()).collect();
        let mut pool = Pool::of(all[0].name(), &tensors);
        let joint = Step::of(all[0].for_all(&all, &mut pool)?.into());
        let last = *kind.last()?;
        let mut steps = Vec::new();
        for (number, step) in self.steps.iter().enumerate() {
            if number == last {
                steps.push(joint.clone());
            } else if !kind.contains(&number) {
                steps.push(pool.moved(step));
            }
        }
        let binds = joint.operands().len() <= most_operands.min(MAX_OPERANDS);
        if !binds || steps.iter().any(|step| one_rule(step.operands()).is_err()) {
            return None;
        }
        self.steps = steps;
        self.buffers.retain(|id, _| !pool.starts.contains_key(id));
        self.buffers.extend(pool.buffers);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{AddTo, Fold};
    use crate::program::recorder::Recorder;

    /// The names of the steps of two folds with something between them, on a device that binds so many bytes.
    fn names(bytes: u64, between: impl Fn(&mut Recorder, [Tensor; 2])) -> Vec<&'static str> {
        let mut tape = Recorder::new("test", 3);
        let gradients = tape.tensor("gradients", Element::Real, 1, 200);
        for (number, start) in [128, 0].into_iter().enumerate() {
            let parts = tape.tensor("parts", Element::Real, 3, 40);
            let sum = Tensor { start, cols: 40, ..gradients };
            tape.scratch(parts);
            tape.push(Fold { parts, sum });
            if number == 0 {
                between(&mut tape, [parts, sum]);
            }
        }
        let program = tape.finish().unwrap().gathered(MAX_OPERANDS, bytes);
        assert!(
            program
                .steps
                .iter()
                .flat_map(Step::operands)
                .all(|(_, t)| program.buffers.contains_key(&t.buffer))
        );
        program.steps.iter().map(Step::name).collect()
    }

    #[test]
    fn one_step_does_the_work_of_two() {
        assert_eq!(names(1_024, |_, _| ()), ["fold.all"]);
    }

    #[test]
    fn a_device_that_binds_less_has_two() {
        assert_eq!(names(1_023, |_, _| ()), ["fold", "fold"]);
    }

    #[test]
    fn what_reads_another_sum_is_not_in_the_way() {
        let other = |tape: &mut Recorder, [parts, sum]: [Tensor; 2]| {
            let before = Tensor { start: sum.start - 64, ..sum };
            let total = tape.tensor("total", Element::Real, 1, 40);
            tape.push(AddTo { sum: total, part: before });
            tape.push(AddTo { sum: total, part: parts.row_range(1..2) });
        };
        assert_eq!(names(1_024, other), ["add_to", "add_to", "fold.all"]);
    }

    #[test]
    fn what_reads_a_sum_or_writes_parts_is() {
        let reads = |tape: &mut Recorder, [_, sum]: [Tensor; 2]| {
            let total = tape.tensor("total", Element::Real, 1, 40);
            tape.push(AddTo { sum: total, part: sum });
        };
        let writes = |tape: &mut Recorder, [parts, _]: [Tensor; 2]| {
            let part = tape.tensor("part", Element::Real, 3, 40);
            tape.push(AddTo { sum: parts, part });
        };
        assert_eq!(names(1_024, reads), ["fold", "add_to", "fold"]);
        assert_eq!(names(1_024, writes), ["fold", "add_to", "fold"]);
    }

    #[test]
    fn parts_that_somebody_reads_stay() {
        assert_eq!(names(1_024, |tape, [parts, _]| tape.keep(parts)), ["fold", "fold"]);
    }
}

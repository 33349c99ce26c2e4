//! How far two backends' results of one step may be apart.
//!
//! Both round, and add in different orders. A sum of `k` products is off by at most about `k ε Σ|a||b|` (Higham,
//! *Accuracy and Stability of Numerical Algorithms*, 2002, section 3.1), which cancellation can make large beside the
//! sum itself; so `Σ|a||b|` is computed, by the same op at absolute inputs. Other ops are off by a few units in the
//! last place of their largest value, and by more where GPUs approximate exp, log or tanh. Where an activation bounds what is
//! written, the largest value is that of the same op without it.

use super::{Backend, ProgramId, Reference, Values};
use crate::error::Result;
use crate::program::op::{AnyOp, Scale, Use};
use crate::program::tensor::{Element, Tensor};
use crate::program::{Batch, Program, Step};

/// Relative to the largest value of a tensor: eight units in the last place. WGSL allows a division 2.5, a square
/// root 4.5, and the fusing of a product and a sum.
const PLAIN: f32 = 1e-6;

/// The same where GPUs approximate: WGSL allows `exp(x)` `3 + 2 |x|` units in the last place, `log` an absolute error
/// of `2⁻²¹` near 1, and `tanh` an absolute error of `10⁻⁵`.
const APPROXIMATED: f32 = 1e-5;

/// Times `k ε Σ|a||b|`; an activation behind the sum stretches its error by at most 1.8, as SELU does.
const SUMS: f32 = 4.0;

/// GPUs may flush smaller numbers to 0.
const TINY: f32 = 4.0 * f32::MIN_POSITIVE;

/// Relative to a half: its last place, since both sides round, perhaps to either side of what lies between.
const HALVES: f32 = 1.0 / 1024.0;

/// GPUs may flush smaller halves to 0.
const TINY_HALF: f32 = 1.0 / 16_384.0;

/// What the results of one step may differ by.
#[derive(Debug)]
pub(super) struct Tolerance {
    sum: Option<Sum>,
    before_activation: Option<ProgramId>,
}

/// The op that computes `Σ|a||b|` from absolute inputs.
#[derive(Debug)]
struct Sum {
    program: ProgramId,
    terms: usize,
}

/// What is known of an output before its step changes it.
#[derive(Debug)]
pub(super) struct Before {
    /// How large the numbers are that it is made of, where that is known: what is changed in place is rounded at its
    /// former size, however small the result.
    scale: f32,
    approximated: bool,
    /// `k ε Σ|a||b|` for each element of a sum.
    sums: Vec<f32>,
    /// Whether it is rounded to halves.
    halves: bool,
}

impl Tolerance {
    /// `single` has one step; what it needs to compute `Σ|a||b|` is compiled on `cpu`.
    pub(super) fn new(single: &Program, cpu: &mut Reference<f32>) -> Result<Self> {
        let op = single.steps()[0].op();
        let compile = |cpu: &mut Reference<f32>, op: Box<dyn AnyOp>| {
            cpu.compile(&Program { steps: vec![Step::of(op.into())], ..single.clone() })
        };
        let sum = op.sum().map(|(op, terms)| compile(cpu, op).map(|program| Sum { program, terms }));
        let before_activation = op.before_activation().map(|op| compile(cpu, op)).transpose()?;
        Ok(Self { sum: sum.transpose()?, before_activation })
    }

    /// What was compiled on the CPU.
    pub(super) fn programs(&self) -> impl Iterator<Item = ProgramId> {
        self.sum.iter().map(|sum| sum.program).chain(self.before_activation)
    }

    /// What is known of each of the step's outputs before it runs. Outputs that are not inputs as well are changed.
    pub(super) fn before(&self, step: &Step, cpu: &mut Reference<f32>, batch: &Batch) -> Result<Vec<Before>> {
        let operands = step.operands();
        let largest_of =
            |cpu: &mut Reference<f32>, tensor: Tensor| cpu.read(tensor.live(batch)).map(|v| largest(&v));
        if let Some(program) = self.before_activation {
            cpu.run(program, &[*batch])?;
        }
        let mut known = |(index, (used, output)): (usize, &(Use, Tensor))| {
            let scale = step.op().approximated(index, batch);
            let size = match scale {
                Some(Scale::Of(size)) => size as f32,
                Some(Scale::Operand(index)) => largest_of(cpu, operands[index].1)?,
                Some(Scale::Output) | None => 0.0,
            };
            // Of an output that is not an input as well these are the numbers before the activation.
            let is_known = *used == Use::InOut || self.before_activation.is_some();
            let former = if is_known { largest_of(cpu, *output)? } else { 0.0 };
            let halves = output.element == Element::Half;
            Ok(Before { scale: size.max(former), approximated: scale.is_some(), sums: Vec::new(), halves })
        };
        let outputs = operands.iter().enumerate().filter(|(_, (used, _))| *used != Use::In);
        let mut before: Vec<Before> = outputs.map(&mut known).collect::<Result<_>>()?;
        if let Some(sum) = &self.sum {
            let bounds = sum.bounds(step, cpu, batch)?;
            before.iter_mut().zip(bounds).for_each(|(before, sums)| before.sums = sums);
        }
        Ok(before)
    }
}

impl Before {
    /// How far the device's value of each element may be from the CPU's, one of `values`.
    pub(super) fn allowed(&self, values: &[f32]) -> Vec<f32> {
        let share = match (self.approximated, self.sums.is_empty()) {
            (true, _) => APPROXIMATED,
            (false, true) => PLAIN,
            (false, false) => 0.0,
        };
        let rounding = share * largest(values).max(self.scale);
        let (last_place, tiny) = if self.halves { (HALVES, TINY_HALF) } else { (0.0, TINY) };
        if self.sums.is_empty() {
            return values.iter().map(|value| rounding + last_place * value.abs() + tiny).collect();
        }
        let allowed =
            |(sum, value): (&f32, &f32)| SUMS * sum + (PLAIN + last_place) * value.abs() + rounding + tiny;
        self.sums.iter().zip(values).map(allowed).collect()
    }
}

impl Sum {
    /// `k ε Σ|a||b|` for each element of each output; inputs are restored afterwards.
    fn bounds(&self, step: &Step, cpu: &mut Reference<f32>, batch: &Batch) -> Result<Vec<Vec<f32>>> {
        let mut kept = Vec::new();
        for input in step.inputs().filter(|input| matches!(input.element, Element::Real | Element::Half)) {
            let values = cpu.read(input)?;
            let absolute: Vec<f32> = values.iter().map(|value| value.abs()).collect();
            cpu.write(input, Values::Real(&absolute))?;
            kept.push((input, values));
        }
        cpu.run(self.program, &[*batch])?;
        let factor = f32::EPSILON * self.terms as f32;
        let bound = |output: Tensor| -> Result<Vec<f32>> {
            Ok(cpu.read(output.live(batch))?.iter().map(|sum| factor * sum.abs()).collect())
        };
        let bounds = step.outputs().map(bound).collect::<Result<_>>()?;
        // Backwards, so that of a tensor that is read twice the first copy is restored last.
        for (input, values) in kept.into_iter().rev() {
            cpu.write(input, Values::Real(&values))?;
        }
        Ok(bounds)
    }
}

/// The largest absolute value among the finite ones.
fn largest(values: &[f32]) -> f32 {
    values.iter().filter(|value| value.is_finite()).fold(0.0, |largest, value| largest.max(value.abs()))
}

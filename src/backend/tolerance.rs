//! How far two backends' results of one step may be apart.
//!
//! Both round, and add in different orders. A sum of `k` products is off by at most about `k ε Σ|a||b|` (Higham,
//! *Accuracy and Stability of Numerical Algorithms*, 2002, section 3.1), which cancellation can make large beside the
//! sum itself; so `Σ|a||b|` is computed, by the same op at absolute inputs. Other ops are off by a few units in the
//! last place of their largest value, and by more where GPUs approximate exp, log or tanh.

use super::{Backend, Cpu, ProgramId, Values};
use crate::error::Result;
use crate::program::{Batch, Program, Step};
use crate::tensor::{Element, Tensor};

/// Relative to the largest value of a tensor.
const PLAIN: f32 = 1e-6;

/// The same where GPUs approximate: WGSL allows `exp` and `tanh` an error that grows with their arguments.
const APPROXIMATED: f32 = 1e-5;

/// Times `k ε Σ|a||b|`; an activation behind the sum stretches its error by at most 1.2.
const SUMS: f32 = 4.0;

/// GPUs may flush smaller numbers to 0.
const TINY: f32 = 4.0 * f32::MIN_POSITIVE;

/// What the results of one step may differ by.
#[derive(Debug)]
pub(super) struct Tolerance {
    approximated: bool,
    sum: Option<Sum>,
}

/// The op that computes `Σ|a||b|` from absolute inputs.
#[derive(Debug)]
struct Sum {
    program: ProgramId,
    terms: usize,
}

impl Tolerance {
    /// `single` has one step; what it needs to compute `Σ|a||b|` is compiled on `scratch`.
    pub(super) fn new(single: &Program, scratch: &mut Cpu<f32>) -> Result<Self> {
        let op = single.steps()[0].op();
        let sum = op.sum().map(|(op, terms)| {
            let program = Program { steps: vec![Step::of(op.into())], ..single.clone() };
            scratch.compile(&program).map(|program| Sum { program, terms })
        });
        Ok(Self { approximated: op.approximated(), sum: sum.transpose()? })
    }

    /// What was compiled on `scratch`.
    pub(super) fn program(&self) -> Option<ProgramId> {
        self.sum.as_ref().map(|sum| sum.program)
    }

    /// For each element of `output`, whose values on the CPU are `values`, how far the device's may be.
    pub(super) fn allowed(
        &self,
        step: &Step,
        inputs: &Cpu<f32>,
        scratch: &mut Cpu<f32>,
        batch: &Batch,
        (output, values): (Tensor, &[f32]),
    ) -> Result<Vec<f32>> {
        let largest = values.iter().filter(|v| v.is_finite()).fold(0f32, |largest, v| largest.max(v.abs()));
        let share = if self.approximated { APPROXIMATED } else { PLAIN };
        let Some(sum) = &self.sum else { return Ok(vec![share * largest + TINY; values.len()]) };
        for input in step.inputs().filter(|input| input.element == Element::Real) {
            let absolute: Vec<f32> = inputs.values(input)?.iter().map(|value| value.abs()).collect();
            scratch.write(input, Values::Real(&absolute))?;
        }
        scratch.run(sum.program, &[*batch])?;
        let factor = SUMS * f32::EPSILON * sum.terms as f32;
        let rounding = if self.approximated { APPROXIMATED * largest } else { 0.0 };
        let allowed = |(sum, value): (&f32, &f32)| factor * sum + PLAIN * value.abs() + rounding + TINY;
        Ok(scratch.values(output)?.iter().zip(values).map(allowed).collect())
    }
}

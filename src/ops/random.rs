//! Random numbers of ops: a function of the batch's seed and epoch, of the layer and of a number, the same bits on every backend.

use crate::program::Batch;
use crate::program::real::Real;

/// The random numbers of a layer in a batch.
#[derive(Clone, Copy)]
pub(super) struct Draws {
    key: u32,
}

/// One round of the PCG output permutation of an LCG step (O'Neill 2014; Jarzynski and Olano, *Hash Functions for
/// GPU Rendering*, 2020).
#[inline(always)]
fn pcg(value: u32) -> u32 {
    let state = value.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    let word = ((state >> ((state >> 28) + 4)) ^ state).wrapping_mul(277_803_737);
    (word >> 22) ^ word
}

impl Draws {
    #[inline(always)]
    pub(super) fn of(batch: &Batch, layer: u32) -> Self {
        Self { key: pcg(batch.seed ^ pcg(batch.epoch ^ pcg(layer))) }
    }

    /// 32 random bits.
    #[inline(always)]
    pub(super) fn word(self, number: u32) -> u32 {
        pcg(self.key ^ pcg(number))
    }

    /// Uniform in `0.0..1.0`, in steps of 2⁻²⁴, which `f32` has exactly.
    #[inline(always)]
    pub(super) fn unit<T: Real>(self, number: u32) -> T {
        T::of(f64::from(self.word(number) >> 8) / 16_777_216.0)
    }

    /// A whole number under `bound`, which is at most 2¹⁶.
    #[inline(always)]
    pub(super) fn below(self, number: u32, bound: u32) -> u32 {
        ((self.word(number) >> 16) * bound) >> 16
    }
}

/// The sine of an angle in turns, `-0.25..=0.25`, by its series.
#[inline(always)]
pub(super) fn sine<T: Real>(turns: T) -> T {
    let x = T::of(std::f64::consts::TAU) * turns;
    let square = x * x;
    let mut series = T::one();
    for divisor in [156.0, 110.0, 72.0, 42.0, 20.0, 6.0] {
        series = T::one() - square * T::of(1.0 / divisor) * series;
    }
    x * series
}

/// The cosine of an angle in turns, `-0.5..=0.5`.
#[inline(always)]
pub(super) fn cosine<T: Real>(turns: T) -> T {
    sine(T::of(0.25) - turns.abs())
}

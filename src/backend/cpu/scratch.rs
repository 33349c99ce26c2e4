//! Halves as reals: what a thread lends to ops in place of operands of halves.

use std::ops::Range;

use half::f16;

use crate::program::op::MAX_OPERANDS;
use crate::program::real::Real;

/// A thread's memory for each operand of a call.
#[derive(Debug, Default)]
pub(super) struct Scratch<T> {
    pub(super) operands: [Wide<T>; MAX_OPERANDS],
}

/// Elements of a buffer of halves as reals.
#[derive(Debug, Default)]
pub(super) struct Wide<T> {
    values: Vec<T>,
    /// The slot and the elements that `values` begins with, if these are still so.
    of: Option<(usize, Range<usize>)>,
}

impl<T: Real> Scratch<T> {
    /// Makes room for so many elements of each operand.
    pub(super) fn hold(&mut self, elements: &[usize; MAX_OPERANDS]) {
        for (wide, elements) in self.operands.iter_mut().zip(elements) {
            wide.values.resize(wide.values.len().max(*elements), T::zero());
        }
    }

    /// Forgets what it holds: buffers may have changed.
    pub(super) fn forget(&mut self) {
        self.operands.iter_mut().for_each(|wide| wide.of = None);
    }
}

impl<T: Real> Wide<T> {
    /// These halves, elements `range` of a slot, which need no widening if they were widened last and cannot have `changed`.
    pub(super) fn read(&mut self, halves: &[f16], slot: usize, range: Range<usize>, changed: bool) -> &[T] {
        let len = range.len();
        let of = Some((slot, range));
        if changed || self.of != of {
            T::widen(halves, &mut self.values[..len]);
            self.of = of;
        }
        &self.values[..len]
    }

    /// These halves, for an op that changes them.
    pub(super) fn widened(&mut self, halves: &[f16]) -> &mut [T] {
        let values = self.room(halves.len());
        T::widen(halves, values);
        values
    }

    /// Room for what an op writes whole.
    pub(super) fn room(&mut self, len: usize) -> &mut [T] {
        self.of = None;
        &mut self.values[..len]
    }

    /// Rounds what was written to its place.
    pub(super) fn store(&self, halves: &mut [f16]) {
        T::narrow(&self.values[..halves.len()], halves);
    }
}

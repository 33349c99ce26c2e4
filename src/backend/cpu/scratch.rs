//! A thread's memory: what it lends to ops in place of operands of halves, and beside them.

use std::ops::Range;

use half::f16;

use crate::program::op::MAX_OPERANDS;
use crate::program::real::Real;

/// A thread's memory for a call.
#[derive(Debug, Default)]
pub(super) struct Scratch<T> {
    pub(super) operands: [Wide<T>; MAX_OPERANDS],
    /// What ops ask for beside their operands.
    pub(super) own: Vec<T>,
}

/// How many numbers a thread needs room for.
#[derive(Debug)]
pub(super) struct Room {
    /// The most halves that each operand of a call may have.
    pub(super) halves: [usize; MAX_OPERANDS],
    /// The most that an op asks for beside its operands.
    pub(super) own: usize,
}

/// Elements of a buffer of halves as reals.
#[derive(Debug, Default)]
pub(super) struct Wide<T> {
    values: Vec<T>,
    /// The slot and the elements that `values` begins with, if these are still so.
    of: Option<(usize, Range<usize>)>,
}

impl<T: Real> Scratch<T> {
    /// Makes room for what a plan asks for.
    pub(super) fn hold(&mut self, room: &Room) {
        for (wide, elements) in self.operands.iter_mut().zip(&room.halves) {
            wide.values.resize(wide.values.len().max(*elements), T::zero());
        }
        self.own.resize(self.own.len().max(room.own), T::zero());
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

//! Operands, as the CPU backend lends them.

use std::ops::Range;

use super::MAX_OPERANDS;
use crate::program::Batch;

/// One operand's elements, as the CPU backend lends them in [`Views`].
#[derive(Debug, Default)]
#[non_exhaustive]
pub enum View<'a, T> {
    /// Nothing lent.
    #[default]
    Empty,
    /// Reals to read.
    Real(&'a [T]),
    /// Reals to write.
    RealMut(&'a mut [T]),
    /// Bytes to read.
    U8(&'a [u8]),
    /// Unsigned integers to read.
    U32(&'a [u32]),
    /// Unsigned integers to write.
    U32Mut(&'a mut [u32]),
}

/// The operands of one call on the CPU, in the order of [`Op::operands`](super::Op::operands).
#[derive(Debug)]
pub struct Views<'a, T> {
    pub(crate) operands: [View<'a, T>; MAX_OPERANDS],
    pub(crate) scratch: &'a mut [T],
    /// The batch: its number of rows, its place in the index list, the learning rate.
    pub batch: Batch,
    /// What to do in this call: samples, rows of the output or elements, as [`Op::split`](super::Op::split) says.
    pub span: Range<usize>,
}

impl<'a, T> Views<'a, T> {
    /// The reals of operand `index`, which the op only reads.
    pub fn input(&self, index: usize) -> &'a [T] {
        match self.operands[index] {
            View::Real(values) => values,
            _ => &[],
        }
    }

    /// The bytes of operand `index`.
    pub fn bytes(&self, index: usize) -> &'a [u8] {
        match self.operands[index] {
            View::U8(values) => values,
            _ => &[],
        }
    }

    /// The unsigned integers of operand `index`.
    pub fn integers(&self, index: usize) -> &'a [u32] {
        match self.operands[index] {
            View::U32(values) => values,
            _ => &[],
        }
    }

    /// Some of the operands, in this order, for an op that this one is made of; outputs are taken.
    pub(crate) fn some(&mut self, indices: &[usize], span: Range<usize>) -> Self {
        let mut some = Self { operands: Default::default(), scratch: &mut [], batch: self.batch, span };
        for (place, index) in some.operands.iter_mut().zip(indices) {
            *place = match &mut self.operands[*index] {
                View::Real(values) => View::Real(values),
                other => std::mem::take(other),
            };
        }
        some
    }

    /// The reals of operand `index`, which the op writes; to be taken once a call.
    pub fn output(&mut self, index: usize) -> &'a mut [T] {
        match self.operands[index] {
            View::RealMut(ref mut values) => std::mem::take(values),
            _ => &mut [],
        }
    }

    /// Room for as many numbers as [`Op::scratch`](super::Op::scratch) says, with any numbers in it; to be taken once a call.
    pub fn scratch(&mut self) -> &'a mut [T] {
        std::mem::take(&mut self.scratch)
    }

    /// The unsigned integers of operand `index`, which the op writes; to be taken once a call.
    pub fn integers_mut(&mut self, index: usize) -> &'a mut [u32] {
        match self.operands[index] {
            View::U32Mut(ref mut values) => std::mem::take(values),
            _ => &mut [],
        }
    }
}

//! What a thread holds of a buffer.

use std::ops::Range;

use half::f16;

use super::scratch::Wide;
use crate::backend::store::Store;
use crate::program::op::View;
use crate::program::real::Real;

/// What a worker holds of one buffer.
#[derive(Debug, Default)]
pub(super) enum Part<'a, T> {
    #[default]
    Nothing,
    /// These elements of it, from `start` on, to write.
    Mine {
        start: usize,
        values: &'a mut [T],
    },
    /// The same of halves.
    MyHalves {
        start: usize,
        values: &'a mut [f16],
    },
    /// The same of unsigned integers.
    MyIntegers {
        start: usize,
        values: &'a mut [u32],
    },
    /// All of it, to read.
    Real(&'a [T]),
    Half(&'a [f16]),
    U8(&'a [u8]),
    U32(&'a [u32]),
}

impl<'a, T: Real> Part<'a, T> {
    /// The whole buffer; what ops write of it, to write.
    pub(super) fn whole(store: &'a mut Store<T>) -> Self {
        match store {
            Store::Real(values) => Part::Mine { start: 0, values },
            Store::Half(values) => Part::MyHalves { start: 0, values },
            Store::U8(values) => Part::U8(values),
            Store::U32(values) => Part::MyIntegers { start: 0, values },
        }
    }

    /// The whole buffer, to read.
    pub(super) fn shared(store: &'a Store<T>) -> Self {
        match store {
            Store::Real(values) => Part::Real(values),
            Store::Half(values) => Part::Half(values),
            Store::U8(values) => Part::U8(values),
            Store::U32(values) => Part::U32(values),
        }
    }

    /// Some of its elements, which are those of a slot; halves by way of `wide`, anew if they may have `changed`.
    // A step of a small net takes a microsecond; without this the compiler inlines it or not as the crate's parts fall.
    #[inline]
    pub(super) fn look<'v>(
        &'v self,
        slot: usize,
        range: Range<usize>,
        wide: &'v mut Wide<T>,
        changed: bool,
    ) -> View<'v, T> {
        let within = |start: usize| range.start - start..range.end - start;
        match self {
            Part::Mine { start, values } => View::Real(&values[within(*start)]),
            Part::MyIntegers { start, values } => View::U32(&values[within(*start)]),
            Part::Real(values) => View::Real(&values[range]),
            Part::MyHalves { start, values } => {
                View::Real(wide.read(&values[within(*start)], slot, range.clone(), changed))
            }
            Part::Half(values) => View::Real(wide.read(&values[range.clone()], slot, range, changed)),
            Part::U8(values) => View::U8(&values[range]),
            Part::U32(values) => View::U32(&values[range]),
            Part::Nothing => unreachable!("a step reads what it writes"),
        }
    }

    /// One of its reals.
    pub(super) fn at(&self, element: usize) -> T {
        match self {
            Part::Mine { start, values } => values[element - start],
            Part::Real(values) => values[element],
            _ => unreachable!("a factor is one of the reals"),
        }
    }
}

/// No parts, in the memory of these.
pub(super) fn emptied<'a, 'b, T: Real>(mut parts: Vec<Part<'a, T>>) -> Vec<Part<'b, T>> {
    parts.clear();
    parts.into_iter().map(|_| Part::Nothing).collect()
}

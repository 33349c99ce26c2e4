//! Loops over pixels on a processor, for some channels at a time, so that what is known of these stays in registers.

use crate::ops::some;
use crate::program::real::Real;

/// Sums that are added up side by side: one alone would wait for each of its additions.
const SIDE_BY_SIDE: usize = 4;

/// Work on `N` channels side by side.
pub(super) trait OnChannels {
    /// Does it for the channels from `column` on; to be marked `#[inline(always)]`.
    fn run<const N: usize>(&mut self, column: usize);
}

/// Does the work for all channels, some at a time.
#[inline(always)]
pub(super) fn for_all_channels(channels: usize, work: &mut impl OnChannels) {
    let mut column = 0;
    while column < channels {
        column += match channels - column {
            16.. => {
                work.run::<16>(column);
                16
            }
            4.. => {
                work.run::<4>(column);
                4
            }
            _ => {
                work.run::<1>(column);
                1
            }
        };
    }
}

/// What a pixel adds to `K` sums of `N` channels each.
pub(super) trait Terms<T, const N: usize, const K: usize> {
    /// The terms of the numbers from `first` on; to be marked `#[inline(always)]`.
    fn of(&self, first: usize) -> [[T; N]; K];
}

/// Sums over the pixels that have the numbers from `column` on up to `len`.
#[inline(always)]
pub(super) fn sums<T: Real, const N: usize, const K: usize>(
    channels: usize,
    column: usize,
    len: usize,
    terms: &impl Terms<T, N, K>,
) -> [[T; N]; K] {
    let mut sums = [[[T::zero(); N]; K]; SIDE_BY_SIDE];
    let mut first = column;
    while first + (SIDE_BY_SIDE - 1) * channels < len {
        for sums in &mut sums {
            *sums = plus(sums, &terms.of(first));
            first += channels;
        }
    }
    while first < len {
        sums[0] = plus(&sums[0], &terms.of(first));
        first += channels;
    }
    let [a, b, c, d] = sums;
    plus(&plus(&a, &b), &plus(&c, &d))
}

#[inline(always)]
fn plus<T: Real, const N: usize, const K: usize>(a: &[[T; N]; K], b: &[[T; N]; K]) -> [[T; N]; K] {
    let mut sums = *a;
    for (sums, b) in sums.iter_mut().zip(b) {
        for (sum, b) in sums.iter_mut().zip(b) {
            *sum += *b;
        }
    }
    sums
}

/// The numbers themselves.
pub(super) struct Plain<'a, T>(pub(super) &'a [T]);

impl<T: Real, const N: usize> Terms<T, N, 1> for Plain<'_, T> {
    #[inline(always)]
    fn of(&self, first: usize) -> [[T; N]; 1] {
        [some(self.0, first)]
    }
}

/// Their squared distances from numbers of the channels.
pub(super) struct Squares<'a, T, const N: usize>(pub(super) &'a [T], pub(super) [T; N]);

impl<T: Real, const N: usize> Terms<T, N, 1> for Squares<'_, T, N> {
    #[inline(always)]
    fn of(&self, first: usize) -> [[T; N]; 1] {
        let mut squares = some(self.0, first);
        for (x, mean) in squares.iter_mut().zip(&self.1) {
            let away = *x - *mean;
            *x = away * away;
        }
        [squares]
    }
}

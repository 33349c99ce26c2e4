//! The products of a convolution on a processor in tiles that stay in its registers. Places read what they see where it lies in the image
//! with its border, so there are no patches.

use crate::ops::some;
use crate::program::real::Real;
use crate::program::vectorised::{Loops, Vectors};

/// Filters of a tile.
pub(super) const FILTERS: usize = 16;

/// Taps of a tile of a weight's gradient.
pub(super) const TAPS: usize = 6;

/// Taps that are read of a place together, so that where it lies is looked up once for them.
const AT_ONCE: usize = 4;

/// Where the numbers of places lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    pub(super) first: usize,
    /// From a place to the one below it.
    pub(super) down: usize,
    /// From a place to the one right of it.
    pub(super) right: usize,
}

impl Steps {
    #[inline(always)]
    fn at(&self, [y, x]: [usize; 2]) -> usize {
        self.first + y * self.down + x * self.right
    }
}

/// Some places, what they see, and where their numbers are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    /// Places along the sides.
    pub(super) size: [usize; 2],
    /// Where in the image a place sees the first number.
    pub(super) from: Steps,
    /// Where a place's first number is.
    pub(super) to: Steps,
    /// Rows that a place sees.
    pub(super) rows: usize,
    /// From a row that a place sees to the next one.
    pub(super) row: usize,
    /// Numbers side by side in each of them.
    pub(super) len: usize,
    /// Numbers of a place.
    pub(super) filters: usize,
}

impl Grid {
    #[inline(always)]
    fn place(&self, number: usize) -> [usize; 2] {
        [number / self.size[1], number % self.size[1]]
    }

    /// Writes what each place sees, times the weight; and the bias, if there is one.
    pub(super) fn write_places<T: Real>(
        &self,
        vectors: Vectors,
        image: &[T],
        [weight, bias]: [&[T]; 2],
        y: &mut [T],
    ) {
        match vectors {
            Vectors::Many => Places::<T, 7> { grid: *self, image, weight, bias, y }.run(),
            Vectors::Few => Places::<T, 5> { grid: *self, image, weight, bias, y }.run(),
        }
    }

    /// Adds the product of what places see, turned around, and their gradients to a weight's gradient.
    pub(super) fn add_to_weight<T: Real>(&self, vectors: Vectors, image: &[T], dz: &[T], dw: &mut [T]) {
        if vectors == Vectors::Many && self.filters.is_multiple_of(2 * FILTERS) {
            Weight::<T, { 2 * FILTERS }> { grid: *self, image, dz, dw }.run();
        } else {
            Weight::<T, FILTERS> { grid: *self, image, dz, dw }.run();
        }
    }
}

/// The outputs of places, by tiles of `P` places. Loops of their own, since within others their sums would leave the registers.
struct Places<'a, T, const P: usize> {
    grid: Grid,
    image: &'a [T],
    weight: &'a [T],
    bias: &'a [T],
    y: &'a mut [T],
}

impl<T: Real, const P: usize> Loops for Places<'_, T, P> {
    type Output = ();

    #[inline(always)]
    fn compute(self) {
        let Self { grid, image, weight, bias, y } = self;
        let places = grid.size[0] * grid.size[1];
        for column in (0..grid.filters).step_by(FILTERS) {
            let begin = if bias.is_empty() { [T::zero(); FILTERS] } else { some(bias, column) };
            for start in (0..places).step_by(P) {
                // Where there are fewer places left, the last one is computed again and not written.
                let count = P.min(places - start);
                let mut firsts = [0; P];
                for (place, first) in firsts.iter_mut().enumerate() {
                    *first = grid.from.at(grid.place(start + place.min(count - 1)));
                }
                let sums = tile(&grid, [begin; P], image, firsts, weight, column);
                for (place, sums) in sums[..count].iter().enumerate() {
                    let to = grid.to.at(grid.place(start + place)) + column;
                    y[to..][..FILTERS].copy_from_slice(sums);
                }
            }
        }
    }
}

/// These sums of places that see their first numbers here, for the filters from `column` on, with what they see added.
#[inline(always)]
fn tile<T: Real, const P: usize>(
    grid: &Grid,
    mut sums: [[T; FILTERS]; P],
    image: &[T],
    firsts: [usize; P],
    weight: &[T],
    column: usize,
) -> [[T; FILTERS]; P] {
    let (len, filters) = (grid.len, grid.filters);
    for row in 0..grid.rows {
        let mut seen: [&[T]; P] = [&[]; P];
        for (seen, first) in seen.iter_mut().zip(firsts) {
            *seen = &image[first + row * grid.row..][..len];
        }
        let weight = &weight[row * len * filters..][..len * filters];
        let some_rows = weight.chunks_exact(AT_ONCE * filters);
        let last_rows = some_rows.remainder();
        for (number, weight) in some_rows.enumerate() {
            let mut of_taps = [[T::zero(); FILTERS]; AT_ONCE];
            for (tap, of_tap) in of_taps.iter_mut().enumerate() {
                *of_tap = some(weight, tap * filters + column);
            }
            for (sums, seen) in sums.iter_mut().zip(&seen) {
                let x: [T; AT_ONCE] = some(seen, number * AT_ONCE);
                for (x, of_tap) in x.iter().zip(&of_taps) {
                    *sums = plus(sums, *x, of_tap);
                }
            }
        }
        let first = len - len % AT_ONCE;
        for (tap, weight) in last_rows.chunks_exact(filters).enumerate() {
            let of_tap = some(weight, column);
            for (sums, seen) in sums.iter_mut().zip(&seen) {
                *sums = plus(sums, seen[first + tap], &of_tap);
            }
        }
    }
    sums
}

/// A weight's gradient, by tiles of `N` filters.
struct Weight<'a, T, const N: usize> {
    grid: Grid,
    image: &'a [T],
    dz: &'a [T],
    dw: &'a mut [T],
}

impl<T: Real, const N: usize> Loops for Weight<'_, T, N> {
    type Output = ();

    #[inline(always)]
    fn compute(self) {
        let Self { grid, image, dz, dw } = self;
        for row in 0..grid.rows {
            for tap in (0..grid.len).step_by(TAPS) {
                // Where there are fewer taps left, some are computed again and not written.
                let first = tap.min(grid.len - TAPS);
                for column in (0..grid.filters).step_by(N) {
                    let sums: [[T; N]; TAPS] =
                        weight_tile(&grid, &image[row * grid.row + first..], dz, column);
                    for (number, sums) in sums.iter().enumerate().skip(tap - first) {
                        let dw = &mut dw[(row * grid.len + first + number) * grid.filters + column..][..N];
                        for (dw, sum) in dw.iter_mut().zip(sums) {
                            *dw += *sum;
                        }
                    }
                }
            }
        }
    }
}

/// The sums over all places, which see these numbers of the image first, for the filters from `column` on.
#[inline(always)]
fn weight_tile<T: Real, const N: usize>(grid: &Grid, image: &[T], dz: &[T], column: usize) -> [[T; N]; TAPS] {
    let mut sums = [[T::zero(); N]; TAPS];
    for (y, dz) in dz.chunks_exact(grid.size[1] * grid.filters).enumerate() {
        let mut first = grid.from.at([y, 0]);
        for dz in dz.chunks_exact(grid.filters) {
            let dz: [T; N] = some(dz, column);
            let seen = &image[first..][..TAPS];
            for (sums, seen) in sums.iter_mut().zip(seen) {
                *sums = plus(sums, *seen, &dz);
            }
            first += grid.from.right;
        }
    }
    sums
}

/// `sums + x · numbers`, each rounded once.
#[inline(always)]
fn plus<T: Real, const N: usize>(sums: &[T; N], x: T, numbers: &[T; N]) -> [T; N] {
    let mut sums = *sums;
    for (sum, number) in sums.iter_mut().zip(numbers) {
        *sum = x.mul_add(*number, *sum);
    }
    sums
}

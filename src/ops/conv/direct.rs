//! The convolution of images of few channels on a processor: there the patches would take longer than the products.

use super::bordered::Bordered;
use crate::ops::some;
use crate::program::real::Real;

/// Numbers that a place sees, at most.
pub(super) const MOST_TAPS: usize = 32;

/// Places whose sums stay in registers together.
const PLACES: usize = 4;

/// Taps whose sums stay in registers together.
const SUMS: usize = 9;

/// Where the numbers are that a place sees, from the first one on.
struct Offsets([usize; MOST_TAPS]);

impl Offsets {
    #[inline(always)]
    fn of(border: &Bordered, taps: usize) -> Self {
        let mut offsets = [0; MOST_TAPS];
        for (tap, offset) in offsets[..taps].iter_mut().enumerate() {
            *offset = border.offset(tap);
        }
        Self(offsets)
    }
}

/// Adds the product of a bordered image's patches and a weight of `filters` columns to `y`.
#[inline(always)]
pub(super) fn forward<T: Real>(
    border: &Bordered,
    image: &[T],
    weight: &[T],
    y: &mut [T],
    output: [usize; 2],
) {
    let filters = y.len() / (output[0] * output[1]);
    match filters {
        n if n.is_multiple_of(16) => forward_by::<T, 16>(border, image, weight, y, output),
        n if n.is_multiple_of(4) => forward_by::<T, 4>(border, image, weight, y, output),
        _ => forward_by::<T, 1>(border, image, weight, y, output),
    }
}

#[inline(always)]
fn forward_by<T: Real, const N: usize>(
    border: &Bordered,
    image: &[T],
    weight: &[T],
    y: &mut [T],
    [height, width]: [usize; 2],
) {
    let filters = y.len() / (height * width);
    let taps = weight.len() / filters;
    let offsets = Offsets::of(border, taps);
    for (row, y) in y.chunks_exact_mut(width * filters).enumerate() {
        for (number, y) in y.chunks_mut(PLACES * filters).enumerate() {
            // Where there are fewer places left, the last one is computed again and not written.
            let count = y.len() / filters;
            let mut firsts = [0; PLACES];
            for (place, first) in firsts.iter_mut().enumerate() {
                *first = border.first([row, number * PLACES + place.min(count - 1)]);
            }
            for column in (0..filters).step_by(N) {
                let mut sums = [[T::zero(); N]; PLACES];
                for (tap, offset) in offsets.0[..taps].iter().enumerate() {
                    let weight: [T; N] = some(weight, tap * filters + column);
                    for (sums, first) in sums.iter_mut().zip(&firsts) {
                        let x = image[first + offset];
                        for (sum, weight) in sums.iter_mut().zip(&weight) {
                            *sum += x * *weight;
                        }
                    }
                }
                for (y, sums) in y.chunks_exact_mut(filters).zip(&sums) {
                    for (y, sum) in y[column..][..N].iter_mut().zip(sums) {
                        *y += *sum;
                    }
                }
            }
        }
    }
}

/// Adds the product of a bordered image's turned patches and the gradients of its places to a weight's gradient.
#[inline(always)]
pub(super) fn weight_gradient<T: Real>(
    border: &Bordered,
    image: &[T],
    dz: &[T],
    dw: &mut [T],
    output: [usize; 2],
) {
    match dz.len() / (output[0] * output[1]) {
        n if n.is_multiple_of(16) => weight_gradient_by::<T, 16>(border, image, dz, dw, output),
        n if n.is_multiple_of(4) => weight_gradient_by::<T, 4>(border, image, dz, dw, output),
        _ => weight_gradient_by::<T, 1>(border, image, dz, dw, output),
    }
}

#[inline(always)]
fn weight_gradient_by<T: Real, const N: usize>(
    border: &Bordered,
    image: &[T],
    dz: &[T],
    dw: &mut [T],
    [height, width]: [usize; 2],
) {
    let filters = dz.len() / (height * width);
    let taps = dw.len() / filters;
    let offsets = Offsets::of(border, taps);
    for start in (0..taps).step_by(SUMS) {
        // Where there are fewer taps left, the last one is computed again and not written.
        let mut some_taps = [0; SUMS];
        for (number, offset) in some_taps.iter_mut().enumerate() {
            *offset = offsets.0[(start + number).min(taps - 1)];
        }
        for column in (0..filters).step_by(N) {
            let sums: [[T; N]; SUMS] = weight_tile(border, image, some_taps, dz, [width, filters, column]);
            let rows = dw[start * filters..].chunks_exact_mut(filters);
            for (dw, sums) in rows.zip(&sums) {
                for (dw, sum) in dw[column..][..N].iter_mut().zip(sums) {
                    *dw += *sum;
                }
            }
        }
    }
}

/// The sums over all places for some taps, and for the filters from `column` on.
#[inline(always)]
fn weight_tile<T: Real, const N: usize>(
    border: &Bordered,
    image: &[T],
    taps: [usize; SUMS],
    dz: &[T],
    [width, filters, column]: [usize; 3],
) -> [[T; N]; SUMS] {
    let mut sums = [[T::zero(); N]; SUMS];
    let step = border.first([0, 1]);
    for (row, dz) in dz.chunks_exact(width * filters).enumerate() {
        let mut seen: [&[T]; SUMS] = [&[]; SUMS];
        for (seen, tap) in seen.iter_mut().zip(taps) {
            *seen = &image[border.first([row, 0]) + tap..][..(width - 1) * step + 1];
        }
        for (place, dz) in dz.chunks_exact(filters).enumerate() {
            let dz: [T; N] = some(dz, column);
            for (sums, seen) in sums.iter_mut().zip(&seen) {
                let (x, mut sum) = (seen[place * step], *sums);
                for (sum, dz) in sum.iter_mut().zip(&dz) {
                    *sum += x * *dz;
                }
                *sums = sum;
            }
        }
    }
    sums
}

//! Images from what is to their places, image by image: the gradient of a convolution's input, and a transposed convolution.

use super::Window;
use super::bordered::Bordered;
use super::of_image::begin;
use super::shape::ConvShape;
use super::tiles::{FILTERS, Grid, Steps};
use crate::ops::dense::{Fast, Into, Matrix, Multiply};
use crate::ops::some;
use crate::program::real::Real;
use crate::program::vectorised::{Vectors, vectors};

/// Filters whose weights are turned together.
const TURNED: usize = 4;

/// What such images need beside them.
pub(super) enum Pixels<'a, T> {
    /// Convolutions of the places by the turned weight.
    Turned(Turned<'a, T>),
    /// Patches from a product, which are added up.
    Product { shape: ConvShape, weight: &'a [T], patches: &'a mut [T], bordered: &'a mut [T] },
}

/// Numbers of scratch memory for [`Pixels::new`].
pub(super) fn room(shape: &ConvShape) -> usize {
    match turning(shape) {
        Some(_) => places(shape).len() + shape.taps() * shape.filters,
        None => Bordered::of(shape.window, shape.channels).len() + shape.patches(),
    }
}

impl<'a, T: Real> Pixels<'a, T> {
    #[inline(always)]
    pub(super) fn new(shape: ConvShape, weight: &'a [T], scratch: &'a mut [T]) -> Self {
        Self::by(turning(&shape), shape, weight, scratch)
    }

    /// In tiles, or else by the library of products.
    #[inline(always)]
    pub(super) fn by(
        vectors: Option<Vectors>,
        shape: ConvShape,
        weight: &'a [T],
        scratch: &'a mut [T],
    ) -> Self {
        let Some(vectors) = vectors else {
            let (patches, rest) = scratch.split_at_mut(shape.patches());
            let bordered = &mut rest[..Bordered::of(shape.window, shape.channels).len()];
            return Self::Product { shape, weight, patches, bordered };
        };
        let (turned, rest) = scratch.split_at_mut(shape.taps() * shape.filters);
        let bordered = &mut rest[..places(&shape).len()];
        Self::Turned(Turned::new(shape, vectors, weight, turned, bordered))
    }

    /// Writes an image: `bias` for each pixel, and what it is to the places that see it.
    #[inline(always)]
    pub(super) fn write(&mut self, z: &[T], bias: &[T], image: &mut [T]) {
        match self {
            Self::Turned(turned) => turned.write(z, bias, image),
            Self::Product { shape, weight, patches, bordered } => {
                let border = Bordered::of(shape.window, shape.channels);
                let weight = Matrix::new(weight, shape.filters).transpose();
                Fast::product(patches, Into::Replace, Matrix::new(z, shape.filters), weight);
                begin(bias, bordered);
                border.add_patches(patches, bordered);
                begin(bias, image);
                border.read(bordered, image);
            }
        }
    }
}

/// How the convolution with a turned weight is computed, where it is faster: in tiles, of taps that lie side by side.
#[inline(always)]
fn turning(shape: &ConvShape) -> Option<Vectors> {
    let fits = shape.channels.is_multiple_of(FILTERS) && shape.filters.is_multiple_of(TURNED);
    vectors().filter(|_| fits && shape.window.dilation == [1; 2])
}

/// The places with all the zeros around them that pixels see: as the image of a convolution with a stride of one, whose kernel has the
/// taps of this one that see the same pixel.
#[inline(always)]
fn places(shape: &ConvShape) -> Bordered {
    let Window { image, kernel, stride, padding, output, .. } = shape.window;
    let taps = [0, 1].map(|side| kernel[side].div_ceil(stride[side]));
    let seen = [0, 1].map(|side| (image[side] - 1 + padding[side]) / stride[side] + 1);
    Bordered::of(Window::new(output, taps).padding(taps.map(|taps| taps - 1), seen), shape.filters)
}

/// Images by convolutions of their places: one for each phase, the pixels that the same taps see.
pub(super) struct Turned<'a, T> {
    shape: ConvShape,
    vectors: Vectors,
    /// The weight of each phase behind that of the one before: its taps from the last to the first, filters, channels.
    weight: &'a [T],
    border: Bordered,
    bordered: &'a mut [T],
}

/// Pixels that the same taps see: along a side those from `first` on, a stride apart.
#[derive(Clone, Copy)]
struct Phase {
    /// The first tap that sees them; the others are a stride apart.
    tap: usize,
    taps: usize,
    /// The first pixel, and how many there are.
    first: usize,
    pixels: usize,
    /// The place whose first tap sees the first pixel.
    place: usize,
}

impl Phase {
    #[inline(always)]
    fn of(window: &Window, side: usize, tap: usize) -> Self {
        let [image, kernel, stride, padding] =
            [window.image, window.kernel, window.stride, window.padding].map(|sides| sides[side]);
        let place = padding.saturating_sub(tap).div_ceil(stride);
        let first = place * stride + tap - padding;
        let pixels = image.saturating_sub(first).div_ceil(stride);
        Self { tap, taps: kernel.saturating_sub(tap).div_ceil(stride), first, pixels, place }
    }

    /// The tap of the weight that is this one of the turned weight.
    #[inline(always)]
    fn turned(&self, stride: usize, tap: usize) -> usize {
        self.tap + (self.taps - 1 - tap) * stride
    }
}

impl<'a, T: Real> Turned<'a, T> {
    #[inline(always)]
    fn new(
        shape: ConvShape,
        vectors: Vectors,
        weight: &[T],
        turned: &'a mut [T],
        bordered: &'a mut [T],
    ) -> Self {
        let stride = shape.window.stride;
        let of_tap = shape.channels * shape.filters;
        let mut into = turned.chunks_exact_mut(of_tap);
        for number in 0..stride[0] * stride[1] {
            let [down, right] = Self::phases(&shape, number);
            for y in 0..down.taps {
                for x in 0..right.taps {
                    let tap = down.turned(stride[0], y) * shape.window.kernel[1] + right.turned(stride[1], x);
                    let Some(into) = into.next() else { break };
                    turn(&weight[tap * of_tap..][..of_tap], shape.filters, into);
                }
            }
        }
        Self { shape, vectors, weight: turned, border: places(&shape), bordered }
    }

    /// The rows and columns of a phase.
    #[inline(always)]
    fn phases(shape: &ConvShape, number: usize) -> [Phase; 2] {
        let [down, right] = [number / shape.window.stride[1], number % shape.window.stride[1]];
        [Phase::of(&shape.window, 0, down), Phase::of(&shape.window, 1, right)]
    }

    #[inline(always)]
    fn write(&mut self, z: &[T], bias: &[T], image: &mut [T]) {
        self.border.write(z, self.bordered);
        let ConvShape { window, channels, filters } = self.shape;
        let (width, mut used) = (self.border.width * filters, 0);
        let seen = window.kernel.map(|taps| taps - 1);
        if (0..2).any(|side| window.kernel[side] < window.stride[side]) {
            // Some pixels are seen by none.
            begin(bias, image);
        }
        for number in 0..window.stride[0] * window.stride[1] {
            let [down, right] = Self::phases(&self.shape, number);
            let len = right.taps * filters;
            if down.taps * len == 0 {
                continue;
            }
            let above = seen[0] / window.stride[0] + down.place + 1 - down.taps;
            let left = seen[1] / window.stride[1] + right.place + 1 - right.taps;
            let row = window.image[1] * channels;
            let grid = Grid {
                size: [down.pixels, right.pixels],
                from: Steps { first: above * width + left * filters, down: width, right: filters },
                to: Steps {
                    first: down.first * row + right.first * channels,
                    down: window.stride[0] * row,
                    right: window.stride[1] * channels,
                },
                rows: down.taps,
                row: width,
                len,
                filters: channels,
            };
            let weight = &self.weight[used..][..down.taps * len * channels];
            used += weight.len();
            grid.write_places(self.vectors, self.bordered, [weight, bias], image);
        }
    }
}

/// Writes a matrix of so many columns with its rows as columns: by blocks, whose lines stay in the cache.
#[inline(always)]
fn turn<T: Real>(matrix: &[T], cols: usize, into: &mut [T]) {
    let rows = matrix.len() / cols;
    for first in (0..rows).step_by(FILTERS) {
        for (number, into) in into.chunks_exact_mut(TURNED * rows).enumerate() {
            let mut block = [[T::zero(); FILTERS]; TURNED];
            let lines = matrix[first * cols..].chunks_exact(cols).take(FILTERS);
            for (row, line) in lines.enumerate() {
                let numbers: [T; TURNED] = some(line, number * TURNED);
                for (col, number) in numbers.iter().enumerate() {
                    block[col][row] = *number;
                }
            }
            for (into, numbers) in into.chunks_exact_mut(rows).zip(&block) {
                into[first..first + FILTERS].copy_from_slice(numbers);
            }
        }
    }
}

//! The products of a convolution on a processor, image by image.

use super::bordered::Bordered;
use super::direct::{self, MOST_TAPS};
use super::shape::ConvShape;
use crate::ops::dense::{Fast, Into, Matrix, Multiply};
use crate::program::real::Real;

/// What an image's products need beside it: room for the image with its border, and for its patches.
pub(super) struct OfImage<'a, T> {
    shape: ConvShape,
    border: Bordered,
    bordered: &'a mut [T],
    patches: &'a mut [T],
}

/// Numbers of scratch memory for [`OfImage::new`].
pub(super) fn room(shape: &ConvShape) -> usize {
    Bordered::of(shape.window, shape.channels).len() + shape.patches()
}

impl<'a, T: Real> OfImage<'a, T> {
    #[inline(always)]
    pub(super) fn new(shape: ConvShape, scratch: &'a mut [T]) -> Self {
        let border = Bordered::of(shape.window, shape.channels);
        let (bordered, patches) = scratch.split_at_mut(border.len());
        Self { shape, border, bordered, patches: &mut patches[..shape.patches()] }
    }

    #[inline(always)]
    fn is_direct(&self) -> bool {
        self.shape.taps() <= MOST_TAPS
    }

    /// Adds the product of an image's patches and the weight to `y`.
    #[inline(always)]
    pub(super) fn add_to_places(&mut self, image: &[T], weight: &[T], y: &mut [T]) {
        self.border.write(image, self.bordered);
        if self.is_direct() {
            return direct::forward(&self.border, self.bordered, weight, y, self.shape.window.output);
        }
        self.border.patches(self.bordered, self.patches);
        let patches = Matrix::new(self.patches, self.shape.taps());
        Fast::product(y, Into::Add(T::one()), patches, Matrix::new(weight, self.shape.filters));
    }

    /// Adds the product of an image's turned patches and the gradients of its places to the weight's gradient.
    #[inline(always)]
    pub(super) fn weight_gradient(&mut self, image: &[T], dz: &[T], dw: &mut [T]) {
        self.border.write(image, self.bordered);
        if self.is_direct() {
            return direct::weight_gradient(&self.border, self.bordered, dz, dw, self.shape.window.output);
        }
        self.border.patches(self.bordered, self.patches);
        let patches = Matrix::new(self.patches, self.shape.taps()).transpose();
        Fast::product(dw, Into::Add(T::one()), patches, Matrix::new(dz, self.shape.filters));
    }

    /// Writes an image: `bias` for each pixel, and the patches that the places make of it, added up where they overlap.
    #[inline(always)]
    pub(super) fn write_pixels(&mut self, z: &[T], weight: &[T], bias: &[T], image: &mut [T]) {
        let weight = Matrix::new(weight, self.shape.filters).transpose();
        Fast::product(self.patches, Into::Replace, Matrix::new(z, self.shape.filters), weight);
        begin(bias, self.bordered);
        self.border.add_patches(self.patches, self.bordered);
        begin(bias, image);
        self.border.read(self.bordered, image);
    }
}

/// Writes the bias, or 0, to each place or pixel.
#[inline(always)]
pub(super) fn begin<T: Real>(bias: &[T], numbers: &mut [T]) {
    let (len, mut done) = (numbers.len(), bias.len());
    match numbers.get_mut(..done).filter(|first| !first.is_empty()) {
        None => return numbers.fill(T::zero()),
        Some(first) => first.copy_from_slice(bias),
    }
    // Twice as many each time: few long copies.
    while done < len {
        let more = done.min(len - done);
        numbers.copy_within(..more, done);
        done += more;
    }
}

//! The products of a convolution on a processor, image by image.

use super::bordered::Bordered;
use super::direct::{self, MOST_TAPS};
use super::shape::ConvShape;
use super::tiles::{FILTERS, Grid, Steps, TAPS};
use crate::ops::dense::{Fast, Into, Matrix, Multiply};
use crate::program::real::Real;
use crate::program::vectorised::{Vectors, vectors};

/// What an image's products need beside it: room for the image with its border, and for its patches where there are some.
pub(super) struct OfImage<'a, T> {
    shape: ConvShape,
    way: Way,
    border: Bordered,
    bordered: &'a mut [T],
    patches: &'a mut [T],
}

/// How products are computed.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// By loops over few taps.
    Direct,
    /// In tiles.
    Tiles(Vectors),
    /// By the library of products, from patches.
    Patches,
}

impl Way {
    #[inline(always)]
    fn of(shape: &ConvShape) -> Self {
        let side_by_side = shape.window.kernel[1] * shape.channels;
        let fits = shape.filters.is_multiple_of(FILTERS) && side_by_side >= TAPS;
        match vectors().filter(|_| fits && shape.window.dilation[1] == 1) {
            _ if shape.taps() <= MOST_TAPS => Self::Direct,
            Some(vectors) => Self::Tiles(vectors),
            None => Self::Patches,
        }
    }

    /// Numbers of an image's patches, if they are needed.
    #[inline(always)]
    fn patches(self, shape: &ConvShape) -> usize {
        if self == Self::Patches { shape.patches() } else { 0 }
    }
}

/// Numbers of scratch memory for [`OfImage::new`].
pub(super) fn room(shape: &ConvShape) -> usize {
    Bordered::of(shape.window, shape.channels).len() + Way::of(shape).patches(shape)
}

impl<'a, T: Real> OfImage<'a, T> {
    #[inline(always)]
    pub(super) fn new(shape: ConvShape, scratch: &'a mut [T]) -> Self {
        Self::by(Way::of(&shape), shape, scratch)
    }

    #[inline(always)]
    fn by(way: Way, shape: ConvShape, scratch: &'a mut [T]) -> Self {
        let border = Bordered::of(shape.window, shape.channels);
        let (bordered, patches) = scratch.split_at_mut(border.len());
        Self { shape, way, border, bordered, patches: &mut patches[..way.patches(&shape)] }
    }

    /// The places and what they see.
    #[inline(always)]
    fn grid(&self) -> Grid {
        let ConvShape { window, channels, filters } = self.shape;
        let width = self.border.width * channels;
        let [down, right] = window.stride;
        Grid {
            size: window.output,
            from: Steps { first: 0, down: down * width, right: right * channels },
            to: Steps { first: 0, down: window.output[1] * filters, right: filters },
            rows: window.kernel[0],
            row: window.dilation[0] * width,
            len: window.kernel[1] * channels,
            filters,
        }
    }

    /// Writes the product of an image's patches and the weight, and the bias, if there is one.
    #[inline(always)]
    pub(super) fn write_places(&mut self, image: &[T], weight: &[T], bias: &[T], y: &mut [T]) {
        self.border.write(image, self.bordered);
        if let Way::Tiles(vectors) = self.way {
            return self.grid().write_places(vectors, self.bordered, [weight, bias], y);
        }
        begin(bias, y);
        if self.way == Way::Direct {
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
        match self.way {
            Way::Direct => {
                direct::weight_gradient(&self.border, self.bordered, dz, dw, self.shape.window.output);
            }
            Way::Tiles(vectors) => self.grid().add_to_weight(vectors, self.bordered, dz, dw),
            Way::Patches => {
                self.border.patches(self.bordered, self.patches);
                let patches = Matrix::new(self.patches, self.shape.taps()).transpose();
                Fast::product(dw, Into::Add(T::one()), patches, Matrix::new(dz, self.shape.filters));
            }
        }
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

#[cfg(test)]
mod tests {
    use super::super::Window;
    use super::super::pixels::Pixels;
    use super::*;

    /// Numbers that are whole, so that sums are exact in any order.
    fn numbers(len: usize) -> Vec<f64> {
        (0..len).map(|at| (at * 7_919 % 23) as f64 - 11.0).collect()
    }

    fn shape(
        image: [usize; 2],
        kernel: [usize; 2],
        stride: [usize; 2],
        padding: [usize; 2],
        sides: [usize; 2],
    ) -> ConvShape {
        let window = Window { stride, ..Window::new(image, kernel) };
        let output = window.outputs(padding.map(|side| 2 * side));
        ConvShape { window: window.padding(padding, output), channels: sides[0], filters: sides[1] }
    }

    fn shapes() -> Vec<ConvShape> {
        let mut shapes = vec![
            shape([6, 6], [3, 3], [1, 1], [1, 1], [16, 32]),
            shape([5, 9], [3, 3], [2, 2], [1, 1], [16, 16]),
            shape([6, 5], [1, 1], [2, 2], [0, 0], [48, 32]),
            shape([7, 8], [5, 4], [3, 2], [2, 3], [16, 48]),
            shape([4, 7], [2, 3], [3, 4], [0, 1], [32, 16]),
            shape([2, 3], [5, 5], [1, 1], [2, 2], [16, 16]),
            shape([1, 9], [1, 4], [1, 3], [0, 2], [32, 64]),
        ];
        // As "same" has it with a stride: more padding behind than before, and pixels behind the last place.
        let below = shape([6, 6], [3, 3], [2, 2], [0, 0], [16, 16]);
        shapes.push(ConvShape { window: below.window.padding([0, 0], [3, 3]), ..below });
        let behind = shape([8, 7], [3, 2], [4, 3], [1, 0], [16, 16]);
        shapes.push(ConvShape { window: behind.window.padding([1, 0], [1, 2]), ..behind });
        let dilated = shape([7, 6], [3, 2], [1, 1], [2, 0], [16, 16]);
        let window = Window { dilation: [2, 1], ..dilated.window };
        shapes.push(ConvShape { window: window.padding([2, 0], [7, 5]), ..dilated });
        // Few taps, which are no multiple of those that are summed together, and of two pixels a place.
        shapes.push(shape([6, 8], [3, 3], [2, 2], [1, 1], [2, 16]));
        shapes.push(shape([5, 4], [2, 2], [1, 1], [0, 1], [1, 4]));
        shapes.push(shape([3, 3], [3, 3], [1, 1], [1, 1], [1, 5]));
        // Taps that are no multiple of those that are read together.
        shapes.push(shape([6, 6], [3, 3], [1, 1], [1, 1], [7, 16]));
        shapes
    }

    #[test]
    fn every_way_computes_places_and_weights() {
        for shape in shapes() {
            let image = numbers(shape.window.pixels() * shape.channels);
            let dz = numbers(shape.window.places() * shape.filters);
            let weight = numbers(shape.taps() * shape.filters);
            let bias = numbers(shape.filters);
            let (mut y, mut dw) = (vec![0.0; dz.len()], numbers(weight.len()));
            begin(&bias, &mut y);
            shape.add_to_places(&image, &weight, &mut y);
            shape.window.each(|place, tap, pixel| {
                for channel in 0..shape.channels {
                    for filter in 0..shape.filters {
                        dw[(tap * shape.channels + channel) * shape.filters + filter] +=
                            image[pixel * shape.channels + channel] * dz[place * shape.filters + filter];
                    }
                }
            });
            let tiles = shape.filters.is_multiple_of(FILTERS).then_some([Vectors::Many, Vectors::Few]);
            let direct = (shape.taps() <= MOST_TAPS).then_some(Way::Direct);
            let ways = tiles.into_iter().flatten().map(Way::Tiles).chain(direct).chain([Way::Patches]);
            for way in ways {
                let mut scratch =
                    vec![f64::NAN; Bordered::of(shape.window, shape.channels).len() + shape.patches()];
                let mut products = OfImage::by(way, shape, &mut scratch);
                let (mut found, mut found_dw) = (vec![f64::NAN; y.len()], numbers(weight.len()));
                products.write_places(&image, &weight, &bias, &mut found);
                products.weight_gradient(&image, &dz, &mut found_dw);
                assert!(found == y && found_dw == dw, "{shape:?}");
            }
        }
    }

    #[test]
    fn every_way_computes_pixels() {
        for shape in
            shapes().into_iter().filter(|shape| shape.channels == 16 && shape.window.dilation == [1; 2])
        {
            let z = numbers(shape.window.places() * shape.filters);
            let weight = numbers(shape.taps() * shape.filters);
            let bias = numbers(shape.channels);
            let mut image = vec![0.0; shape.window.pixels() * shape.channels];
            begin(&bias, &mut image);
            shape.add_to_pixels(&z, &weight, &mut image);
            for vectors in [Some(Vectors::Many), Some(Vectors::Few), None] {
                let mut scratch = vec![f64::NAN; 20_000];
                let mut found = vec![f64::NAN; image.len()];
                Pixels::by(vectors, shape, &weight, &mut scratch).write(&z, &bias, &mut found);
                assert_eq!(found, image, "{shape:?}");
            }
        }
    }
}

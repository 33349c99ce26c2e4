//! The derivative of a convolution with respect to its weight.

use std::slice::ChunksExact;

use super::shape::ConvShape;
use super::{OfImage, Window, of_image};
use crate::error::OpError;
use crate::ops::dense::{Sizes, of_ranges, side_of};
use crate::ops::reduce::add_rows;
use crate::program::kernel::{DeviceProfile, Kernel, numbers, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// `dW = patches(x)ᵀ · dz` of a convolution, and as a last row, if there is a bias, the sums of `dz` over all places: in parts, each
/// of which adds up some samples. [`Fold`](super::Fold) adds up the parts.
///
/// # Shapes
/// `x`: batch × (height · width · channels); `dz`: batch × (output height · output width · filters); `parts`: k × ((kernel height ·
/// kernel width · channels + 1 or 0) · filters), of reals.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{ConvWeightGradient, Window};
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("weight gradient", 1);
/// let (x, dz) = (tape.batched("x", 4), tape.batched("dz", 3));
/// let parts = tape.tensor("dw", Element::Real, 1, 3);
/// tape.push(ConvWeightGradient { window: Window::new([1, 4], [1, 2]), x, dz, parts });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 2.0, 4.0, 8.0]))?;
/// cpu.write(dz, Values::Real(&[1.0, 10.0, 100.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(parts)?, [421.0, 842.0, 111.0]); // the last is the bias's
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConvWeightGradient {
    /// Which pixels each place of the output sees.
    pub window: Window,
    /// The layer's input.
    pub x: Tensor,
    /// Gradient before the layer's activation.
    pub dz: Tensor,
    /// A row for each part: the weight's gradient row by row, and the bias's behind it.
    pub parts: Tensor,
}

impl ConvWeightGradient {
    #[inline(always)]
    fn shape(&self) -> ConvShape {
        ConvShape::of(self.window, self.x, self.dz.cols / self.window.places().max(1))
    }

    /// The weight's gradient, as a tensor of its own rows.
    fn weight(&self) -> Tensor {
        let filters = self.shape().filters.max(1);
        Tensor { rows: self.parts.cols / filters, cols: filters, ..self.parts }
    }

    /// Samples of a part.
    #[inline(always)]
    fn samples(&self) -> usize {
        self.shape().samples_of_part(self.x.rows, self.parts.rows)
    }

    /// The samples of a part in a batch of `live` ones, and their gradients.
    #[inline(always)]
    fn part<'v, T>(&self, [x, dz]: [&'v [T]; 2], part: usize, live: usize) -> [ChunksExact<'v, T>; 2] {
        let [from, to] = [part, part + 1].map(|part| (part * self.samples()).min(live));
        [(x, self.x.cols), (dz, self.dz.cols)]
            .map(|(numbers, of_each)| numbers[from * of_each..to * of_each].chunks_exact(of_each))
    }
}

impl Op for ConvWeightGradient {
    const NAME: &'static str = "conv.weight_gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::In, self.dz), (Use::Out, self.parts)]
    }

    fn check(&self) -> Result<(), OpError> {
        let (shape, weight) = (self.shape(), self.weight());
        shape.check(self.x, self.dz, weight)?;
        shape.check_elements(self.x, &[self.dz])?;
        if self.parts.element != Element::Real || self.parts.is_batched() || weight.len() != self.parts.cols {
            return Err(OpError::new(format!(
                "writes the gradient of {} × {} weights to {}; it needs a row of as many reals for each part",
                shape.taps(),
                shape.filters,
                self.parts
            )));
        }
        Ok(())
    }

    fn split(&self) -> Split {
        Split::Parts
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (shape, live) = (self.shape(), views.batch.rows as usize);
        let (given, parts) = ([0, 1].map(|index| views.input(index)), views.output(2));
        for (part, sums) in views.span.clone().zip(parts.chunks_exact_mut(self.parts.cols)) {
            sums.fill(T::zero());
            let (dw, db) = sums.split_at_mut(shape.taps() * shape.filters);
            let [images, gradients] = self.part(given, part, live);
            for (image, dz) in images.zip(gradients) {
                self.window.each(|place, tap, pixel| {
                    let dz = &dz[place * shape.filters..][..shape.filters];
                    for (channel, x) in image[pixel * shape.channels..][..shape.channels].iter().enumerate() {
                        let row =
                            &mut dw[(tap * shape.channels + channel) * shape.filters..][..shape.filters];
                        for (sum, dz) in row.iter_mut().zip(dz) {
                            *sum += *x * *dz;
                        }
                    }
                });
                add_rows(dz, db);
            }
        }
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let (shape, live) = (self.shape(), views.batch.rows as usize);
        let (given, parts) = ([0, 1].map(|index| views.input(index)), views.output(2));
        let mut products = OfImage::new(shape, views.scratch());
        for (part, sums) in views.span.clone().zip(parts.chunks_exact_mut(self.parts.cols)) {
            sums.fill(T::zero());
            let (dw, db) = sums.split_at_mut(shape.taps() * shape.filters);
            let [images, gradients] = self.part(given, part, live);
            for (image, dz) in images.zip(gradients) {
                products.weight_gradient(image, dz, dw);
                add_rows(dz, db);
            }
        }
    }

    fn scratch(&self) -> usize {
        of_image::room(&self.shape())
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let (shape, rows, parts) = (self.shape(), self.weight().rows, self.parts.rows);
        let by_filters = shape.filters.is_multiple_of(4);
        let sources = vec![
            numbers(self.dz.element, device),
            shader!("conv/window.wgsl"),
            shape.of_x(),
            if by_filters { shader!("conv/z_four.wgsl") } else { shader!("conv/z_one.wgsl") },
            shader!("conv/weight_gradient.wgsl"),
        ];
        let part = (self.samples() * self.window.places()).next_multiple_of(4);
        let bias = rows - shape.taps();
        let like = Sizes { rows: parts * (shape.filled_taps() + bias), inner: part, cols: shape.filters };
        let side = (shape.filled_taps() + bias).next_multiple_of(side_of(like, device));
        let kernel = of_ranges(sources, like, Sizes { rows: side * parts, ..like }, device);
        let kernel = shape.sizes(kernel).size("BIAS", bias);
        kernel.size("PARTS", parts).size("PART", part).size("SIDE", side)
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((self.clone(), self.samples() * self.window.places()))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        2.0 * (self.dz.len() * self.shape().taps()) as f64
    }
}

impl OpCases for ConvWeightGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let convolutions = ConvShape::cases();
        Self::of(tape, Element::Real, convolutions)
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half, ConvShape::half_cases())
    }
}

impl ConvWeightGradient {
    /// A case for each of these, in one, three or eight parts by turns.
    fn of(tape: &mut Recorder, element: Element, shapes: Vec<(ConvShape, usize)>) -> Vec<Self> {
        let mut case = |((shape, bias), parts): ((ConvShape, usize), usize)| {
            let [x, dz] = shape.images(tape, element, ["x", "dz"]);
            let parts = tape.tensor("parts", Element::Real, parts, (shape.taps() + bias) * shape.filters);
            Self { window: shape.window, x, dz, parts }
        };
        shapes.into_iter().zip([8, 3, 1].into_iter().cycle()).map(&mut case).collect()
    }
}

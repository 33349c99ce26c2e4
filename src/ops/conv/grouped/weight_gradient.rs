//! The derivative of a convolution by groups with respect to its weight.

use super::GroupedShape;
use crate::error::OpError;
use crate::ops::Window;
use crate::ops::reduce::add_rows;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// `dW` of a [`GroupedConv2d`](super::GroupedConv2d), and as a last row, if there is a bias, the sums of `dz` over all places: in
/// parts, each of which adds up some samples. [`Fold`](crate::ops::Fold) adds up the parts.
///
/// # Shapes
/// `x`: batch × (height · width · channels); `dz`: batch × (output height · output width · filters); `parts`: k × ((kernel height ·
/// kernel width · channels / groups + 1 or 0) · filters), of reals.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{GroupedConvWeightGradient, Window};
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("weight gradient", 1);
/// let window = Window::new([1, 3], [1, 2]);
/// let (x, dz) = (tape.batched("x", 6), tape.batched("dz", 4));
/// let parts = tape.tensor("dw", Element::Real, 1, 6);
/// tape.push(GroupedConvWeightGradient { window, groups: 2, x, dz, parts });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 1.0, 2.0, 2.0, 4.0, 3.0]))?;
/// cpu.write(dz, Values::Real(&[1.0, 1.0, 10.0, 10.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(parts)?, [21.0, 21.0, 42.0, 32.0, 11.0, 11.0]); // the last row is the bias's
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GroupedConvWeightGradient {
    /// Which pixels each place of the output sees.
    pub window: Window,
    /// Groups of channels, and of filters.
    pub groups: usize,
    /// The layer's input.
    pub x: Tensor,
    /// Gradient before the layer's activation.
    pub dz: Tensor,
    /// A row for each part: the weight's gradient row by row, and the bias's behind it.
    pub parts: Tensor,
}

impl GroupedConvWeightGradient {
    #[inline(always)]
    fn shape(&self) -> GroupedShape {
        let filters = self.dz.cols / self.window.places().max(1);
        GroupedShape::of(self.window, self.groups, self.x, filters)
    }

    /// The weight's gradient, as a tensor of its own rows.
    fn weight(&self) -> Tensor {
        let filters = self.shape().filters.max(1);
        Tensor { rows: self.parts.cols / filters, cols: filters, ..self.parts }
    }

    /// Samples of a part.
    #[inline(always)]
    fn samples(&self) -> usize {
        self.x.rows.div_ceil(self.parts.rows)
    }

    /// A case for each of these, in one, three or eight parts by turns.
    fn of(tape: &mut Recorder, element: Element, cases: Vec<(GroupedShape, usize)>) -> Vec<Self> {
        let mut case = |((shape, bias), parts): ((GroupedShape, usize), usize)| {
            let [x, dz] = shape.images(tape, element, ["x", "dz"]);
            let parts = tape.tensor("parts", Element::Real, parts, (shape.taps() + bias) * shape.filters);
            Self { window: shape.window, groups: shape.groups, x, dz, parts }
        };
        cases.into_iter().zip([8, 3, 1].into_iter().cycle()).map(&mut case).collect()
    }
}

impl Op for GroupedConvWeightGradient {
    const NAME: &'static str = "grouped_conv.weight_gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::In, self.dz), (Use::Out, self.parts)]
    }

    fn check(&self) -> Result<(), OpError> {
        let (shape, weight) = (self.shape(), self.weight());
        shape.check(self.x, self.dz, weight)?;
        shape.check_elements(&[self.x, self.dz])?;
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
        let (x, dz, parts) = (views.input(0), views.input(1), views.output(2));
        for (part, sums) in views.span.clone().zip(parts.chunks_exact_mut(self.parts.cols)) {
            sums.fill(T::zero());
            let (dw, db) = sums.split_at_mut(shape.taps() * shape.filters);
            for sample in part * self.samples()..((part + 1) * self.samples()).min(live) {
                let image = &x[sample * self.x.cols..][..self.x.cols];
                let dz = &dz[sample * self.dz.cols..][..self.dz.cols];
                for (place, dz) in dz.chunks_exact(shape.filters).enumerate() {
                    for (tap, dw) in dw.chunks_exact_mut(shape.inputs() * shape.filters).enumerate() {
                        if let Some(pixel) = self.window.seen_at(place, tap) {
                            shape.add_to_weight(&image[pixel * shape.channels..][..shape.channels], dz, dw);
                        }
                    }
                }
                add_rows(dz, db);
            }
        }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let (shape, parts) = (self.shape(), self.parts.rows);
        let files = [shader!("conv/grouped/weight_gradient.wgsl"), shape.seen()];
        let kernel = shape.kernel(Vec::new(), files, (self.dz.element, self.parts.len()), device);
        let kernel = kernel.size("BIAS", self.weight().rows - shape.taps());
        kernel.size("PARTS", parts).size("PART", self.samples() * self.window.places())
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

impl OpCases for GroupedConvWeightGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Real, GroupedShape::cases())
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half, GroupedShape::half_cases())
    }
}

impl GroupedShape {
    /// Adds a place, times the pixel that a tap of it sees, to the gradient of the tap's weights.
    #[inline(always)]
    fn add_to_weight<T: Real>(&self, x: &[T], dz: &[T], dw: &mut [T]) {
        if self.is_depthwise() {
            for ((dw, x), dz) in dw.iter_mut().zip(x).zip(dz) {
                *dw += *x * *dz;
            }
            return;
        }
        for (input, dw) in dw.chunks_exact_mut(self.filters).enumerate() {
            let rows = dz.chunks_exact(self.outputs()).zip(dw.chunks_exact_mut(self.outputs()));
            for (group, (dz, dw)) in rows.enumerate() {
                let x = x[group * self.inputs() + input];
                for (dw, dz) in dw.iter_mut().zip(dz) {
                    *dw += x * *dz;
                }
            }
        }
    }
}

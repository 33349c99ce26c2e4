//! The derivative of a convolution with respect to its input.

use super::shape::ConvShape;
use super::{Conv2d, OfImage, Window, of_image};
use crate::error::OpError;
use crate::ops::activation::{Activation, ActivationGradient};
use crate::ops::dense::{InputGradient, Sizes, of_ranges};
use crate::program::kernel::{DeviceProfile, Kernel, Source, numbers, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views, by_turns};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// Rows of the result in multiples of which kernels compute them, whatever their layout.
const TILE: usize = 64;

/// `dx` of a convolution: what each pixel is to the places that see it, times the slope of the activation that made `x`, if that
/// is fused.
///
/// # Shapes
/// `dz`: batch × (output height · output width · filters); `weight` as that of [`Conv2d`]; `dx`: batch × (height · width · channels).
/// Halves are where the convolution has them.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{ConvInputGradient, Window};
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("input gradient", 1);
/// let (dz, dx) = (tape.batched("dz", 3), tape.batched("dx", 4));
/// let weight = tape.tensor("weight", Element::Real, 2, 1);
/// tape.push(ConvInputGradient { window: Window::new([1, 4], [1, 2]), dz, weight, dx, slope: None });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(dz, Values::Real(&[1.0, 10.0, 100.0]))?;
/// cpu.write(weight, Values::Real(&[-1.0, 2.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(dx)?, [-1.0, -8.0, -80.0, 200.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConvInputGradient {
    /// Which pixels each place of the output sees.
    pub window: Window,
    /// Gradient before the layer's activation.
    pub dz: Tensor,
    /// The layer's weights, and its bias as a further row.
    pub weight: Tensor,
    /// Gradient of the layer's input.
    pub dx: Tensor,
    /// The activation that made the layer's input, and that input; its slope is then part of the product.
    pub slope: Option<(Activation, Tensor)>,
}

impl ConvInputGradient {
    fn shape(&self) -> ConvShape {
        ConvShape::of(self.window, self.dx, self.weight.cols)
    }

    /// This product times the slope of what made the layer's input, instead of a step that multiplies by it.
    pub(crate) fn with_slope(&self, step: &ActivationGradient) -> Option<Self> {
        let ActivationGradient { activation, at, dy, dx } = step;
        let fits = self.slope.is_none()
            && activation.slope_from_output()
            && *dy == self.dx
            && [at.element, dx.element] == [dy.element; 2];
        fits.then(|| Self { dx: *dx, slope: Some((activation.clone(), *at)), ..self.clone() })
    }

    /// Cases of these, one for each convolution and slope.
    fn of(
        tape: &mut Recorder,
        element: Element,
        cases: Vec<(Option<Activation>, (ConvShape, usize))>,
    ) -> Vec<Self> {
        let mut case = |(slope, (shape, bias)): (Option<Activation>, (ConvShape, usize))| {
            let [dx, dz] = shape.images(tape, element, ["dx", "dz"]);
            let weight = tape.tensor("weight", element, shape.taps() + bias, shape.filters);
            let slope = slope.map(|activation| (activation, tape.tensor_like("made", dx)));
            Self { window: shape.window, dz, weight, dx, slope }
        };
        cases.into_iter().map(&mut case).collect()
    }

    /// The files of what follows the sum.
    fn epilogue(&self, by_fours: bool) -> Vec<Source> {
        let mut sources = match (&self.slope, by_fours) {
            (Some(_), true) => vec![shader!("dense/x.wgsl"), shader!("dense/slope.wgsl")],
            (Some(_), false) => vec![shader!("dense/scalar/slope.wgsl")],
            (None, true) => vec![shader!("dense/sum.wgsl")],
            (None, false) => vec![shader!("dense/scalar/sum.wgsl")],
        };
        sources.extend(self.slope.iter().flat_map(|(activation, _)| activation.sources()));
        sources
    }

    #[inline(always)]
    fn times_slope<T: Real>(&self, views: &Views<'_, T>, dx: &mut [T]) {
        if let Some((activation, _)) = &self.slope {
            activation.times_slope(views.input(3), dx);
        }
    }

    /// Taps of one filter that see a pixel, at most, and filters: the terms of a sum.
    fn terms(&self) -> usize {
        let sides = [0, 1].map(|side| self.window.kernel[side].div_ceil(self.window.stride[side]));
        sides[0] * sides[1] * self.weight.cols
    }
}

impl Op for ConvInputGradient {
    const NAME: &'static str = "conv.input_gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.dz), (Use::In, self.weight), (Use::Out, self.dx)];
        operands.extend(self.slope.iter().map(|(_, y)| (Use::In, *y)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        let (shape, Self { dz, weight, dx, slope, .. }) = (self.shape(), self);
        shape.check(*dx, *dz, *weight)?;
        shape.check_elements(*dx, &[*dz, *weight])?;
        match slope {
            Some((_, made)) if made.shape() != dx.shape() || made.element != dx.element => {
                Err(OpError::new(format!("multiplies a {dx} gradient by the slope at {made}")))
            }
            _ => Ok(()),
        }
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let shape = self.shape();
        let (dz, weight, dx) = (views.input(0), views.input(1), views.output(2));
        dx.fill(T::zero());
        for (dx, dz) in dx.chunks_exact_mut(self.dx.cols).zip(dz.chunks_exact(self.dz.cols)) {
            self.window.each(|place, tap, pixel| {
                let dz = &dz[place * shape.filters..][..shape.filters];
                for (channel, dx) in dx[pixel * shape.channels..][..shape.channels].iter_mut().enumerate() {
                    let row = &weight[(tap * shape.channels + channel) * shape.filters..];
                    for (dz, weight) in dz.iter().zip(row) {
                        *dx += *dz * *weight;
                    }
                }
            });
        }
        self.times_slope(views, dx);
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let shape = self.shape();
        let (dz, weight, dx) = (views.input(0), views.input(1), views.output(2));
        let weight = &weight[..shape.taps() * shape.filters];
        let mut products = OfImage::new(shape, views.scratch());
        for (dx, dz) in dx.chunks_exact_mut(self.dx.cols).zip(dz.chunks_exact(self.dz.cols)) {
            products.input_gradient(dz, weight, dx);
        }
        self.times_slope(views, dx);
    }

    fn scratch(&self) -> usize {
        of_image::room(&self.shape())
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let shape = self.shape();
        let [by_channels, by_filters] = [shape.channels, shape.filters].map(|n| n.is_multiple_of(4));
        let mut sources = self.epilogue(by_channels);
        sources.extend([
            numbers(self.dz.element, device),
            shader!("conv/window.wgsl"),
            if by_channels { shader!("conv/dx_four.wgsl") } else { shader!("conv/dx_one.wgsl") },
            if by_filters { shader!("conv/z_and_w_four.wgsl") } else { shader!("conv/z_and_w_one.wgsl") },
            shader!("conv/input_gradient.wgsl"),
        ]);
        let ([height, width], [down, right]) = (self.window.image, self.window.stride);
        let phase = (self.dx.rows * height.div_ceil(down) * width.div_ceil(right)).next_multiple_of(TILE);
        let step = self.terms().next_multiple_of(4);
        let sizes = Sizes { rows: down * right * phase, inner: step, cols: shape.channels };
        let mut kernel = of_ranges(sources, sizes, sizes, device);
        kernel.constants.extend(self.slope.iter().flat_map(|(activation, _)| activation.constants()));
        shape.sizes(kernel).size("PHASE", phase).size("STEP", step)
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((Self { slope: None, ..self.clone() }, self.terms()))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        2.0 * (self.dz.len() * self.shape().taps()) as f64
    }

    fn domain(&self, index: usize) -> Domain {
        let slope = self.slope.as_ref().filter(|_| index == 3);
        slope.map_or(Domain::Any, |(activation, _)| activation.values())
    }
}

impl OpCases for ConvInputGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let cases = by_turns(InputGradient::slopes(), &ConvShape::cases(), &ConvShape::few());
        Self::of(tape, Element::Real, cases)
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        let convolutions = Conv2d::half_cases(tape).into_iter();
        let relu = InputGradient::slopes().into_iter().nth(1).flatten();
        let slopes = [None, relu].into_iter().cycle();
        let case = |(slope, conv): (Option<Activation>, Conv2d)| {
            (slope, (conv.shape(), conv.weight.rows - conv.shape().taps()))
        };
        Self::of(tape, Element::Half, slopes.zip(convolutions).map(case).collect())
    }
}

//! The derivative of a convolution with respect to its input.

use super::shape::ConvShape;
use super::{OfImage, Pixels, Window, of_image, pixels};
use crate::error::OpError;
use crate::ops::activation::{Activation, ActivationGradient};
use crate::ops::add_each;
use crate::ops::dense::InputGradient;
use crate::ops::of_one_element;
use crate::program::kernel::{DeviceProfile, Kernel, Source, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views, by_turns};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike};

/// `dx` of a convolution: what each pixel is to the places that see it, with what else contributes to it, times the slope of the activation
/// that made `x`, if these are parts of the step. Of a [transposed convolution](super::ConvTranspose2d) it is the convolution of `dz` without a bias.
///
/// # Shapes
/// `dz`: batch × (output height · output width · filters); `weight` as that of [`Conv2d`]; `dx`: batch × (height · width · channels).
/// Of a transposed convolution `dz` and `dx` have each other's shapes. `added` is like `dx`. Halves are where the convolution has them.
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
/// let window = Window::new([1, 4], [1, 2]);
/// tape.push(ConvInputGradient { window, transposed: false, dz, weight, dx, added: None, slope: None });
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
    /// Which pixels each place of the output sees; of a transposed convolution, each place of the input.
    pub window: Window,
    /// Whether the convolution is a transposed one.
    pub transposed: bool,
    /// Gradient before the layer's activation.
    pub dz: Tensor,
    /// The layer's weights, and its bias as a further row.
    pub weight: Tensor,
    /// Gradient of the layer's input.
    pub dx: Tensor,
    /// What is added to the sums.
    pub added: Option<Tensor>,
    /// The activation that made the layer's input, and that input; its slope is then part of the product.
    pub slope: Option<(Activation, Tensor)>,
}

impl ConvInputGradient {
    #[inline(always)]
    fn shape(&self) -> ConvShape {
        ConvShape::of(self.window, self.images()[0], self.weight.cols)
    }

    /// The tensors of pixels and of places.
    #[inline(always)]
    fn images(&self) -> [Tensor; 2] {
        if self.transposed { [self.dz, self.dx] } else { [self.dx, self.dz] }
    }

    /// Numbers of a pixel or place of the result.
    fn width(&self) -> usize {
        if self.transposed { self.shape().filters } else { self.shape().channels }
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
        transposed: bool,
        cases: Vec<(Option<Activation>, (ConvShape, usize))>,
    ) -> Vec<Self> {
        let mut case =
            |(number, (slope, (shape, bias))): (usize, (Option<Activation>, (ConvShape, usize)))| {
                let [pixels, places] = shape.images(tape, element, ["pixels", "places"]);
                let [dz, dx] = if transposed { [pixels, places] } else { [places, pixels] };
                let weight = tape.tensor("weight", element, shape.taps() + bias, shape.filters);
                let slope = slope.map(|activation| (activation, tape.tensor_like("made", dx)));
                let added = (number % 3 == 1).then(|| tape.tensor_like("added", dx));
                Self { window: shape.window, transposed, dz, weight, dx, added, slope }
            };
        cases.into_iter().enumerate().map(&mut case).collect()
    }

    /// The files of what follows the sum.
    fn epilogue(&self) -> Vec<Source> {
        let by_fours = self.width().is_multiple_of(4);
        let mut sources = vec![match (&self.slope, by_fours) {
            (Some(_), true) => shader!("conv/slope_four.wgsl"),
            (Some(_), false) => shader!("conv/slope_one.wgsl"),
            (None, true) => shader!("conv/sum_four.wgsl"),
            (None, false) => shader!("conv/sum_one.wgsl"),
        }];
        sources.push(match (self.added, &self.slope, by_fours) {
            (None, ..) => shader!("conv/none_added.wgsl"),
            (Some(_), None, true) => shader!("conv/added_four.wgsl"),
            (Some(_), None, false) => shader!("conv/added_one.wgsl"),
            (Some(_), Some(_), true) => shader!("conv/added_last_four.wgsl"),
            (Some(_), Some(_), false) => shader!("conv/added_last_one.wgsl"),
        });
        sources.extend(self.slope.iter().flat_map(|(activation, _)| activation.sources()));
        sources
    }

    /// What follows the sums, on all of them.
    #[inline(always)]
    fn finish<T: Real>(&self, views: &Views<'_, T>, dx: &mut [T]) {
        if self.added.is_some() {
            add_each(views.input(3 + usize::from(self.slope.is_some())), dx);
        }
        if let Some((activation, _)) = &self.slope {
            activation.times_slope(views.input(3), dx);
        }
    }
}

impl Op for ConvInputGradient {
    const NAME: &'static str = "conv.input_gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.dz), (Use::In, self.weight), (Use::Out, self.dx)];
        operands.extend(self.slope.iter().map(|(_, y)| (Use::In, *y)));
        operands.extend(self.added.map(|added| (Use::In, added)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        let (shape, Self { weight, dx, slope, .. }) = (self.shape(), self);
        let [pixels, places] = self.images();
        shape.check(pixels, places, *weight)?;
        shape.check_elements(pixels, &[places, *weight])?;
        for other in slope.iter().map(|(_, made)| *made).chain(self.added) {
            alike(&[*dx, other])?;
            of_one_element(&[*dx, other])?;
        }
        Ok(())
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
            if self.transposed {
                shape.add_to_places(dz, weight, dx);
            } else {
                shape.add_to_pixels(dz, weight, dx);
            }
        }
        self.finish(views, dx);
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let shape = self.shape();
        let (dz, weight, dx) = (views.input(0), views.input(1), views.output(2));
        let weight = &weight[..shape.taps() * shape.filters];
        let images = dx.chunks_exact_mut(self.dx.cols).zip(dz.chunks_exact(self.dz.cols));
        if self.transposed {
            let mut products = OfImage::new(shape, views.scratch());
            for (dx, dz) in images {
                products.write_places(dz, weight, &[], dx);
            }
        } else {
            let mut pixels = Pixels::new(shape, weight, views.scratch());
            for (dx, dz) in images {
                pixels.write(dz, &[], dx);
            }
        }
        self.finish(views, dx);
    }

    fn scratch(&self) -> usize {
        if self.transposed { of_image::room(&self.shape()) } else { pixels::room(&self.shape()) }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let (shape, sources, samples) = (self.shape(), self.epilogue(), self.dx.rows);
        let mut kernel = if self.transposed {
            shape.kernel_of_places(sources, samples, self.weight, device)
        } else {
            shape.kernel_of_pixels(sources, samples, self.weight, device)
        };
        kernel.constants.extend(self.slope.iter().flat_map(|(activation, _)| activation.constants()));
        kernel
    }

    fn sum(&self) -> Option<(Self, usize)> {
        let shape = self.shape();
        let terms = if self.transposed { shape.taps() } else { shape.terms_of_pixel() };
        Some((Self { slope: None, ..self.clone() }, terms + 1))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        2.0 * (self.images()[1].len() * self.shape().taps()) as f64
    }

    fn domain(&self, index: usize) -> Domain {
        let slope = self.slope.as_ref().filter(|_| index == 3);
        slope.map_or(Domain::Any, |(activation, _)| activation.values())
    }
}

impl OpCases for ConvInputGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let slopes = InputGradient::slopes;
        let cases = by_turns(slopes(), &ConvShape::cases(), &ConvShape::few());
        let shapes = without_bias(ConvShape::cases());
        // Slopes at any number stretch the rounding of a sum, for which those of few terms leave no room.
        let transposed = by_turns(slopes(), &shapes, &shapes[3..6]);
        let mut all = Self::of(tape, Element::Real, false, cases);
        all.extend(Self::of(tape, Element::Real, true, transposed));
        all
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        let relu = InputGradient::slopes().into_iter().nth(1).flatten();
        let of =
            |shapes: Vec<(ConvShape, usize)>| [None, relu.clone()].into_iter().cycle().zip(shapes).collect();
        let mut all = Self::of(tape, Element::Half, false, of(ConvShape::half_cases()));
        all.extend(Self::of(tape, Element::Half, true, of(without_bias(ConvShape::half_cases()))));
        all
    }
}

/// The same shapes without a bias.
fn without_bias(shapes: Vec<(ConvShape, usize)>) -> Vec<(ConvShape, usize)> {
    shapes.into_iter().map(|(shape, _)| (shape, 0)).collect()
}

//! The transposed convolution with bias and activation.

use super::shape::ConvShape;
use super::{ConvInputGradient, Pixels, Window, begin, pixels, push_weight_gradient};
use crate::error::OpError;
use crate::ops::activation::{Activate, Activation};
use crate::ops::reduce::sum_places;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Scale, Split, Use, Views, by_turns};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// `y = f(Wᵀ ⋆ x + b)`: each pixel of `y` is what it would be to the places of a convolution that see it, if `x` were those places. Without
/// bias and activation it is the derivative of that convolution with respect to its input (Dumoulin and Visin, *A guide to convolution
/// arithmetic for deep learning*, 2016, chapter 4).
///
/// # Shapes
/// `x`: batch × (height · width · channels), the places of the window; `weight`: (kernel height · kernel width · filters) × channels;
/// `bias`: 1 × filters, of reals; `y`: batch × (output height · output width · filters), the window's images. All are of reals, or `x`
/// and `weight` are of halves where channels are a multiple of 4, and `y` as well where filters are.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::layers::Identity;
/// use wgrad::ops::{ConvTranspose2d, Window};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("transposed convolution", 1);
/// let window = Window::new([1, 5], [1, 3]).stride([1, 2]); // two places that see three pixels of five each
/// let (x, y) = (tape.batched("x", 2), tape.batched("y", 5));
/// let weight = tape.tensor("weight", Element::Real, 3, 1);
/// let bias = Some(tape.tensor("bias", Element::Real, 1, 1));
/// tape.push(ConvTranspose2d { window, x, weight, bias, y, activation: Identity.into() });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 10.0]))?;
/// cpu.write(weight, Values::Real(&[1.0, 2.0, 3.0]))?;
/// cpu.write(bias.unwrap(), Values::Real(&[0.5]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [1.5, 2.5, 13.5, 20.5, 30.5]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConvTranspose2d {
    /// Which pixels of the output each place of the input goes to.
    pub window: Window,
    /// Images, channels last.
    pub x: Tensor,
    /// Weights.
    pub weight: Tensor,
    /// A number for each filter, if there is a bias.
    pub bias: Option<Tensor>,
    /// Images, filters last.
    pub y: Tensor,
    /// `f`; one whose slope is known from its output.
    pub activation: Activation,
}

impl Op for ConvTranspose2d {
    const NAME: &'static str = "conv_transpose";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.x), (Use::In, self.weight), (Use::Out, self.y)];
        operands.extend(self.bias.map(|bias| (Use::In, bias)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        let (shape, weight) = (self.shape(), self.weight);
        shape.check(self.y, self.x, weight)?;
        shape.check_elements(self.y, &[self.x, weight])?;
        if weight.rows != shape.taps() {
            return Err(OpError::new(format!("has a {weight} weight for {} taps", shape.taps())));
        }
        let fits = |bias: Tensor| bias.shape() == [1, shape.channels] && bias.element == Element::Real;
        if let Some(bias) = self.bias.filter(|bias| bias.is_batched() || !fits(*bias)) {
            return Err(OpError::new(format!(
                "has a {bias} bias; it needs a row of {} reals that is not of the batch",
                shape.channels
            )));
        }
        self.activation.check_fused()
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let shape = self.shape();
        let (x, weight, y, bias) = (views.input(0), views.input(1), views.output(2), views.input(3));
        begin(bias, y);
        for (x, y) in x.chunks_exact(self.x.cols).zip(y.chunks_exact_mut(self.y.cols)) {
            shape.add_to_pixels(x, weight, y);
        }
        self.activation.apply(y);
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let shape = self.shape();
        let (x, weight, y, bias) = (views.input(0), views.input(1), views.output(2), views.input(3));
        let mut pixels = Pixels::new(shape, weight, views.scratch());
        for (x, y) in x.chunks_exact(self.x.cols).zip(y.chunks_exact_mut(self.y.cols)) {
            pixels.write(x, bias, y);
            self.activation.apply(y);
        }
    }

    fn scratch(&self) -> usize {
        pixels::room(&self.shape())
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let shape = self.shape();
        let by_fours = shape.channels.is_multiple_of(4);
        let mut sources = self.activation.sources().to_vec();
        sources.extend([
            if by_fours { shader!("conv/activated_four.wgsl") } else { shader!("conv/activated_one.wgsl") },
            match self.bias {
                None => shader!("conv/no_bias.wgsl"),
                Some(_) if by_fours => shader!("conv/bias_four.wgsl"),
                Some(_) => shader!("conv/bias_one.wgsl"),
            },
            shader!("conv/none_added.wgsl"),
        ]);
        let mut kernel = shape.kernel_of_pixels(sources, self.y.rows, self.weight, device);
        kernel.constants.extend(self.activation.constants());
        kernel
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dz) = self.activation.preactivation_gradient(tape, self.y) else { return };
        let Self { window, x, weight, .. } = *self;
        let shape = self.shape();
        tape.contribute(weight, |tape, dw| push_weight_gradient(tape, shape, [dz, x], dw));
        if let Some(bias) = self.bias {
            tape.contribute(bias, |tape, db| {
                let dz = tape.reals(dz);
                sum_places(tape, dz, db);
            });
        }
        tape.contribute_beside(x, |tape, dx, added| {
            tape.push(ConvInputGradient { window, transposed: true, dz, weight, dx, added, slope: None });
        });
    }

    fn sum(&self) -> Option<(Self, usize)> {
        let plain = Self { activation: Activation::identity(), ..self.clone() };
        Some((plain, self.shape().terms_of_pixel() + 1))
    }

    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        self.activation.approximated().then_some(Scale::Of(1.0))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        2.0 * (self.x.len() * self.shape().taps()) as f64
    }
}

impl OpCases for ConvTranspose2d {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let activations = Activation::examples().into_iter().filter(Activation::slope_from_output).collect();
        let all = by_turns(activations, &ConvShape::cases(), &ConvShape::few());
        all.into_iter().map(|(activation, case)| Self::of(tape, Element::Real, case, activation)).collect()
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        let cases = ConvShape::half_cases().into_iter();
        cases.map(|case| Self::of(tape, Element::Half, case, Activation::identity())).collect()
    }
}

impl ConvTranspose2d {
    fn of(
        tape: &mut Recorder,
        element: Element,
        (shape, bias): (ConvShape, usize),
        activation: Activation,
    ) -> Self {
        let [y, x] = shape.images(tape, element, ["y", "x"]);
        let weight = tape.tensor("weight", element, shape.taps(), shape.filters);
        let bias = (bias == 1).then(|| tape.tensor("bias", Element::Real, 1, shape.channels));
        Self { window: shape.window, x, weight, bias, y, activation }
    }

    /// The sizes of the convolution whose derivative it is: its filters are the channels here.
    #[inline(always)]
    fn shape(&self) -> ConvShape {
        ConvShape::of(self.window, self.y, self.weight.cols)
    }

    /// This product with an activation of its output in its epilogue, if that is possible.
    pub(crate) fn with_activation(&self, step: &Activate) -> Option<Self> {
        let Activate { activation, y, .. } = step;
        let fits = step.fits(&self.activation, self.y);
        fits.then(|| Self { activation: activation.clone(), y: *y, ..self.clone() })
    }
}

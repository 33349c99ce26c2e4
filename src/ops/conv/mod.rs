//! The convolution with bias and activation, and its derivatives: dense products over the patches of images.

mod bordered;
mod direct;
mod fold;
mod grouped;
mod input_gradient;
mod of_image;
mod pixels;
mod product;
mod shape;
mod tiles;
mod transpose;
mod weight_gradient;
mod window;

use crate::error::OpError;
use crate::ops::activation::{Activate, Activation};
use crate::ops::add_each;
use crate::ops::batch_norm::{BatchNorm, FoldedNorm};
use crate::ops::binary::Binary;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Scale, Split, Use, Views, by_turns};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike};

pub use fold::{AllFolds, Fold};
pub use grouped::{GroupedConv2d, GroupedConvInputGradient, GroupedConvWeightGradient};
pub use input_gradient::ConvInputGradient;
use of_image::{OfImage, begin};
use pixels::Pixels;
use shape::ConvShape;
pub use transpose::ConvTranspose2d;
pub use weight_gradient::ConvWeightGradient;
pub use window::Window;

/// `y = f(patches(x) · W + b + added)`: a two-dimensional convolution, as neural networks call the cross-correlation, with the bias, a
/// sum with other images and the activation in its epilogue.
///
/// # Shapes
/// `x`: batch × (height · width · channels); `weight`: (kernel height · kernel width · channels + 1) × filters with `b` as its
/// last row, or one row less without a bias; `y` and `added`: batch × (output height · output width · filters). All are of reals, or
/// all except `x` are of halves where filters are a multiple of 4, and `x` as well where channels are.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::layers::Identity;
/// use wgrad::ops::{Conv2d, Window};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("convolution", 1);
/// let window = Window::new([1, 4], [1, 2]); // a row of four pixels
/// let (x, y) = (tape.batched("x", 4), tape.batched("y", 3));
/// let weight = tape.tensor("weight", Element::Real, 3, 1);
/// tape.push(Conv2d { window, x, weight, y, added: None, activation: Identity.into() });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 2.0, 4.0, 8.0]))?;
/// cpu.write(weight, Values::Real(&[-1.0, 1.0, 0.5]))?; // the last is the bias
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [1.5, 2.5, 4.5]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Conv2d {
    /// Which pixels each place of the output sees.
    pub window: Window,
    /// Images, channels last.
    pub x: Tensor,
    /// Weights, and the bias as a further row.
    pub weight: Tensor,
    /// Images, filters last.
    pub y: Tensor,
    /// What is added before the activation.
    pub added: Option<Tensor>,
    /// `f`; one whose slope is known from its output.
    pub activation: Activation,
}

impl Op for Conv2d {
    const NAME: &'static str = "conv";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.x), (Use::In, self.weight), (Use::Out, self.y)];
        operands.extend(self.added.map(|added| (Use::In, added)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        let shape = self.shape();
        shape.check(self.x, self.y, self.weight)?;
        let added = self.added.unwrap_or(self.y);
        alike(&[self.y, added])?;
        shape.check_elements(self.x, &[self.weight, self.y, added])?;
        self.activation.check_fused()
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let shape = self.shape();
        let (x, weight, y) = (views.input(0), views.input(1), views.output(2));
        let (weight, bias) = weight.split_at(shape.taps() * shape.filters);
        for (image, y) in x.chunks_exact(self.x.cols).zip(y.chunks_exact_mut(self.y.cols)) {
            begin(bias, y);
            shape.add_to_places(image, weight, y);
        }
        add_each(views.input(3), y);
        self.activation.apply(y);
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let shape = self.shape();
        let (x, weight, y) = (views.input(0), views.input(1), views.output(2));
        let (weight, bias) = weight.split_at(shape.taps() * shape.filters);
        let (added, mut products) = (views.input(3), OfImage::new(shape, views.scratch()));
        let mut added = added.chunks_exact(self.y.cols);
        for (image, y) in x.chunks_exact(self.x.cols).zip(y.chunks_exact_mut(self.y.cols)) {
            products.write_places(image, weight, bias, y);
            add_each(added.next().unwrap_or_default(), y);
            self.activation.apply(y);
        }
    }

    fn scratch(&self) -> usize {
        of_image::room(&self.shape())
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let shape = self.shape();
        let mut sources = self.activation.sources().to_vec();
        let by_fours = shape.filters.is_multiple_of(4);
        sources.extend(if by_fours {
            [shader!("conv/activated_four.wgsl"), shader!("conv/bias_row_four.wgsl")]
        } else {
            [shader!("conv/activated_one.wgsl"), shader!("conv/bias_row_one.wgsl")]
        });
        sources.push(match self.added {
            None => shader!("conv/none_added.wgsl"),
            Some(_) if by_fours => shader!("conv/added_four.wgsl"),
            Some(_) => shader!("conv/added_one.wgsl"),
        });
        let mut kernel = shape.kernel_of_places(sources, self.y.rows, self.weight, device);
        kernel.constants.extend(self.activation.constants());
        kernel
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dz) = self.activation.preactivation_gradient(tape, self.y) else { return };
        let Self { window, x, weight, .. } = *self;
        if let Some(added) = self.added {
            tape.contribute_same(added, dz);
        }
        tape.contribute(weight, |tape, dw| push_weight_gradient(tape, self.shape(), [x, dz], dw));
        tape.contribute_beside(x, |tape, dx, added| {
            tape.push(ConvInputGradient { window, transposed: false, dz, weight, dx, added, slope: None });
        });
    }

    fn sum(&self) -> Option<(Self, usize)> {
        let plain = Self { activation: Activation::identity(), ..self.clone() };
        Some((plain, self.shape().taps() + 2))
    }

    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        self.activation.approximated().then_some(Scale::Of(1.0))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        2.0 * (self.y.len() * self.shape().taps()) as f64
    }
}

impl OpCases for Conv2d {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let activations = Activation::examples().into_iter().filter(Activation::slope_from_output).collect();
        let all = by_turns(activations, &ConvShape::cases(), &ConvShape::few());
        let mut all: Vec<_> = all
            .into_iter()
            .map(|(activation, case)| Self::of(tape, Element::Real, case, activation))
            .collect();
        for case in all.iter_mut().step_by(2) {
            case.added = Some(tape.tensor_like("added", case.y));
        }
        all
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        let cases = ConvShape::half_cases().into_iter();
        let mut all: Vec<_> =
            cases.map(|case| Self::of(tape, Element::Half, case, Activation::identity())).collect();
        for case in all.iter_mut().step_by(2) {
            case.added = Some(tape.tensor_like("added", case.y));
        }
        all
    }
}

impl Conv2d {
    fn of(
        tape: &mut Recorder,
        element: Element,
        (shape, bias): (ConvShape, usize),
        activation: Activation,
    ) -> Self {
        let [x, y] = shape.images(tape, element, ["x", "y"]);
        let weight = tape.tensor("weight", element, shape.taps() + bias, shape.filters);
        Self { window: shape.window, x, weight, y, added: None, activation }
    }

    fn shape(&self) -> ConvShape {
        ConvShape::of(self.window, self.x, self.weight.cols)
    }

    /// This product with what a sum adds to its output, if that is possible.
    pub(crate) fn with_sum(&self, step: &Binary) -> Option<Self> {
        let alone = self.added.is_none() && self.activation == Activation::identity();
        let added = step.added_to(self.y).filter(|_| alone)?;
        Some(Self { added: Some(added), y: step.y, ..self.clone() })
    }

    /// This product and a norm of fixed statistics behind it as one, with the step that makes the weight for it, if that is possible.
    pub(crate) fn with_norm(&self, tape: &mut Recorder, norm: &BatchNorm) -> Option<(FoldedNorm, Self)> {
        if self.added.is_some() || self.activation != Activation::identity() || norm.x != self.y {
            return None;
        }
        let step = FoldedNorm::of(tape, norm, self.weight, self.shape().taps())?;
        let (weight, y, activation) = (step.folded, norm.y, norm.activation.clone());
        Some((step, Self { weight, y, added: norm.added, activation, ..self.clone() }))
    }

    /// This product with an activation of its output in its epilogue, if that is possible.
    pub(crate) fn with_activation(&self, step: &Activate) -> Option<Self> {
        let Activate { activation, y, .. } = step;
        let fits = step.fits(&self.activation, self.y);
        fits.then(|| Self { activation: activation.clone(), y: *y, ..self.clone() })
    }
}

/// Records the gradient of a weight, and of its bias row, from images and gradients of their places.
fn push_weight_gradient(tape: &mut Recorder, shape: ConvShape, [x, dz]: [Tensor; 2], dw: Tensor) {
    let (window, parts) = (shape.window, shape.parts_of(x.rows));
    let flat = Tensor { rows: 1, cols: dw.len(), ..dw };
    if parts == 1 {
        return tape.push(ConvWeightGradient { window, x, dz, parts: flat });
    }
    let sums = tape.tensor("gradient.parts", Element::Real, parts, dw.len());
    tape.push(ConvWeightGradient { window, x, dz, parts: sums });
    Fold::record(tape, sums, dw);
}

//! The convolution by groups of channels, and its derivatives: sums of few terms, which are no products of matrices.

mod input_gradient;
mod shape;
mod weight_gradient;

use super::{Window, begin};
use crate::error::OpError;
use crate::ops::Fold;
use crate::ops::activation::{Activate, Activation};
use crate::ops::batch_norm::{BatchNorm, FoldedNorm};
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Scale, Split, Use, Views, by_turns};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

pub use input_gradient::GroupedConvInputGradient;
use shape::GroupedShape;
pub use weight_gradient::GroupedConvWeightGradient;

/// `y = f(W ⋆ x + b)` by groups: channels and filters are split into as many groups, and each filter sees the channels of its own
/// (Krizhevsky et al., 2012). With a group for each channel it is the depthwise convolution (Chollet, 2017).
///
/// # Shapes
/// `x`: batch × (height · width · channels); `weight`: (kernel height · kernel width · channels / groups + 1) × filters with `b` as
/// its last row, or one row less without a bias; `y`: batch × (output height · output width · filters). All are of reals, or of
/// halves where channels and filters are multiples of 4, and so are the filters of a group, or each channel has its own filter.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::layers::Identity;
/// use wgrad::ops::{GroupedConv2d, Window};
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("depthwise convolution", 1);
/// let window = Window::new([1, 3], [1, 2]); // a row of three pixels
/// let (x, y) = (tape.batched("x", 6), tape.batched("y", 4));
/// let weight = tape.tensor("weight", Element::Real, 2, 2); // two taps, two channels
/// tape.push(GroupedConv2d { window, groups: 2, x, weight, y, activation: Identity.into() });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 10.0, 2.0, 20.0, 3.0, 30.0]))?;
/// cpu.write(weight, Values::Real(&[1.0, -1.0, 1.0, 1.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [3.0, 10.0, 5.0, 10.0]); // sums of one channel, differences of the other
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GroupedConv2d {
    /// Which pixels each place of the output sees.
    pub window: Window,
    /// Groups of channels, and of filters.
    pub groups: usize,
    /// Images, channels last.
    pub x: Tensor,
    /// Weights, and the bias as a further row.
    pub weight: Tensor,
    /// Images, filters last.
    pub y: Tensor,
    /// `f`; one whose slope is known from its output.
    pub activation: Activation,
}

impl Op for GroupedConv2d {
    const NAME: &'static str = "grouped_conv";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::In, self.weight), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        let shape = self.shape();
        shape.check(self.x, self.y, self.weight)?;
        shape.check_elements(&[self.x, self.weight, self.y])?;
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
        begin(bias, y);
        for (image, y) in x.chunks_exact(self.x.cols).zip(y.chunks_exact_mut(self.y.cols)) {
            for (place, y) in y.chunks_exact_mut(shape.filters).enumerate() {
                for (tap, weight) in weight.chunks_exact(shape.inputs() * shape.filters).enumerate() {
                    if let Some(pixel) = self.window.seen_at(place, tap) {
                        shape.add_to_place(&image[pixel * shape.channels..][..shape.channels], weight, y);
                    }
                }
            }
        }
        self.activation.apply(y);
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let shape = self.shape();
        let mut epilogue = self.activation.sources().to_vec();
        epilogue.push(shader!("conv/none_added.wgsl"));
        epilogue.extend(if shape.by_fours() {
            [shader!("conv/activated_four.wgsl"), shader!("conv/bias_row_four.wgsl")]
        } else {
            [shader!("conv/activated_one.wgsl"), shader!("conv/bias_row_one.wgsl")]
        });
        let files = [shader!("conv/grouped/forward.wgsl"), shape.seen()];
        let mut kernel = shape.kernel(epilogue, files, (self.y.element, self.y.len()), device);
        kernel = kernel.size("BIAS", self.weight.rows - shape.taps());
        kernel.constants.extend(self.activation.constants());
        kernel
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dz) = self.activation.preactivation_gradient(tape, self.y) else { return };
        let (shape, &Self { window, groups, x, weight, .. }) = (self.shape(), self);
        tape.contribute(weight, |tape, dw| {
            let parts = tape.tensor("gradient.parts", Element::Real, shape.parts_of(x.rows), dw.len());
            tape.push(GroupedConvWeightGradient { window, groups, x, dz, parts });
            Fold::record(tape, parts, dw);
        });
        tape.contribute(x, |tape, dx| {
            tape.push(GroupedConvInputGradient { window, groups, dz, weight, dx });
        });
    }

    fn sum(&self) -> Option<(Self, usize)> {
        let plain = Self { activation: Activation::identity(), ..self.clone() };
        Some((plain, self.shape().taps() + 1))
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

impl OpCases for GroupedConv2d {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let activations = Activation::examples().into_iter().filter(Activation::slope_from_output).collect();
        let cases = GroupedShape::cases();
        let all = by_turns(activations, &cases, &cases[..2]);
        all.into_iter().map(|(activation, case)| Self::of(tape, Element::Real, case, activation)).collect()
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        let cases = GroupedShape::half_cases().into_iter();
        cases.map(|case| Self::of(tape, Element::Half, case, Activation::identity())).collect()
    }
}

impl GroupedConv2d {
    fn of(
        tape: &mut Recorder,
        element: Element,
        (shape, bias): (GroupedShape, usize),
        activation: Activation,
    ) -> Self {
        let [x, y] = shape.images(tape, element, ["x", "y"]);
        let weight = tape.tensor("weight", element, shape.taps() + bias, shape.filters);
        Self { window: shape.window, groups: shape.groups, x, weight, y, activation }
    }

    fn shape(&self) -> GroupedShape {
        GroupedShape::of(self.window, self.groups, self.x, self.weight.cols)
    }

    /// Whether a convolution of these sizes takes halves.
    pub(crate) fn takes_halves_of(groups: usize, channels: usize, filters: usize) -> bool {
        GroupedShape { window: Window::new([1; 2], [1; 2]), groups, channels, filters }.by_fours()
    }

    /// This convolution and a norm of fixed statistics behind it as one, with the step that makes the weight for it, if that is possible.
    pub(crate) fn with_norm(&self, tape: &mut Recorder, norm: &BatchNorm) -> Option<(FoldedNorm, Self)> {
        if norm.added.is_some() || self.activation != Activation::identity() || norm.x != self.y {
            return None;
        }
        let step = FoldedNorm::of(tape, norm, self.weight, self.shape().taps())?;
        let (weight, y, activation) = (step.folded, norm.y, norm.activation.clone());
        Some((step, Self { weight, y, activation, ..self.clone() }))
    }

    /// This convolution with an activation of its output in its epilogue, if that is possible.
    pub(crate) fn with_activation(&self, step: &Activate) -> Option<Self> {
        let Activate { activation, y, .. } = step;
        let fits = step.fits(&self.activation, self.y);
        fits.then(|| Self { activation: activation.clone(), y: *y, ..self.clone() })
    }
}

impl GroupedShape {
    /// Adds a pixel, times the weights of the tap that sees it, to a place.
    #[inline(always)]
    fn add_to_place<T: Real>(&self, x: &[T], weight: &[T], y: &mut [T]) {
        if self.is_depthwise() {
            for ((y, x), weight) in y.iter_mut().zip(x).zip(weight) {
                *y += *x * *weight;
            }
            return;
        }
        for (input, weight) in weight.chunks_exact(self.filters).enumerate() {
            let rows = y.chunks_exact_mut(self.outputs()).zip(weight.chunks_exact(self.outputs()));
            for (group, (y, weight)) in rows.enumerate() {
                let x = x[group * self.inputs() + input];
                for (y, weight) in y.iter_mut().zip(weight) {
                    *y += x * *weight;
                }
            }
        }
    }
}

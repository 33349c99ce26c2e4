//! The derivative of a convolution by groups with respect to its input.

use super::GroupedShape;
use crate::error::OpError;
use crate::ops::Window;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// `dx` of a [`GroupedConv2d`](super::GroupedConv2d): what each pixel is to the places that see it.
///
/// # Shapes
/// `dz`: batch × (output height · output width · filters); `weight` as that of the convolution; `dx`: batch × (height · width ·
/// channels). Halves are where the convolution has them.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{GroupedConvInputGradient, Window};
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("input gradient", 1);
/// let window = Window::new([1, 3], [1, 2]);
/// let (dz, dx) = (tape.batched("dz", 4), tape.batched("dx", 6));
/// let weight = tape.tensor("weight", Element::Real, 2, 2);
/// tape.push(GroupedConvInputGradient { window, groups: 2, dz, weight, dx });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(dz, Values::Real(&[1.0, 1.0, 10.0, 10.0]))?;
/// cpu.write(weight, Values::Real(&[1.0, -1.0, 2.0, 1.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(dx)?, [1.0, -1.0, 12.0, -9.0, 20.0, 10.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GroupedConvInputGradient {
    /// Which pixels each place of the output sees.
    pub window: Window,
    /// Groups of channels, and of filters.
    pub groups: usize,
    /// Gradient before the layer's activation.
    pub dz: Tensor,
    /// The layer's weights, and its bias as a further row.
    pub weight: Tensor,
    /// Gradient of the layer's input.
    pub dx: Tensor,
}

impl GroupedConvInputGradient {
    fn shape(&self) -> GroupedShape {
        GroupedShape::of(self.window, self.groups, self.dx, self.weight.cols)
    }

    fn of(tape: &mut Recorder, element: Element, cases: Vec<(GroupedShape, usize)>) -> Vec<Self> {
        let mut case = |(shape, bias): (GroupedShape, usize)| {
            let [dx, dz] = shape.images(tape, element, ["dx", "dz"]);
            let weight = tape.tensor("weight", element, shape.taps() + bias, shape.filters);
            Self { window: shape.window, groups: shape.groups, dz, weight, dx }
        };
        cases.into_iter().map(&mut case).collect()
    }
}

impl Op for GroupedConvInputGradient {
    const NAME: &'static str = "grouped_conv.input_gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.dz), (Use::In, self.weight), (Use::Out, self.dx)]
    }

    fn check(&self) -> Result<(), OpError> {
        let shape = self.shape();
        shape.check(self.dx, self.dz, self.weight)?;
        shape.check_elements(&[self.dz, self.weight, self.dx])
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let shape = self.shape();
        let (dz, weight, dx) = (views.input(0), views.input(1), views.output(2));
        let weight = &weight[..shape.taps() * shape.filters];
        dx.fill(T::zero());
        for (image, dz) in dx.chunks_exact_mut(self.dx.cols).zip(dz.chunks_exact(self.dz.cols)) {
            for (place, dz) in dz.chunks_exact(shape.filters).enumerate() {
                for (tap, weight) in weight.chunks_exact(shape.inputs() * shape.filters).enumerate() {
                    if let Some(pixel) = self.window.seen_at(place, tap) {
                        shape.add_to_pixel(
                            dz,
                            weight,
                            &mut image[pixel * shape.channels..][..shape.channels],
                        );
                    }
                }
            }
        }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let shape = self.shape();
        let by = match (shape.by_fours(), shape.is_depthwise()) {
            (true, true) => shader!("conv/grouped/back_depthwise_four.wgsl"),
            (true, false) => shader!("conv/grouped/back_four.wgsl"),
            (false, _) => shader!("conv/grouped/back_one.wgsl"),
        };
        let files = [shader!("conv/grouped/input_gradient.wgsl"), by];
        shape.kernel(vec![shader!("pool/seen_by.wgsl")], files, (self.dx.element, self.dx.len()), device)
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((self.clone(), self.window.taps() * self.shape().outputs()))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        2.0 * (self.dz.len() * self.shape().taps()) as f64
    }
}

impl OpCases for GroupedConvInputGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Real, GroupedShape::cases())
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half, GroupedShape::half_cases())
    }
}

impl GroupedShape {
    /// Adds a place, times the weights of a tap, to the pixel that this sees.
    #[inline(always)]
    fn add_to_pixel<T: Real>(&self, dz: &[T], weight: &[T], dx: &mut [T]) {
        if self.is_depthwise() {
            for ((dx, dz), weight) in dx.iter_mut().zip(dz).zip(weight) {
                *dx += *dz * *weight;
            }
            return;
        }
        for (input, weight) in weight.chunks_exact(self.filters).enumerate() {
            let rows = dz.chunks_exact(self.outputs()).zip(weight.chunks_exact(self.outputs()));
            for (group, (dz, weight)) in rows.enumerate() {
                let dx = &mut dx[group * self.inputs() + input];
                for (dz, weight) in dz.iter().zip(weight) {
                    *dx += *dz * *weight;
                }
            }
        }
    }
}

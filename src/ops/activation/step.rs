//! An activation as a step of its own, and its derivative.

use super::Activation;
use crate::error::OpError;
use crate::ops::{
    BatchNorm, Conv2d, ConvInputGradient, ConvTranspose2d, Dense, ElementLoss, GroupNorm, GroupedConv2d,
    InputGradient, MaxPoolGradient, Spread, TwoNorms, of_one_element,
};
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, Source, shader};
use crate::program::op::{AnyOp, Domain, Op, OpCases, Scale, Split, Use, Views, by_turns};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::alike;
use crate::program::tensor::{Element, Tensor};

/// `y = f(x)`, element by element.
///
/// # Shapes
/// `x`, `y`: batch × n, of reals or both of halves.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::layers::Relu;
/// use wgrad::ops::Activate;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("activate", 1);
/// let [x, y] = ["x", "y"].map(|name| tape.batched(name, 2));
/// tape.push(Activate { activation: Relu.into(), x, y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[-1.0, 2.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [0.0, 2.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Activate {
    /// `f`.
    pub activation: Activation,
    /// Its arguments.
    pub x: Tensor,
    /// Its values.
    pub y: Tensor,
}

impl Op for Activate {
    const NAME: &'static str = "activation";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        self.activation.check()?;
        alike(&[self.x, self.y])?;
        of_one_element(&[self.x, self.y])
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        y.copy_from_slice(x);
        self.activation.apply(y);
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        kernel(shader!("activation/forward.wgsl"), &self.activation, self.y, device)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let activation = self.activation.clone();
        let at = if activation.slope_from_output() { self.y } else { self.x };
        tape.contribute(self.x, |tape, dx| tape.push(ActivationGradient { activation, at, dy, dx }));
    }

    fn fused(&self, earlier: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        let earlier = earlier.as_any();
        if let Some(convolution) = earlier.downcast_ref::<Conv2d>() {
            return Some(Box::new(convolution.with_activation(self)?));
        }
        if let Some(convolution) = earlier.downcast_ref::<GroupedConv2d>() {
            return Some(Box::new(convolution.with_activation(self)?));
        }
        if let Some(norm) = earlier.downcast_ref::<BatchNorm>() {
            return Some(Box::new(norm.with_activation(self)?));
        }
        if let Some(norms) = earlier.downcast_ref::<TwoNorms>() {
            return Some(Box::new(norms.with_activation(self)?));
        }
        if let Some(norm) = earlier.downcast_ref::<GroupNorm>() {
            return Some(Box::new(norm.with_activation(self)?));
        }
        if let Some(convolution) = earlier.downcast_ref::<ConvTranspose2d>() {
            return Some(Box::new(convolution.with_activation(self)?));
        }
        Some(Box::new(earlier.downcast_ref::<Dense>()?.with_activation(self)?))
    }

    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        self.activation.approximated().then_some(Scale::Of(1.0))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        self.x.len() as f64
    }
}

impl OpCases for Activate {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Real, [1, 13, 200])
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half, [4, 52, 200])
    }
}

impl Activate {
    /// Whether it can be in the epilogue of a product with this output, which has an activation of its own so far.
    pub(crate) fn fits(&self, product: &Activation, output: Tensor) -> bool {
        *product == Activation::identity()
            && self.activation.slope_from_output()
            && self.x == output
            && self.y.element == output.element
    }

    /// Cases of each activation at some widths.
    fn of(tape: &mut Recorder, element: Element, widths: [usize; 3]) -> Vec<Self> {
        let each = by_turns(Activation::examples(), &widths, &widths[1..]).into_iter();
        each.map(|(activation, cols)| {
            let [x, y] = ["x", "y"].map(|name| tape.batched_of(name, element, cols));
            Self { activation, x, y }
        })
        .collect()
    }
}

/// `dx = dy ⊙ f'`, element by element.
///
/// # Shapes
/// `at`, `dy`, `dx`: batch × n, of reals or all of halves.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::layers::Relu;
/// use wgrad::ops::ActivationGradient;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("activation gradient", 1);
/// let [at, dy, dx] = ["at", "dy", "dx"].map(|name| tape.batched(name, 2));
/// tape.push(ActivationGradient { activation: Relu.into(), at, dy, dx });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(at, Values::Real(&[0.0, 2.0]))?; // values, from which the slope of ReLU is known
/// cpu.write(dy, Values::Real(&[5.0, 5.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(dx)?, [0.0, 5.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ActivationGradient {
    /// `f`.
    pub activation: Activation,
    /// Its values, or its arguments if its slope needs those.
    pub at: Tensor,
    /// Gradient of its values.
    pub dy: Tensor,
    /// Gradient of its arguments.
    pub dx: Tensor,
}

impl Op for ActivationGradient {
    const NAME: &'static str = "activation.gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.at), (Use::In, self.dy), (Use::Out, self.dx)]
    }

    fn check(&self) -> Result<(), OpError> {
        self.activation.check()?;
        alike(&[self.at, self.dy, self.dx])?;
        of_one_element(&[self.at, self.dy, self.dx])
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (at, dy, dx) = (views.input(0), views.input(1), views.output(2));
        dx.copy_from_slice(dy);
        self.activation.times_slope(at, dx);
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        kernel(shader!("activation/gradient.wgsl"), &self.activation, self.dx, device)
    }

    fn fused(&self, earlier: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        let earlier = earlier.as_any();
        if let Some(product) = earlier.downcast_ref::<InputGradient>() {
            return Some(Box::new(product.with_slope(self)?));
        }
        if let Some(spread) = earlier.downcast_ref::<Spread>() {
            return Some(Box::new(spread.with_slope(self)?));
        }
        if let Some(product) = earlier.downcast_ref::<ConvInputGradient>() {
            return Some(Box::new(product.with_slope(self)?));
        }
        if let Some(pool) = earlier.downcast_ref::<MaxPoolGradient>() {
            return Some(Box::new(pool.with_slope(self)?));
        }
        Some(Box::new(earlier.downcast_ref::<ElementLoss>()?.with_slope(self)?))
    }

    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        let slope = self.activation.approximated() && !self.activation.slope_from_output();
        slope.then_some(Scale::Operand(1))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        2.0 * self.dx.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 0 && self.activation.slope_from_output() { self.activation.values() } else { Domain::Any }
    }
}

impl OpCases for ActivationGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let forward = Activate::cases(tape);
        Self::of(tape, forward)
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        let forward = Activate::half_cases(tape);
        Self::of(tape, forward)
    }
}

impl ActivationGradient {
    /// The gradients of these.
    fn of(tape: &mut Recorder, forward: Vec<Activate>) -> Vec<Self> {
        let mut case = |Activate { activation, x, y }: Activate| {
            let dx = tape.batched_of("dx", x.element, x.cols);
            Self { activation, at: x, dy: y, dx }
        };
        forward.into_iter().map(&mut case).collect()
    }
}

impl Activation {
    /// The gradient before this activation of a product's output `y`, if there is one behind it.
    pub(crate) fn preactivation_gradient(&self, tape: &mut Recorder, y: Tensor) -> Option<Tensor> {
        let dy = tape.gradient(y)?;
        if *self == Self::identity() {
            return Some(dy);
        }
        let dz = tape.tensor_like("gradient.dz", y);
        tape.push(ActivationGradient { activation: self.clone(), at: y, dy, dx: dz });
        Some(dz)
    }
}

/// The kernel of `main` over the elements of a tensor.
fn kernel(main: Source, activation: &Activation, over: Tensor, device: &DeviceProfile) -> Kernel {
    let widths = [shader!("activation/one.wgsl"), shader!("activation/four.wgsl")];
    let mut kernel = Kernel::by_fours(main, over, widths, device);
    kernel.sources.splice(0..0, activation.sources().iter().copied());
    kernel.constants.extend(activation.constants());
    kernel.size("COLS", over.cols)
}

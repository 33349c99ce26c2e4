//! The derivative of sums and means.

use super::strips::{self, Strips};
use super::{Reduce, Reduction};
use crate::error::OpError;
use crate::ops::InputGradient;
use crate::ops::activation::{Activation, ActivationGradient};
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, NO_DERIVATIVE, Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// Each number of `x` for all numbers of `y` that a reduction makes one of: as it is, or divided by how many there are; times the slope of the
/// activation that made what was reduced, if that is fused.
///
/// # Shapes
/// `x`: (samples · k) × 1, for all columns of a row, or samples × n, for all k rows of a sample; `y`: (samples · k) × n; what the activation
/// made: as many numbers a sample as `y`.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{Reduction, Spread};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("spread", 1);
/// let (x, y) = (tape.batched("x", 1), tape.batched("y", 3));
/// tape.push(Spread { reduction: Reduction::Mean, x, y, slope: None });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[6.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [2.0; 3]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Spread {
    /// Whose derivative it is: a sum's, or a mean's, for which it divides.
    pub reduction: Reduction,
    /// What is spread.
    pub x: Tensor,
    /// Where it goes.
    pub y: Tensor,
    /// The activation that made what was reduced, and what it made; its slope is then part of the step.
    pub slope: Option<(Activation, Tensor)>,
}

impl Spread {
    /// This step times the slope of what made the reduced numbers, instead of a step that multiplies by it.
    pub(crate) fn with_slope(&self, step: &ActivationGradient) -> Option<Self> {
        let ActivationGradient { activation, at, dy, dx } = step;
        let fits = self.slope.is_none()
            && activation.slope_from_output()
            && dy.extent() == self.y.extent()
            && [at, dy, dx].iter().all(|tensor| tensor.element == Element::Real);
        let y = Tensor { buffer: dx.buffer, start: dx.start, ..self.y };
        fits.then(|| Self { y, slope: Some((activation.clone(), *at)), ..self.clone() })
    }
}

impl Op for Spread {
    const NAME: &'static str = "spread";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.x), (Use::Out, self.y)];
        operands.extend(self.slope.iter().map(|(_, made)| (Use::In, *made)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        if self.reduction == Reduction::Maximum {
            return Err("spreads a sum or a mean, and is asked for a maximum".into());
        }
        if let Some((activation, made)) = &self.slope {
            activation.check_fused()?;
            if !made.is_batched() || made.sample_len() != self.y.sample_len() {
                return Err(OpError::new(format!("multiplies {} by the slope at {made}", self.y)));
            }
        }
        strips::check(self.y, self.x)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        let strips = Strips::of(self.y, self.x);
        let factor = T::of(self.reduction.factor(strips.count));
        for (strip, x) in x.iter().enumerate() {
            for j in 0..strips.count {
                y[strips.place(strip, j)] = factor * *x;
            }
        }
        if let Some((activation, _)) = &self.slope {
            activation.times_slope(views.input(2), y);
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let strips = Strips::of(self.y, self.x);
        let kernel = Kernel::per_element(shader!("reduce/spread.wgsl"), self.y.len());
        let mut kernel = strips.sizes(kernel).constant("FACTOR", self.reduction.factor(strips.count));
        let Some((activation, _)) = &self.slope else { return kernel.with(shader!("reduce/no_slope.wgsl")) };
        kernel.constants.extend(activation.constants());
        activation
            .sources()
            .iter()
            .fold(kernel.with(shader!("reduce/slope.wgsl")), |kernel, file| kernel.with(*file))
    }

    fn vjp(&self, tape: &mut Recorder) {
        if self.slope.is_some() {
            return tape.refuse(Self::NAME, NO_DERIVATIVE);
        }
        let Some(dy) = tape.gradient(self.y) else { return };
        let reduction = self.reduction;
        tape.contribute(self.x, |tape, dx| tape.push(Reduce { reduction, x: dy, y: dx }));
    }

    fn flops(&self) -> f64 {
        self.y.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        let slope = self.slope.as_ref().filter(|_| index == 2);
        slope.map_or(Domain::Any, |(activation, _)| activation.values())
    }
}

impl OpCases for Spread {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let shapes = strips::cases(tape);
        let each = |reduction| shapes.iter().map(move |[y, x]| Self { reduction, x: *x, y: *y, slope: None });
        let mut cases: Vec<_> = [Reduction::Sum, Reduction::Mean].into_iter().flat_map(each).collect();
        let slopes = InputGradient::slopes().into_iter().flatten().take(3);
        let mut with_slope = |(activation, [y, x]): (Activation, &[Tensor; 2])| {
            let slope = Some((activation, tape.tensor_like("made", *y)));
            Self { reduction: Reduction::Mean, x: *x, y: *y, slope }
        };
        cases.extend(slopes.zip(shapes.iter().cycle()).map(&mut with_slope));
        cases
    }
}

//! Gradient clipping by value.

use crate::error::OpError;
use crate::ops::one_number;
use crate::program::kernel::{DeviceProfile, Kernel, at_once, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views};
use crate::program::real::{Real, clamped};
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// Brings each gradient `g` where `factor · g` is from `-limit` to `limit`. NaN stays, and where the factor is negative, everything.
///
/// # Shapes
/// `gradients`: anything; `factor`: 1 × 1.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::ClipValue;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("clip value", 1);
/// let gradients = tape.tensor("gradients", Element::Real, 1, 3);
/// let factor = tape.tensor("factor", Element::Real, 1, 1);
/// tape.push(ClipValue { gradients, factor, limit: 1.0 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(gradients, Values::Real(&[-5.0, 0.25, 3.0]))?;
/// cpu.write(factor, Values::Real(&[0.5]))?; // they count half
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(gradients)?, [-2.0, 0.25, 2.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClipValue {
    /// The gradient arena.
    pub gradients: Tensor,
    /// What the optimizer multiplies gradients by.
    pub factor: Tensor,
    /// The largest size of a gradient.
    pub limit: f32,
}

impl Op for ClipValue {
    const NAME: &'static str = "clip_value";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::InOut, self.gradients), (Use::In, self.factor)]
    }

    fn check(&self) -> Result<(), OpError> {
        one_number(self.factor)
    }

    fn split(&self) -> Split {
        Split::Elements
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (gradients, factor) = (views.output(0), views.input(1)[0]);
        if factor < T::zero() {
            return;
        }
        let limit = T::of(self.limit.into()) / factor;
        for gradient in gradients {
            *gradient = clamped(*gradient, -limit, limit);
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let (invocations, numbers) = at_once(self.gradients.len());
        let kernel = Kernel::per_element(shader!("clip/value.wgsl"), invocations).with(numbers);
        let kernel = kernel.with(shader!("at_once/or_nan.wgsl"));
        kernel.size("LENGTH", invocations).constant("LIMIT", self.limit)
    }

    fn flops(&self) -> f64 {
        2.0 * self.gradients.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 1 { Domain::Positive } else { Domain::Any }
    }
}

impl OpCases for ClipValue {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |len| Self {
            gradients: tape.tensor("gradients", Element::Real, 1, len),
            factor: tape.tensor("factor", Element::Real, 1, 1),
            limit: 0.5,
        };
        [1, 13, 5_003, 5_004].map(&mut case).to_vec()
    }
}

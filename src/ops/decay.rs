//! Decoupled weight decay.

use crate::error::OpError;
use crate::ops::one_number;
use crate::program::kernel::{DeviceProfile, Kernel, at_once, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::alike;
use crate::program::tensor::{Element, Tensor};

/// `w -= rate · decay · w` where `mask` is 1: before an Adam step this makes AdamW (Loshchilov and Hutter, 2019).
///
/// # Shapes
/// `parameters`, `mask`: equal; `factor`: 1 × 1.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::Decay;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("decay", 1);
/// let [parameters, mask] = ["parameters", "mask"].map(|name| tape.tensor(name, Element::Real, 1, 2));
/// let factor = tape.tensor("factor", Element::Real, 1, 1);
/// tape.push(Decay { parameters, mask, factor, decay: 0.5, rate_factor: 1.0 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// for (tensor, values) in [(parameters, &[2.0, 2.0][..]), (mask, &[1.0, 0.0]), (factor, &[1.0])] {
///     cpu.write(tensor, Values::Real(values))?;
/// }
/// cpu.run(id, &[Batch { rate: 0.5, ..Batch::of(1) }])?;
/// assert_eq!(cpu.read(parameters)?, [1.5, 2.0]); // the second is a bias
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decay {
    /// The parameter arena.
    pub parameters: Tensor,
    /// 1 for a weight, 0 for a bias, which does not decay.
    pub mask: Tensor,
    /// What the optimizer multiplies gradients by; where it is negative, nothing is updated.
    pub factor: Tensor,
    /// How much a weight shrinks at learning rate 1.
    pub decay: f32,
    /// What the learning rate is multiplied by for these parameters.
    pub rate_factor: f32,
}

impl Op for Decay {
    const NAME: &'static str = "weight_decay";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::InOut, self.parameters), (Use::In, self.mask), (Use::In, self.factor)]
    }

    fn check(&self) -> Result<(), OpError> {
        alike(&[self.parameters, self.mask])?;
        one_number(self.factor)
    }

    fn split(&self) -> Split {
        Split::Elements
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (parameters, mask, factor) = (views.output(0), views.input(1), views.input(2)[0]);
        if factor < T::zero() {
            return;
        }
        let rate = views.batch.times_rate(self.rate_factor).rate;
        let shrink = T::of(rate.into()) * T::of(self.decay.into());
        for (w, mask) in parameters.iter_mut().zip(mask) {
            *w = if *mask > T::zero() { *w - shrink * *w } else { *w };
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let (invocations, numbers) = at_once(self.parameters.len());
        let kernel = Kernel::per_element(shader!("optimizer/decay.wgsl"), invocations).with(numbers);
        let kernel = kernel.with(shader!("optimizer/rate.wgsl")).constant("RATE_FACTOR", self.rate_factor);
        kernel.size("LENGTH", invocations).constant("DECAY", self.decay)
    }

    fn flops(&self) -> f64 {
        3.0 * self.parameters.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        match index {
            1 => Domain::Below(2),
            2 => Domain::Unit,
            _ => Domain::Any,
        }
    }
}

impl OpCases for Decay {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |len| Self {
            parameters: tape.tensor("parameters", Element::Real, 1, len),
            mask: tape.tensor("mask", Element::Real, 1, len),
            factor: tape.tensor("factor", Element::Real, 1, 1),
            decay: 0.01,
            rate_factor: if len == 13 { 0.25 } else { 1.0 },
        };
        [1, 13, 5_003, 5_004].map(&mut case).to_vec()
    }
}

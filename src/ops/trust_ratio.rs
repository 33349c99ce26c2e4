//! Steps as long as what they change.

use std::ops::Range;

use crate::error::OpError;
use crate::ops::one_number;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::alike;
use crate::program::tensor::{Element, Tensor};

/// Sums that run side by side.
const LANES: usize = 64;

/// `w -= rate · ‖w‖ / ‖u‖ · u` of one parameter, with `u = step + decay · w` (You et al., *Large Batch Optimization for Deep
/// Learning*, 2020, algorithm 2 with `φ(x) = x`). Where `‖w‖` or `‖u‖` is 0, `w -= rate · u`.
///
/// # Shapes
/// `parameters`, `steps`: equal; `factor`: 1 × 1.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::TrustRatio;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("trust ratio", 1);
/// let [parameters, steps] = ["parameters", "steps"].map(|name| tape.tensor(name, Element::Real, 1, 2));
/// let factor = tape.tensor("factor", Element::Real, 1, 1);
/// tape.push(TrustRatio { parameters, steps, factor, range: 0..2, decay: 0.0, rate_factor: 1.0 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// for (tensor, values) in [(parameters, &[3.0, 4.0][..]), (steps, &[0.0, 0.5]), (factor, &[1.0])] {
///     cpu.write(tensor, Values::Real(values))?;
/// }
/// cpu.run(id, &[Batch { rate: 0.5, ..Batch::of(1) }])?;
/// assert_eq!(cpu.read(parameters)?, [3.0, 1.5]); // half of the length of 5
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TrustRatio {
    /// The parameter arena, or a part of it.
    pub parameters: Tensor,
    /// What an optimizer would subtract at rate 1.
    pub steps: Tensor,
    /// What the optimizer multiplies gradients by; where it is negative, nothing is updated.
    pub factor: Tensor,
    /// The numbers of the parameter among `parameters`.
    pub range: Range<usize>,
    /// How much of the parameter itself is added to the step.
    pub decay: f32,
    /// What the learning rate is multiplied by.
    pub rate_factor: f32,
}

impl Op for TrustRatio {
    const NAME: &'static str = "trust_ratio";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::InOut, self.parameters), (Use::In, self.steps), (Use::In, self.factor)]
    }

    fn check(&self) -> Result<(), OpError> {
        alike(&[self.parameters, self.steps])?;
        one_number(self.factor)?;
        if self.range.is_empty() || self.range.end > self.parameters.len() {
            return Err(OpError::new(format!(
                "updates the numbers {:?} of {}; they must be some of its own",
                self.range, self.parameters
            )));
        }
        Ok(())
    }

    fn split(&self) -> Split {
        Split::Whole
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (parameters, steps, factor) = (views.output(0), views.input(1), views.input(2)[0]);
        if factor < T::zero() {
            return;
        }
        let (parameters, steps) = (&mut parameters[self.range.clone()], &steps[self.range.clone()]);
        let decay = T::of(self.decay.into());
        let [mut own, mut changes] = [[T::zero(); LANES]; 2];
        for (w, step) in parameters.chunks(LANES).zip(steps.chunks(LANES)) {
            for (((own, change), w), step) in own.iter_mut().zip(&mut changes).zip(w).zip(step) {
                let u = *step + decay * *w;
                *own += *w * *w;
                *change += u * u;
            }
        }
        let [own, change] = [own, changes].map(|sums| sums.iter().copied().sum::<T>().sqrt());
        let rate = T::of(views.batch.times_rate(self.rate_factor).rate.into());
        let ratio = if own > T::zero() && change > T::zero() { own / change } else { T::one() };
        for (w, step) in parameters.iter_mut().zip(steps) {
            *w -= rate * ratio * (*step + decay * *w);
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("optimizer/trust_ratio.wgsl"), LANES);
        let kernel = kernel.with(shader!("lanes/tree.wgsl"));
        let kernel = kernel.with(shader!("optimizer/rate.wgsl")).constant("RATE_FACTOR", self.rate_factor);
        let kernel = kernel.size("FIRST", self.range.start).size("END", self.range.end);
        kernel.constant("DECAY", self.decay)
    }

    fn flops(&self) -> f64 {
        9.0 * self.range.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 2 { Domain::Unit } else { Domain::Any }
    }
}

impl OpCases for TrustRatio {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |(len, range, decay)| Self {
            parameters: tape.tensor("parameters", Element::Real, 1, len),
            steps: tape.tensor("steps", Element::Real, 1, len),
            factor: tape.tensor("factor", Element::Real, 1, 1),
            range,
            decay,
            rate_factor: if len == 13 { 0.25 } else { 1.0 },
        };
        [(1, 0..1, 0.0), (13, 2..9, 0.1), (5_003, 64..5_001, 0.01)].map(&mut case).to_vec()
    }
}

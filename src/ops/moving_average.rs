//! Averages that follow what changes from batch to batch.

use crate::error::OpError;
use crate::ops::one_number;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// `average = momentum · average + (1 - momentum) · value`: the running statistics of a norm (Ioffe and Szegedy, *Batch
/// Normalization*, 2015, algorithm 2).
///
/// # Shapes
/// `average`, `value`: as many numbers, not of the batch; `factor`: 1 × 1.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::MovingAverage;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("moving average", 1);
/// let [average, value, factor] = ["average", "value", "factor"].map(|name| tape.tensor(name, Element::Real, 1, 1));
/// tape.push(MovingAverage { average, value, factor, momentum: 0.75 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// for (tensor, number) in [(average, 4.0), (value, 8.0), (factor, 1.0)] {
///     cpu.write(tensor, Values::Real(&[number]))?;
/// }
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(average)?, [5.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MovingAverage {
    /// What follows.
    pub average: Tensor,
    /// What it follows.
    pub value: Tensor,
    /// What the optimizer multiplies gradients by; where it is negative, the step does not count, and nothing changes.
    pub factor: Tensor,
    /// The share of itself that the average keeps.
    pub momentum: f32,
}

impl Op for MovingAverage {
    const NAME: &'static str = "moving_average";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::InOut, self.average), (Use::In, self.value), (Use::In, self.factor)]
    }

    fn check(&self) -> Result<(), OpError> {
        one_number(self.factor)?;
        if self.average.len() == self.value.len() && !self.average.is_batched() && !self.value.is_batched() {
            return Ok(());
        }
        Err(OpError::new(format!(
            "moves an average of {} towards {}; both have as many numbers",
            self.average, self.value
        )))
    }

    fn split(&self) -> Split {
        Split::Whole
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (average, value, factor) = (views.output(0), views.input(1), views.input(2)[0]);
        if factor < T::zero() {
            return;
        }
        let kept = T::of(self.momentum.into());
        for (average, value) in average.iter_mut().zip(value) {
            *average = kept * *average + (T::one() - kept) * *value;
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("moving_average.wgsl"), self.average.len());
        kernel.size("LENGTH", self.average.len()).constant("MOMENTUM", self.momentum)
    }

    fn flops(&self) -> f64 {
        3.0 * self.average.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 2 { Domain::Unit } else { Domain::Any }
    }
}

impl OpCases for MovingAverage {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |(len, momentum)| Self {
            average: tape.tensor("average", Element::Real, 1, len),
            value: tape.tensor("value", Element::Real, 1, len),
            factor: tape.tensor("factor", Element::Real, 1, 1),
            momentum,
        };
        [(1, 0.0), (13, 0.9), (1_003, 0.99)].map(&mut case).to_vec()
    }
}

//! Statistics that follow those of the batches.

mod all;

use super::moments::BatchMoments;
use super::parts::Parts;
use crate::error::OpError;
use crate::ops::one_number;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{AnyOp, Domain, Op, OpCases, Scale, Split, Use, Views};
use crate::program::pool::Pool;
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

pub use all::AllRunningMoments;

/// `running = momentum · running + (1 - momentum) · statistics of the batch` (Ioffe and Szegedy, *Batch Normalization*, 2015,
/// algorithm 2). The variance that it follows divides by one less than the numbers are, as in PyTorch.
///
/// # Shapes
/// `moments`: parts × (2 · channels), as [`BatchMoments`](super::BatchMoments) writes them; `running`: 2 × channels, means and
/// variances; `factor`: 1 × 1.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{BatchMoments, RunningMoments};
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("running moments", 2);
/// let x = tape.batched("x", 1);
/// let of = BatchMoments::new(&mut tape, x, 1);
/// let running = tape.tensor("running", Element::Real, 2, 1);
/// let factor = tape.tensor("factor", Element::Real, 1, 1);
/// tape.push(of.clone());
/// tape.push(RunningMoments { of, running, factor, momentum: 0.75 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[7.0, 9.0]))?; // a mean of 8, and the variance of a sample is 2
/// cpu.write(running, Values::Real(&[4.0, 4.0]))?;
/// cpu.write(factor, Values::Real(&[1.0]))?;
/// cpu.run(id, &[Batch::of(2)])?;
/// assert_eq!(cpu.read(running)?, [5.0, 3.5]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RunningMoments {
    /// The statistics of the batch, and of what they are.
    pub of: BatchMoments,
    /// What follows them.
    pub running: Tensor,
    /// What the optimizer multiplies gradients by; where it is negative, the step does not count, and nothing changes.
    pub factor: Tensor,
    /// The share of itself that the average keeps.
    pub momentum: f32,
}

impl Op for RunningMoments {
    const NAME: &'static str = "batch_norm.running";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.of.moments), (Use::InOut, self.running), (Use::In, self.factor)]
    }

    fn check(&self) -> Result<(), OpError> {
        one_number(self.factor)?;
        let (moments, running) = (&self.of.moments, &self.running);
        let plain = |tensor: &Tensor| !tensor.is_batched() && tensor.element == Element::Real;
        if plain(moments) && plain(running) && running.rows == 2 && 2 * running.cols == moments.cols {
            return Ok(());
        }
        Err(OpError::new(format!(
            "moves {running} towards {moments}; it needs a row of means and one of variances, and both behind each other for each part"
        )))
    }

    fn split(&self) -> Split {
        Split::Whole
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let mut room = vec![T::zero(); 2 * self.of.parts().channels];
        self.follow(views, &mut room);
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let room = views.scratch();
        self.follow(views, room);
    }

    fn scratch(&self) -> usize {
        self.of.moments.cols
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let parts = self.of.parts();
        let mut sources = parts.width(Element::Real, device);
        sources.extend([shader!("batch_norm/statistics.wgsl"), shader!("batch_norm/follow.wgsl")]);
        sources.extend([shader!("batch_norm/one_norm.wgsl"), shader!("batch_norm/running.wgsl")]);
        let Kernel { workgroups, .. } = Kernel::per_element(sources[0], parts.places());
        parts.kernel(sources, workgroups).constant("MOMENTUM", self.momentum)
    }

    fn pooled(&self) -> Option<Tensor> {
        Some(self.of.moments)
    }

    fn for_all(all: &[&Self], pool: &mut Pool) -> Option<Box<dyn AnyOp>> {
        Some(Box::new(AllRunningMoments::of(all, pool)?))
    }

    /// The sum of many shares.
    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        Some(Scale::Output)
    }

    fn flops(&self) -> f64 {
        4.0 * self.of.moments.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 2 { Domain::Unit } else { Domain::Any }
    }
}

impl RunningMoments {
    #[inline(always)]
    fn follow<T: Real>(&self, views: &mut Views<'_, T>, room: &mut [T]) {
        let (moments, running, factor) = (views.input(0), views.output(1), views.input(2)[0]);
        if factor >= T::zero() {
            let momentum = T::of(self.momentum.into());
            self.of.parts().follow(moments, views.batch.rows as usize, momentum, [running, room]);
        }
    }
}

impl Parts {
    /// Moves running statistics towards those of a batch of `live` samples.
    #[inline(always)]
    fn follow<T: Real>(&self, moments: &[T], live: usize, momentum: T, [running, room]: [&mut [T]; 2]) {
        let [means, variances] = self.statistics(moments, live, room);
        let count = (live * self.pixels) as f64;
        let sample = T::of(count / (count - 1.0).max(1.0));
        let (mean, variance) = running.split_at_mut(self.channels);
        for (running, mean) in mean.iter_mut().zip(means) {
            *running = momentum * *running + (T::one() - momentum) * *mean;
        }
        for (running, variance) in variance.iter_mut().zip(variances) {
            *running = momentum * *running + (T::one() - momentum) * (*variance * sample);
        }
    }
}

impl OpCases for RunningMoments {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let before = BatchMoments::of(tape, Element::Real);
        let mut case = |of: BatchMoments| Self {
            running: tape.tensor("running", Element::Real, 2, of.moments.cols / 2),
            factor: tape.tensor("factor", Element::Real, 1, 1),
            of,
            momentum: 0.9,
        };
        before.into_iter().map(&mut case).collect()
    }
}

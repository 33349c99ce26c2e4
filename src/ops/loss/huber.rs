//! Huber's loss.

use super::Pairwise;
use crate::error::OpError;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `½ (p - t)²` up to a distance of `δ`, and `δ (|p - t| - ½ δ)` beyond it (Huber, 1964).
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::ElementLoss;
/// use wgrad::ops::loss::Huber;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("loss", 1);
/// let (p, t, losses) = (tape.batched("p", 1), tape.batched("t", 1), tape.batched("losses", 1));
/// tape.push(ElementLoss::new(Huber { delta: 1.0 }, p, t, losses));
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(p, Values::Real(&[1.0]))?;
/// cpu.write(t, Values::Real(&[3.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(losses)?, [1.5]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Huber {
    /// `δ`, the distance from which on the loss grows as a line.
    pub delta: f32,
}

impl Pairwise for Huber {
    const NAME: &'static str = "huber";
    const SOURCES: &'static [Source] = &[shader!("loss/huber.wgsl")];
    const APPROXIMATED: [bool; 2] = [false, false];
    const PREDICTION: Domain = Domain::Any;
    const TARGET: Domain = Domain::Any;

    #[inline(always)]
    fn value<T: Real>(self, p: T, t: T) -> T {
        let (apart, delta, half) = ((p - t).abs(), T::of(self.delta.into()), T::of(0.5));
        if apart.is_infinite() {
            // A distance beyond the numbers of the type may have a loss within them.
            (delta * p - delta * t).abs()
        } else if apart > delta {
            delta * (apart - half * delta)
        } else {
            half * apart * apart
        }
    }

    #[inline(always)]
    fn slope<T: Real>(self, p: T, t: T) -> T {
        let (apart, delta) = (p - t, T::of(self.delta.into()));
        if apart.abs() > delta { delta.copysign(apart) } else { apart }
    }

    fn constants(self) -> Vec<(&'static str, f64)> {
        vec![("DELTA", self.delta.into())]
    }

    fn check_settings(self) -> Result<(), OpError> {
        if self.delta > 0.0 && self.delta.is_finite() {
            return Ok(());
        }
        Err(OpError::new(format!("has a delta of {}; it must be positive and finite", self.delta)))
    }

    fn example() -> Self {
        Self { delta: 0.75 }
    }
}

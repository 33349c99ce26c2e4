//! Mean absolute error.

use super::Pairwise;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `|p - t|`. Its slope where both are equal is 0.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::ElementLoss;
/// use wgrad::ops::loss::MeanAbsoluteError;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("loss", 1);
/// let (p, t, losses) = (tape.batched("p", 1), tape.batched("t", 1), tape.batched("losses", 1));
/// tape.push(ElementLoss::new(MeanAbsoluteError, p, t, losses));
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(p, Values::Real(&[1.0]))?;
/// cpu.write(t, Values::Real(&[3.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(losses)?, [2.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanAbsoluteError;

impl Pairwise for MeanAbsoluteError {
    const NAME: &'static str = "mean_absolute_error";
    const SOURCES: &'static [Source] = &[shader!("loss/mean_absolute_error.wgsl")];
    const APPROXIMATED: [bool; 2] = [false, false];
    const PREDICTION: Domain = Domain::Any;
    const TARGET: Domain = Domain::Any;

    #[inline(always)]
    fn value<T: Real>(self, p: T, t: T) -> T {
        (p - t).abs()
    }

    #[inline(always)]
    fn slope<T: Real>(self, p: T, t: T) -> T {
        let apart = p - t;
        if apart > T::zero() {
            T::one()
        } else if apart < T::zero() {
            -T::one()
        } else {
            apart
        }
    }

    fn example() -> Self {
        Self
    }
}

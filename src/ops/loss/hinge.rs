//! The hinge loss.

use super::Pairwise;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `max(0, 1 - t p)`, with targets of -1 and 1: the loss of support vector machines (Cortes and Vapnik, 1995).
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::ElementLoss;
/// use wgrad::ops::loss::Hinge;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("loss", 1);
/// let (p, t, losses) = (tape.batched("p", 1), tape.batched("t", 1), tape.batched("losses", 1));
/// tape.push(ElementLoss::new(Hinge, p, t, losses));
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(p, Values::Real(&[0.5]))?;
/// cpu.write(t, Values::Real(&[-1.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(losses)?, [1.5]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hinge;

impl Pairwise for Hinge {
    const NAME: &'static str = "hinge";
    const SOURCES: &'static [Source] = &[shader!("loss/hinge.wgsl")];
    const APPROXIMATED: [bool; 2] = [false, false];
    const PREDICTION: Domain = Domain::Any;
    const TARGET: Domain = Domain::Signed;

    #[inline(always)]
    fn value<T: Real>(self, p: T, t: T) -> T {
        let missing = T::one() - t * p;
        if missing < T::zero() { T::zero() } else { missing }
    }

    #[inline(always)]
    fn slope<T: Real>(self, p: T, t: T) -> T {
        let missing = T::one() - t * p;
        if missing > T::zero() {
            -t
        } else if missing.is_nan() {
            missing
        } else {
            T::zero()
        }
    }

    fn example() -> Self {
        Self
    }
}

//! The loss of quantiles.

use super::Pairwise;
use crate::error::OpError;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `q (t - p)` where the target is larger, else `(1 - q) (p - t)`: the least of it is the quantile `q` of the targets (Koenker and Bassett,
/// 1978), also called pinball loss. Its slope where both are equal is 0.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::ElementLoss;
/// use wgrad::ops::loss::Quantile;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("loss", 1);
/// let (p, t, losses) = (tape.batched("p", 1), tape.batched("t", 1), tape.batched("losses", 1));
/// tape.push(ElementLoss::new(Quantile { quantile: 0.75 }, p, t, losses));
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(p, Values::Real(&[1.0]))?;
/// cpu.write(t, Values::Real(&[3.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(losses)?, [1.5]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    /// `q`, from 0 to 1: 0.5 is half the absolute error, whose least is the median.
    pub quantile: f32,
}

impl Pairwise for Quantile {
    const NAME: &'static str = "quantile";
    const SOURCES: &'static [Source] = &[shader!("loss/quantile.wgsl")];
    const APPROXIMATED: [bool; 2] = [false, false];
    const PREDICTION: Domain = Domain::Any;
    const TARGET: Domain = Domain::Any;

    #[inline(always)]
    fn value<T: Real>(self, p: T, t: T) -> T {
        let (apart, q) = (p - t, T::of(self.quantile.into()));
        let share = if apart < T::zero() { q } else { T::one() - q };
        // A distance beyond the numbers of the type may have a loss within them.
        if apart.is_infinite() { (share * p - share * t).abs() } else { share * apart.abs() }
    }

    #[inline(always)]
    fn slope<T: Real>(self, p: T, t: T) -> T {
        let (apart, q) = (p - t, T::of(self.quantile.into()));
        if apart < T::zero() {
            -q
        } else if apart > T::zero() {
            T::one() - q
        } else {
            apart
        }
    }

    fn constants(self) -> Vec<(&'static str, f64)> {
        vec![("QUANTILE", self.quantile.into())]
    }

    fn check_settings(self) -> Result<(), OpError> {
        if self.quantile > 0.0 && self.quantile < 1.0 {
            return Ok(());
        }
        Err(OpError::new(format!("has a quantile of {}; it must lie between 0 and 1", self.quantile)))
    }

    fn example() -> Self {
        Self { quantile: 0.75 }
    }
}

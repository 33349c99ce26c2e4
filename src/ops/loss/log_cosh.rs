//! The logarithm of the hyperbolic cosine.

use super::Pairwise;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `ln cosh (p - t)`: half the square near 0, the distance less `ln 2` far away. Near 0 it is computed as `ln(1 + 2 sinh²(½ (p - t)))`,
/// which loses no digits. Its slope is `tanh (p - t)`.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::ElementLoss;
/// use wgrad::ops::loss::LogCosh;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("loss", 1);
/// let (p, t, losses) = (tape.batched("p", 1), tape.batched("t", 1), tape.batched("losses", 1));
/// tape.push(ElementLoss::new(LogCosh, p, t, losses));
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(p, Values::Real(&[3.0]))?;
/// cpu.write(t, Values::Real(&[3.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(losses)?, [0.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogCosh;

impl Pairwise for LogCosh {
    const NAME: &'static str = "log_cosh";
    const SOURCES: &'static [Source] = &[shader!("function/exp_m1.wgsl"), shader!("loss/log_cosh.wgsl")];
    const APPROXIMATED: [bool; 2] = [true, true];
    const PREDICTION: Domain = Domain::Any;
    const TARGET: Domain = Domain::Any;

    #[inline(always)]
    fn value<T: Real>(self, p: T, t: T) -> T {
        let apart = (p - t).abs();
        let (one, two) = (T::one(), T::of(2.0));
        // 2 sinh²(½ x) = (1 - e^-x)² / (2 e^-x).
        let less = (-apart).exp_m1_nonpositive();
        let near = (less * less / (two * (one + less))).min(one).ln_1p_unit();
        let far = apart - T::of(std::f64::consts::LN_2) + (-two * apart).exp_nonpositive().ln_1p_unit();
        if apart < one { near } else { far }
    }

    #[inline(always)]
    fn slope<T: Real>(self, p: T, t: T) -> T {
        (p - t).hyperbolic_tangent()
    }

    fn example() -> Self {
        Self
    }
}

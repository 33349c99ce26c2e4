//! The scaled exponential linear unit.

use super::{Elementwise, exponential};
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `f(x) = λ x` for `x > 0`, else `λ α (eˣ - 1)`, with slope `f + λ α` there. `λ` and `α` are such that a mean of 0 and a
/// variance of 1 stay, layer by layer (Klambauer, Unterthiner, Mayr and Hochreiter, 2017).
///
/// ```
/// use wgrad::ops::activation::{Elementwise, Selu};
///
/// assert!((Selu.value(1.0_f64) - 1.0507).abs() < 1e-4);
/// assert!((Selu.value(-30.0_f64) + 1.7581).abs() < 1e-4);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Selu;

const LAMBDA: f64 = 1.050_700_987_355_480_5;
const LAMBDA_ALPHA: f64 = 1.758_099_340_847_376_9;

impl Elementwise for Selu {
    const NAME: &'static str = "selu";
    const SLOPE_FROM_OUTPUT: bool = true;
    const VALUES: Domain = Domain::Any;
    const APPROXIMATED: bool = false;
    const SOURCES: &'static [Source] = &[
        shader!("function/exp_m1.wgsl"),
        shader!("activation/exponential.wgsl"),
        shader!("activation/selu.wgsl"),
    ];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        exponential::value(x, LAMBDA, LAMBDA_ALPHA)
    }

    #[inline(always)]
    fn slope<T: Real>(&self, y: T) -> T {
        exponential::slope(y, LAMBDA, LAMBDA_ALPHA)
    }

    fn example() -> Self {
        Self
    }
}

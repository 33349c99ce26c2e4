//! The logistic function.

use super::Elementwise;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `f(x) = 1 / (1 + e⁻ˣ)`, with slope `f (1 - f)`; computed from `e^-|x|`, which cannot overflow.
///
/// ```
/// use wgrad::ops::activation::{Elementwise, Sigmoid};
///
/// assert_eq!(Sigmoid.value(0.0), 0.5);
/// assert_eq!(Sigmoid.slope(0.5), 0.25); // from the value
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sigmoid;

impl Elementwise for Sigmoid {
    const NAME: &'static str = "sigmoid";
    const SLOPE_FROM_OUTPUT: bool = true;
    const VALUES: Domain = Domain::Unit;
    const APPROXIMATED: bool = true;
    const SOURCES: &'static [Source] = &[shader!("activation/sigmoid.wgsl")];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        let e = (-x.abs()).exp_nonpositive();
        if x >= T::zero() { T::one() / (T::one() + e) } else { e / (T::one() + e) }
    }

    #[inline(always)]
    fn slope<T: Real>(&self, y: T) -> T {
        y * (T::one() - y)
    }

    fn example() -> Self {
        Self
    }
}

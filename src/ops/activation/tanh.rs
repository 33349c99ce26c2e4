//! The hyperbolic tangent.

use super::Elementwise;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `f(x) = tanh x`, with slope `1 - f²`; computed as `(1 - f) (1 + f)`, which loses nothing near `±1`.
///
/// ```
/// use wgrad::ops::activation::{Elementwise, Tanh};
///
/// assert_eq!(Tanh.value(0.0), 0.0);
/// assert!((Tanh.value(0.5_f64) - 0.5_f64.tanh()).abs() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tanh;

impl Elementwise for Tanh {
    const NAME: &'static str = "tanh";
    const SLOPE_FROM_OUTPUT: bool = true;
    const VALUES: Domain = Domain::Signed;
    const APPROXIMATED: bool = true;
    const SOURCES: &'static [Source] = &[shader!("activation/tanh.wgsl")];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        x.hyperbolic_tangent()
    }

    #[inline(always)]
    fn slope<T: Real>(&self, y: T) -> T {
        (T::one() - y) * (T::one() + y)
    }

    fn example() -> Self {
        Self
    }
}

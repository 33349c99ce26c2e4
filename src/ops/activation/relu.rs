//! The rectified linear unit.

use super::Elementwise;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `f(x) = max(x, 0)`, with slope 0 at 0 (Nair and Hinton, 2010).
///
/// ```
/// use wgrad::ops::activation::{Elementwise, Relu};
///
/// assert_eq!([-2.0, 3.0].map(|x| Relu.value(x)), [0.0, 3.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Relu;

impl Elementwise for Relu {
    const NAME: &'static str = "relu";
    const SLOPE_FROM_OUTPUT: bool = true;
    const VALUES: Domain = Domain::NonNegative;
    const APPROXIMATED: bool = false;
    const SOURCES: &'static [Source] = &[shader!("activation/relu.wgsl")];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        // Of the two ways to say it, the one that keeps NaN: a network that has diverged must show it.
        if x < T::zero() { T::zero() } else { x }
    }

    #[inline(always)]
    fn slope<T: Real>(&self, y: T) -> T {
        if y > T::zero() { T::one() } else { T::zero() }
    }

    fn example() -> Self {
        Self
    }
}

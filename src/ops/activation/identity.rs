//! No activation.

use super::Elementwise;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `f(x) = x`: for linear layers.
///
/// ```
/// use wgrad::ops::activation::{Elementwise, Identity};
///
/// assert_eq!(Identity.value(-2.0), -2.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Identity;

impl Elementwise for Identity {
    const NAME: &'static str = "identity";
    const SLOPE_FROM_OUTPUT: bool = true;
    const VALUES: Domain = Domain::Any;
    const APPROXIMATED: bool = false;
    const SOURCES: &'static [Source] = &[shader!("activation/identity.wgsl")];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        x
    }

    #[inline(always)]
    fn slope<T: Real>(&self, _: T) -> T {
        T::one()
    }

    fn example() -> Self {
        Self
    }
}

//! What turns the negative of a squared distance into a radial basis function.

use super::Elementwise;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `f(x) = e^min(x, 0)`: at `−γ‖x − s‖²` the Gaussian radial basis function (Broomhead and Lowe, "Multivariable
/// Functional Interpolation and Adaptive Networks", 1988). Its slope is `f` below 0, and 0 from there on.
///
/// ```
/// use wgrad::ops::activation::{Elementwise, Radial};
///
/// assert_eq!(Radial.value(0.0), 1.0); // at the support vector
/// assert!((Radial.value(-1.0_f64) - (-1_f64).exp()).abs() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Radial;

impl Elementwise for Radial {
    const NAME: &'static str = "radial";
    const SLOPE_FROM_OUTPUT: bool = true;
    const VALUES: Domain = Domain::Unit;
    const APPROXIMATED: bool = true;
    const SOURCES: &'static [Source] = &[shader!("activation/radial.wgsl")];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        x.exp_nonpositive()
    }

    #[inline(always)]
    fn slope<T: Real>(&self, y: T) -> T {
        if y >= T::one() { T::zero() } else { y }
    }

    fn example() -> Self {
        Self
    }
}

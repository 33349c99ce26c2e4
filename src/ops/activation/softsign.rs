//! A sigmoid that tends to its limits slowly.

use super::Elementwise;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::{Real, clamped};

/// `f(x) = x / (1 + |x|)`, with slope `(1 - |f|)²` (Bergstra, Desjardins, Lamblin and Bengio, "Quadratic Polynomials Learn
/// Better Image Features", 2009).
///
/// ```
/// use wgrad::ops::activation::{Elementwise, Softsign};
///
/// assert_eq!([-1.0, 0.0, 3.0].map(|x| Softsign.value(x)), [-0.5, 0.0, 0.75]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Softsign;

/// Beyond ±this it is ±1, also where `x` is infinite.
const MOST: f64 = 1e30;

impl Elementwise for Softsign {
    const NAME: &'static str = "softsign";
    const SLOPE_FROM_OUTPUT: bool = true;
    const VALUES: Domain = Domain::Signed;
    const APPROXIMATED: bool = false;
    const SOURCES: &'static [Source] = &[shader!("activation/softsign.wgsl")];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        let near = clamped(x, T::of(-MOST), T::of(MOST));
        near / (T::one() + near.abs())
    }

    #[inline(always)]
    fn slope<T: Real>(&self, y: T) -> T {
        let left = T::one() - y.abs();
        left * left
    }

    fn example() -> Self {
        Self
    }
}

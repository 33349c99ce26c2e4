//! The Gaussian error linear unit.

use super::Elementwise;
use crate::kernel::{Source, shader};
use crate::op::Domain;
use crate::real::Real;

/// `f(x) = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`, the tanh form of Hendrycks and Gimpel (2016), equation 2.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gelu;

const SCALE: f64 = 0.797_884_560_802_865_4; // √(2/π)
const CUBIC: f64 = 0.044715;

impl Elementwise for Gelu {
    const NAME: &'static str = "gelu";
    const SLOPE_FROM_OUTPUT: bool = false;
    const VALUES: Domain = Domain::Any;
    const APPROXIMATED: bool = true;
    const SOURCE: Source = shader!("activation/gelu.wgsl");

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        let t = (T::of(SCALE) * (x + T::of(CUBIC) * x * x * x)).hyperbolic_tangent();
        T::of(0.5) * x * (T::one() + t)
    }

    #[inline(always)]
    fn slope<T: Real>(&self, x: T) -> T {
        // Beyond ±20 the slope is 0 or 1, and x² would overflow.
        let x = x.max(T::of(-20.0)).min(T::of(20.0));
        let t = (T::of(SCALE) * (x + T::of(CUBIC) * x * x * x)).hyperbolic_tangent();
        let inner = T::of(SCALE) * (T::one() + T::of(3.0 * CUBIC) * x * x);
        T::of(0.5) * (T::one() + t + x * (T::one() - t * t) * inner)
    }

    fn example() -> Self {
        Self
    }
}

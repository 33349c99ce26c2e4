//! The Gaussian error linear unit.

use super::{Elementwise, Sigmoid};
use crate::kernel::{Source, shader};
use crate::op::Domain;
use crate::real::Real;

/// `f(x) = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`, the tanh form of Hendrycks and Gimpel (2016), equation 2; computed
/// as `x / (1 + e^-v)` with `v = 2 √(2/π) (x + 0.044715 x³)`, which is the same and loses no digits where `tanh` is
/// near `±1`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gelu;

const SCALE: f64 = 1.595_769_121_605_730_8; // 2 √(2/π)
const CUBIC: f64 = 0.044715;

#[inline(always)]
fn v<T: Real>(x: T) -> T {
    T::of(SCALE) * (x + T::of(CUBIC) * x * x * x)
}

impl Elementwise for Gelu {
    const NAME: &'static str = "gelu";
    const SLOPE_FROM_OUTPUT: bool = false;
    const VALUES: Domain = Domain::Any;
    const APPROXIMATED: bool = true;
    const SOURCE: Source = shader!("activation/gelu.wgsl");

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        x * Sigmoid.value(v(x))
    }

    #[inline(always)]
    fn slope<T: Real>(&self, x: T) -> T {
        // Beyond ±20 the slope is 0 or 1, and x² would overflow.
        let x = x.max(T::of(-20.0)).min(T::of(20.0));
        let e = (-v(x).abs()).exp_nonpositive();
        let slope_of_v = T::of(SCALE) * (T::one() + T::of(3.0 * CUBIC) * x * x);
        let sigmoid_slope = e / ((T::one() + e) * (T::one() + e));
        Sigmoid.value(v(x)) + x * sigmoid_slope * slope_of_v
    }

    fn example() -> Self {
        Self
    }
}

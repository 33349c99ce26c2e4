//! Mish.

use super::Elementwise;
use super::gated::{MOST, root};
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::{Real, clamped};

/// `f(x) = x tanh(ln(1 + eˣ))` (Misra, 2020); computed as `x e (e + 2) / (e (e + 2) + 2)` with `e = eˣ`, which subtracts
/// nothing, and of a positive `x` with both sides divided by `e²`, so that nothing overflows.
///
/// ```
/// use wgrad::ops::activation::{Elementwise, Mish, Softplus};
///
/// assert!((Mish.value(2.0_f64) - 2.0 * Softplus.value(2.0_f64).tanh()).abs() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mish;

impl Elementwise for Mish {
    const NAME: &'static str = "mish";
    const SLOPE_FROM_OUTPUT: bool = false;
    const VALUES: Domain = Domain::Any;
    const APPROXIMATED: bool = true;
    const SOURCES: &'static [Source] = &[shader!("activation/gated.wgsl"), shader!("activation/mish.wgsl")];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        let (one, two) = (T::one(), T::of(2.0));
        let near = clamped(x, T::of(-MOST), T::of(MOST));
        let root = root(near);
        let e = root * root;
        let above = x * (one + two * e) / (one + two * e * (one + e));
        let below = near * root * (e + two) / (e * (e + two) + two) * root;
        if x < T::zero() { below } else { above }
    }

    #[inline(always)]
    fn slope<T: Real>(&self, x: T) -> T {
        let (one, two, four) = (T::one(), T::of(2.0), T::of(4.0));
        let near = clamped(x, T::of(-MOST), T::of(MOST));
        let root = root(near);
        let e = root * root;
        let high = one + two * e * (one + e);
        let above = (one + two * e + four * near * e * e * (one + e) / high) / high;
        let low = e * (e + two) + two;
        let below = root * (e + two + four * near * (one + e) / low) / low * root;
        if x < T::zero() { below } else { above }
    }

    fn example() -> Self {
        Self
    }
}

//! The tanh form of the Gaussian error linear unit.

use super::{Elementwise, gated};
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::{Real, clamped};

/// `f(x) = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`, the tanh form of Hendrycks and Gimpel (2016), equation 2; computed
/// as `x / (1 + e^-v)` with `v = 2 √(2/π) (x + 0.044715 x³)`, which is the same and loses no digits where `tanh` is
/// near `±1`. PyTorch and Keras call it `gelu` with `approximate="tanh"` and `approximate=True`; it is `gelu` in
/// summaries and files, as it was in version 0.1. [`Gelu`](super::Gelu) is what it approximates, to `5·10⁻⁴`.
///
/// ```
/// use wgrad::ops::activation::{Elementwise, Gelu, GeluTanh};
///
/// let difference = GeluTanh.value(1.0_f64) - Gelu.value(1.0);
/// assert!(difference.abs() < 5e-4 && difference != 0.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GeluTanh;

const SCALE: f64 = 1.595_769_121_605_730_8; // 2 √(2/π)
const CUBIC: f64 = 0.044715;

#[inline(always)]
fn inner<T: Real>(x: T) -> T {
    T::of(SCALE) * (x + T::of(CUBIC) * x * x * x)
}

impl Elementwise for GeluTanh {
    const NAME: &'static str = "gelu";
    const SLOPE_FROM_OUTPUT: bool = false;
    const VALUES: Domain = Domain::Any;
    const APPROXIMATED: bool = true;
    const SOURCES: &'static [Source] =
        &[shader!("activation/gated.wgsl"), shader!("activation/gelu_tanh.wgsl")];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        let near = clamped(x, T::of(-gated::MOST), T::of(gated::MOST));
        gated::value(x, near, inner(near))
    }

    #[inline(always)]
    fn slope<T: Real>(&self, x: T) -> T {
        let near = clamped(x, T::of(-gated::MOST), T::of(gated::MOST));
        let rise = near * T::of(SCALE) * (T::one() + T::of(3.0 * CUBIC) * near * near);
        gated::slope(near, inner(near), rise)
    }

    fn example() -> Self {
        Self
    }
}

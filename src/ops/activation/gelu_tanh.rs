//! The tanh form of the Gaussian error linear unit.

use super::Elementwise;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::{Real, clamped};

/// `f(x) = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`, the tanh form of Hendrycks and Gimpel (2016), equation 2; computed
/// as `x / (1 + e^-v)` with `v = 2 √(2/π) (x + 0.044715 x³)`, which is the same and loses no digits where `tanh` is
/// near `±1`. PyTorch and Keras call it `gelu` with `approximate="tanh"` and `approximate=True`; it is `gelu` in
/// summaries and files, as it was in version 0.1. [`Gelu`](super::Gelu) is what it approximates, to `5·10⁻⁴`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GeluTanh;

const SCALE: f64 = 1.595_769_121_605_730_8; // 2 √(2/π)
const CUBIC: f64 = 0.044715;

/// Beyond ±this, `e^-|v|` is 0.
const MOST: f64 = 40.0;

/// The root of `e^-|v|`: multiplied twice, it gives products that the power, where it is no normal number, would not.
#[inline(always)]
fn root<T: Real>(x: T) -> T {
    (T::of(-0.5 * SCALE) * (x + T::of(CUBIC) * x * x * x).abs()).exp_nonpositive()
}

impl Elementwise for GeluTanh {
    const NAME: &'static str = "gelu";
    const SLOPE_FROM_OUTPUT: bool = false;
    const VALUES: Domain = Domain::Any;
    const APPROXIMATED: bool = true;
    const SOURCE: Source = shader!("activation/gelu_tanh.wgsl");

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        let near = clamped(x, T::of(-MOST), T::of(MOST));
        let root = root(near);
        let share = T::one() / (T::one() + root * root);
        if x < T::zero() { near * root * root * share } else { x * share }
    }

    #[inline(always)]
    fn slope<T: Real>(&self, x: T) -> T {
        let x = clamped(x, T::of(-MOST), T::of(MOST));
        let root = root(x);
        let share = T::one() / (T::one() + root * root);
        let rise = x * T::of(SCALE) * (T::one() + T::of(3.0 * CUBIC) * x * x) * share;
        if x < T::zero() {
            root * root * share * (T::one() + rise)
        } else {
            share * (T::one() + rise * root * root)
        }
    }

    fn example() -> Self {
        Self
    }
}

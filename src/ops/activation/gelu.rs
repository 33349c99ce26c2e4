//! The Gaussian error linear unit.

use super::Elementwise;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::{Real, clamped};

/// `f(x) = x Φ(x) = x/2 (1 + erf(x/√2))` with the standard normal distribution `Φ` (Hendrycks and Gimpel, 2016), which
/// PyTorch and Keras take where nothing else is said. It is `gelu_erf` in summaries and files, where `gelu` is
/// [`GeluTanh`](super::GeluTanh).
///
/// ```
/// use wgrad::ops::activation::{Elementwise, Gelu};
///
/// assert!((Gelu.value(1.0_f64) - 0.841345).abs() < 1e-5); // Φ(1)
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gelu;

/// Beyond ±this, the tail of `Φ` is 0.
const MOST: f64 = 40.0;

const DENSITY_AT_0: f64 = 0.398_942_280_401_432_7; // 1 / √(2π)

/// `e^(-x²/2)`, with the rounding error of the square (Dekker, 1971), which the exponential would enlarge.
#[inline(always)]
fn bell<T: Real>(x: T) -> T {
    let shifted = x * T::of(4097.0);
    let high = shifted - (shifted - x);
    let low = x - high;
    let square = x * x;
    let lost = ((high * high - square) + (high + high) * low) + low * low;
    let bell = (T::of(-0.5) * square).exp_nonpositive();
    bell - bell * T::of(0.5) * lost
}

impl Elementwise for Gelu {
    const NAME: &'static str = "gelu_erf";
    const SLOPE_FROM_OUTPUT: bool = false;
    const VALUES: Domain = Domain::Any;
    const APPROXIMATED: bool = true;
    const SOURCES: &'static [Source] = &[shader!("activation/gelu.wgsl")];

    /// From the tail at `|x|`, so that nothing cancels where `x` is negative.
    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        let near = clamped(x, T::of(-MOST), T::of(MOST));
        let size = near.abs();
        let cut = near * size.scaled_tail() * bell(size);
        if x < T::zero() { cut } else { x - cut }
    }

    /// `Φ(x) + x e^(-x²/2) / √(2π)`.
    #[inline(always)]
    fn slope<T: Real>(&self, x: T) -> T {
        let size = clamped(x.abs(), T::zero(), T::of(MOST));
        let below = bell(size) * (size.scaled_tail() - T::of(DENSITY_AT_0) * size);
        if x < T::zero() { below } else { T::one() - below }
    }

    fn example() -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `x Φ(x)` and its slope, from Python's `math.erfc`: `tests/gelu/values.py` prints them.
    const VALUES: &[(f64, f64, f64)] = &[
        (-12.0, -2.1317785344932424e-32, -2.5578956616748956e-31),
        (-8.0, -4.9767684594174555e-15, -3.979607261086796e-14),
        (-5.0, -1.4332578593959731e-06, -7.146946001792295e-06),
        (-3.0, -0.004049694094890287, -0.011945647204183927),
        (-2.0, -0.04550026389635844, -0.0852318010781969),
        (-1.5, -0.10021080190328713, -0.12746919222997954),
        (-1.0, -0.15865525393145707, -0.08331547058768629),
        (-0.5, -0.15426876936299344, 0.13250487534383712),
        (-0.25, -0.10032341857926907, 0.30462664511636395),
        (0.25, 0.14967658142073093, 0.695373354883636),
        (0.5, 0.34573123063700656, 0.8674951246561629),
        (1.0, 0.8413447460685429, 1.0833154705876864),
        (1.5, 1.399789198096713, 1.1274691922299795),
        (2.0, 1.9544997361036416, 1.085231801078197),
        (3.0, 2.99595030590511, 1.011945647204184),
        (5.0, 4.99999856674214, 1.0000071469460017),
        (8.0, 7.999999999999995, 1.0000000000000397),
        (12.0, 12.0, 1.0),
    ];

    #[test]
    fn values_and_slopes_are_relatively_right_in_both_precisions() {
        for &(x, value, slope) in VALUES {
            let double = [Gelu.value(x) / value, Gelu.slope(x) / slope].map(|ratio| (ratio - 1.0).abs());
            assert!(double.iter().all(|far| *far < 2e-14), "{x}: {double:?}");
            let single = [Gelu.value(x as f32), Gelu.slope(x as f32)].map(f64::from);
            let single = [single[0] / value, single[1] / slope].map(|ratio| (ratio - 1.0).abs());
            assert!(single.iter().all(|far| *far < 1e-6), "{x}: {single:?}");
        }
    }
}

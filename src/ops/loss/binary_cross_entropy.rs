//! Binary cross-entropy from probabilities.

use super::Pairwise;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::{Real, clamped};

/// `-t ln p - (1 - t) ln (1 - p)`, with `p` clamped to `2⁻²³..=1 - 2⁻²³` (Goodfellow, Bengio and Courville, *Deep
/// Learning*, 2016, section 6.2.2). The logits' form is the more exact one.
///
/// ```
/// use wgrad::ops::loss::{BinaryCrossEntropy, Pairwise};
///
/// assert!((BinaryCrossEntropy.value(0.5_f64, 1.0) - 2_f64.ln()).abs() < 1e-6);
/// assert!(BinaryCrossEntropy.value(0.0_f64, 1.0).is_finite()); // by the clamp
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryCrossEntropy;

/// The least `p`: `1 - p` is then a number of every precision, and the logarithm never sees 0.
const LEAST: f64 = f32::EPSILON as f64;

#[inline(always)]
fn inside<T: Real>(p: T) -> T {
    clamped(p, T::of(LEAST), T::of(1.0 - LEAST))
}

impl Pairwise for BinaryCrossEntropy {
    const NAME: &'static str = "binary_cross_entropy";
    const SOURCES: &'static [Source] = &[shader!("loss/binary_cross_entropy.wgsl")];
    const APPROXIMATED: [bool; 2] = [true, false];
    const PREDICTION: Domain = Domain::Unit;
    const TARGET: Domain = Domain::Unit;

    #[inline(always)]
    fn value<T: Real>(self, p: T, t: T) -> T {
        let p = inside(p);
        -(t * p.ln() + (T::one() - t) * (-p).ln_1p())
    }

    #[inline(always)]
    fn slope<T: Real>(self, p: T, t: T) -> T {
        let p = inside(p);
        (p - t) / (p * (T::one() - p))
    }

    fn example() -> Self {
        Self
    }
}

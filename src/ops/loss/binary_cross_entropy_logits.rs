//! Binary cross-entropy from logits.

use super::Pairwise;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `|z| (1 - t) + ln (1 + e^-|z|)` for `z ≥ 0`, else `|z| t + ln (1 + e^-|z|)`:
/// [`BinaryCrossEntropy`](super::BinaryCrossEntropy) of `p = sigmoid(z)`, in a form that neither overflows nor subtracts
/// large numbers.
///
/// ```
/// use wgrad::ops::loss::{BinaryCrossEntropyLogits, Pairwise};
///
/// assert!((BinaryCrossEntropyLogits.value(0.0_f64, 1.0) - 2_f64.ln()).abs() < 1e-6);
/// assert_eq!(BinaryCrossEntropyLogits.value(-500.0_f64, 1.0), 500.0); // a clamped probability gives 16
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryCrossEntropyLogits;

impl Pairwise for BinaryCrossEntropyLogits {
    const NAME: &'static str = "binary_cross_entropy_logits";
    const SOURCES: &'static [Source] = &[shader!("loss/binary_cross_entropy_logits.wgsl")];
    const APPROXIMATED: [bool; 2] = [true, true];
    const PREDICTION: Domain = Domain::Any;
    const TARGET: Domain = Domain::Unit;

    #[inline(always)]
    fn value<T: Real>(self, z: T, t: T) -> T {
        let missing = if z >= T::zero() { T::one() - t } else { t };
        // Nothing is missing of a prediction that is right, however large it is.
        let far = if missing == T::zero() { T::zero() } else { z.abs() * missing };
        far + (-z.abs()).exp_nonpositive().ln_1p()
    }

    #[inline(always)]
    fn slope<T: Real>(self, z: T, t: T) -> T {
        let e = (-z.abs()).exp_nonpositive();
        let least = e / (T::one() + e);
        if z >= T::zero() { (T::one() - t) - least } else { least - t }
    }

    fn example() -> Self {
        Self
    }
}

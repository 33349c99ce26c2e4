//! Binary cross-entropy from probabilities.

use super::Pairwise;
use crate::kernel::{Source, shader};
use crate::op::Domain;
use crate::real::Real;

/// `-t ln p - (1 - t) ln (1 - p)`, with `p` clamped to `10⁻⁷..=1 - 10⁻⁷` (Goodfellow, Bengio and Courville, *Deep
/// Learning*, 2016, section 6.2.2). The logits' form is the more exact one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryCrossEntropy;

/// The logarithm never sees 0.
fn clamped<T: Real>(p: T) -> T {
    p.max(T::of(1e-7)).min(T::of(1.0 - 1e-7))
}

impl Pairwise for BinaryCrossEntropy {
    const NAME: &'static str = "binary_cross_entropy";
    const SOURCE: Source = shader!("loss/binary_cross_entropy.wgsl");
    const PREDICTION: Domain = Domain::Unit;
    const TARGET: Domain = Domain::Unit;

    #[inline(always)]
    fn value<T: Real>(p: T, t: T) -> T {
        let p = clamped(p);
        -(t * p.ln() + (T::one() - t) * (T::one() - p).ln())
    }

    #[inline(always)]
    fn slope<T: Real>(p: T, t: T) -> T {
        let p = clamped(p);
        (p - t) / (p * (T::one() - p))
    }
}

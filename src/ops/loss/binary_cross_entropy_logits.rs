//! Binary cross-entropy from logits.

use super::Pairwise;
use crate::kernel::{Source, shader};
use crate::op::Domain;
use crate::ops::activation::{Elementwise, Sigmoid};
use crate::real::Real;

/// `max(z, 0) - z t + ln (1 + e^-|z|)`: [`BinaryCrossEntropy`](super::BinaryCrossEntropy) of `p = sigmoid(z)`, in the
/// form that cannot overflow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryCrossEntropyLogits;

impl Pairwise for BinaryCrossEntropyLogits {
    const NAME: &'static str = "binary_cross_entropy_logits";
    const SOURCE: Source = shader!("loss/binary_cross_entropy_logits.wgsl");
    const APPROXIMATED: [bool; 2] = [true, true];
    const PREDICTION: Domain = Domain::Any;
    const TARGET: Domain = Domain::Unit;

    #[inline(always)]
    fn value<T: Real>(z: T, t: T) -> T {
        z.max(T::zero()) - z * t + (-z.abs()).exp_nonpositive().ln_1p()
    }

    #[inline(always)]
    fn slope<T: Real>(z: T, t: T) -> T {
        Sigmoid.value(z) - t
    }
}

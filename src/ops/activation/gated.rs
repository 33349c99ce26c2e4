//! What SiLU, Mish and GELU's tanh form share: numbers times a share that vanishes where they are negative.

use crate::program::real::Real;

/// Beyond ±this, `e^-|v|` is 0 in either precision, also where it is the product of two roots.
pub(super) const MOST: f64 = 2_000.0;

/// The root of `e^-|v|`: multiplied twice, it gives products that the power, where it is no normal number, would not.
#[inline(always)]
pub(super) fn root<T: Real>(v: T) -> T {
    (T::of(-0.5) * v.abs()).exp_nonpositive()
}

/// `x / (1 + e^-v)` for a `v` with the sign of `x`; `near` is `x` within ±`MOST`.
#[inline(always)]
pub(super) fn value<T: Real>(x: T, near: T, v: T) -> T {
    let root = root(v);
    let share = T::one() / (T::one() + root * root);
    if x < T::zero() { near * root * root * share } else { x * share }
}

/// Its slope, where `rise` is `near` times the slope of `v`.
#[inline(always)]
pub(super) fn slope<T: Real>(near: T, v: T, rise: T) -> T {
    let root = root(v);
    let share = T::one() / (T::one() + root * root);
    let steep = rise * share;
    if near < T::zero() {
        root * share * (T::one() + steep) * root
    } else {
        share * (T::one() + steep * root * root)
    }
}

//! What ELU and SELU share: a line, and an exponential below 0.

use crate::program::real::Real;

/// `above · x` for `x > 0`, else `below · (eˣ - 1)`.
#[inline(always)]
pub(super) fn value<T: Real>(x: T, above: f64, below: f64) -> T {
    let saturated = T::of(below) * x.exp_m1_nonpositive();
    if x > T::zero() { T::of(above) * x } else { saturated }
}

/// Its slope, from its value.
#[inline(always)]
pub(super) fn slope<T: Real>(y: T, above: f64, below: f64) -> T {
    if y > T::zero() { T::of(above) } else { y + T::of(below) }
}

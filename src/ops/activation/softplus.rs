//! A smooth rectified linear unit.

use super::Elementwise;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `f(x) = ln(1 + eˣ)`, with slope `1 - e^-f` (Dugas, Bengio, Bélisle, Nadeau and Garcia, 2001); computed as
/// `max(x, 0) + ln(1 + e^-|x|)`, which cannot overflow.
///
/// ```
/// use wgrad::ops::activation::{Elementwise, Softplus};
///
/// assert!((Softplus.value(0.0_f64) - 2_f64.ln()).abs() < 1e-6);
/// assert_eq!(Softplus.value(1000.0), 1000.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Softplus;

impl Elementwise for Softplus {
    const NAME: &'static str = "softplus";
    const SLOPE_FROM_OUTPUT: bool = true;
    const VALUES: Domain = Domain::NonNegative;
    const APPROXIMATED: bool = true;
    const SOURCES: &'static [Source] = &[
        shader!("function/ln_1p.wgsl"),
        shader!("function/exp_m1.wgsl"),
        shader!("activation/softplus.wgsl"),
    ];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        let above = if x > T::zero() { x } else { T::zero() };
        above + (-x.abs()).exp_nonpositive().ln_1p_unit()
    }

    #[inline(always)]
    fn slope<T: Real>(&self, y: T) -> T {
        -(-y).exp_m1_nonpositive()
    }

    fn example() -> Self {
        Self
    }
}

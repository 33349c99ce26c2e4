//! The sigmoid linear unit.

use super::{Elementwise, gated};
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::{Real, clamped};

/// `f(x) = x / (1 + e⁻ˣ)` (Hendrycks and Gimpel, 2016; Elfwing, Uchibe and Doya, 2018), which is also called Swish
/// (Ramachandran, Zoph and Le, 2017).
///
/// ```
/// use wgrad::ops::activation::{Elementwise, Sigmoid, Silu};
///
/// assert!((Silu.value(2.0_f64) - 2.0 * Sigmoid.value(2.0)).abs() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Silu;

impl Elementwise for Silu {
    const NAME: &'static str = "silu";
    const SLOPE_FROM_OUTPUT: bool = false;
    const VALUES: Domain = Domain::Any;
    const APPROXIMATED: bool = true;
    const SOURCES: &'static [Source] = &[shader!("activation/gated.wgsl"), shader!("activation/silu.wgsl")];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        let near = clamped(x, T::of(-gated::MOST), T::of(gated::MOST));
        gated::value(x, near, near)
    }

    #[inline(always)]
    fn slope<T: Real>(&self, x: T) -> T {
        let near = clamped(x, T::of(-gated::MOST), T::of(gated::MOST));
        gated::slope(near, near, near)
    }

    fn example() -> Self {
        Self
    }
}

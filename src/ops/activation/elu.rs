//! The exponential linear unit.

use super::{Elementwise, exponential};
use crate::error::OpError;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `f(x) = x` for `x > 0`, else `α (eˣ - 1)`, with slope `f + α` there (Clevert, Unterthiner and Hochreiter, 2016).
///
/// ```
/// use wgrad::ops::activation::{Elementwise, Elu};
///
/// let elu = Elu { alpha: 0.5 };
/// assert_eq!(elu.value(3.0), 3.0);
/// assert!((elu.value(-30.0_f64) + 0.5).abs() < 1e-9);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Elu {
    /// `α`, the negative of what it tends to; not negative, so that the sign of `f(x)` tells the slope.
    pub alpha: f32,
}

impl Default for Elu {
    /// `α = 1`.
    fn default() -> Self {
        Self { alpha: 1.0 }
    }
}

impl Elementwise for Elu {
    const NAME: &'static str = "elu";
    const SLOPE_FROM_OUTPUT: bool = true;
    const VALUES: Domain = Domain::Any;
    const APPROXIMATED: bool = false;
    const SOURCES: &'static [Source] = &[
        shader!("function/exp_m1.wgsl"),
        shader!("activation/exponential.wgsl"),
        shader!("activation/elu.wgsl"),
    ];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        exponential::value(x, 1.0, self.alpha.into())
    }

    #[inline(always)]
    fn slope<T: Real>(&self, y: T) -> T {
        exponential::slope(y, 1.0, self.alpha.into())
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        vec![("ALPHA", self.alpha.into())]
    }

    fn check(&self) -> Result<(), OpError> {
        let alpha = self.alpha;
        if alpha.is_finite() && alpha >= 0.0 {
            return Ok(());
        }
        Err(OpError::new(format!("it has an alpha of {alpha}; it must be finite and at least 0")))
    }

    fn set(&mut self, constant: &str, value: f32) {
        if constant == "ALPHA" {
            self.alpha = value;
        }
    }

    fn example() -> Self {
        Self::default()
    }
}

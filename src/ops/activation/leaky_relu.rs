//! The leaky rectified linear unit.

use super::Elementwise;
use crate::error::OpError;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `f(x) = x` for `x > 0`, else `a x` (Maas, Hannun and Ng, 2013).
///
/// ```
/// use wgrad::ops::activation::{Elementwise, LeakyRelu};
///
/// let leaky = LeakyRelu { negative_slope: 0.25 };
/// assert_eq!([-2.0, 3.0].map(|x| leaky.value(x)), [-0.5, 3.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeakyRelu {
    /// `a`, the slope of the negative side; not negative, so that the sign of `f(x)` tells the slope.
    pub negative_slope: f32,
}

impl Default for LeakyRelu {
    /// `a = 0.01`.
    fn default() -> Self {
        Self { negative_slope: 0.01 }
    }
}

impl Elementwise for LeakyRelu {
    const NAME: &'static str = "leaky_relu";
    const SLOPE_FROM_OUTPUT: bool = true;
    const VALUES: Domain = Domain::Any;
    const APPROXIMATED: bool = false;
    const SOURCES: &'static [Source] = &[shader!("activation/leaky_relu.wgsl")];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        // A slope of 0 makes 0 of all that is negative, which a product would not do of -∞.
        let below =
            if self.negative_slope == 0.0 { T::zero() } else { T::of(self.negative_slope.into()) * x };
        if x < T::zero() { below } else { x }
    }

    #[inline(always)]
    fn slope<T: Real>(&self, y: T) -> T {
        if y > T::zero() { T::one() } else { T::of(self.negative_slope.into()) }
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        vec![("NEGATIVE_SLOPE", self.negative_slope.into())]
    }

    fn check(&self) -> Result<(), OpError> {
        let slope = self.negative_slope;
        if slope.is_finite() && slope >= 0.0 {
            return Ok(());
        }
        Err(OpError::new(format!("it has a negative slope of {slope}; it must be finite and at least 0")))
    }

    fn set(&mut self, constant: &str, value: f32) {
        if constant == "NEGATIVE_SLOPE" {
            self.negative_slope = value;
        }
    }

    fn example() -> Self {
        Self::default()
    }
}

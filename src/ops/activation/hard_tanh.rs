//! The hyperbolic tangent in straight lines.

use super::Elementwise;
use crate::error::OpError;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::{Real, clamped};

/// `f(x) = x` from `min` to `max`, else the nearer of them, with slope 0 there (Collobert, *Large Scale Machine Learning*,
/// 2004).
///
/// ```
/// use wgrad::ops::activation::{Elementwise, HardTanh};
///
/// assert_eq!([-3.0, 0.5, 3.0].map(|x| HardTanh::default().value(x)), [-1.0, 0.5, 1.0]);
/// assert_eq!(HardTanh { min: 0.0, max: 6.0 }.value(9.0), 6.0); // ReLU6
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HardTanh {
    /// The least value.
    pub min: f32,
    /// The largest value.
    pub max: f32,
}

impl Default for HardTanh {
    /// From -1 to 1.
    fn default() -> Self {
        Self { min: -1.0, max: 1.0 }
    }
}

impl Elementwise for HardTanh {
    const NAME: &'static str = "hard_tanh";
    const SLOPE_FROM_OUTPUT: bool = true;
    // Its bounds are settings.
    const VALUES: Domain = Domain::Any;
    const APPROXIMATED: bool = false;
    const SOURCES: &'static [Source] = &[shader!("activation/hard_tanh.wgsl")];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        clamped(x, T::of(self.min.into()), T::of(self.max.into()))
    }

    #[inline(always)]
    fn slope<T: Real>(&self, y: T) -> T {
        let inside = y > T::of(self.min.into()) && y < T::of(self.max.into());
        if inside { T::one() } else { T::zero() }
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        vec![("MIN", self.min.into()), ("MAX", self.max.into())]
    }

    fn check(&self) -> Result<(), OpError> {
        let Self { min, max } = self;
        if min.is_finite() && max.is_finite() && min < max {
            return Ok(());
        }
        Err(OpError::new(format!(
            "it goes from {min} to {max}; both must be finite, and the first less than the other"
        )))
    }

    fn set(&mut self, constant: &str, value: f32) {
        match constant {
            "MIN" => self.min = value,
            "MAX" => self.max = value,
            _ => {}
        }
    }

    fn example() -> Self {
        Self::default()
    }
}

//! Mean squared error.

use super::Pairwise;
use crate::program::kernel::{Source, shader};
use crate::program::op::Domain;
use crate::program::real::Real;

/// `(p - t)²`, averaged over all elements: of the sample here, of the batch by the mean over samples.
///
/// ```
/// use wgrad::ops::loss::{MeanSquaredError, Pairwise};
///
/// assert_eq!(MeanSquaredError.value(1.0, 3.0), 4.0);
/// assert_eq!(MeanSquaredError.slope(1.0, 3.0), -4.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanSquaredError;

impl Pairwise for MeanSquaredError {
    const NAME: &'static str = "mean_squared_error";
    const SOURCES: &'static [Source] = &[shader!("loss/mean_squared_error.wgsl")];
    const APPROXIMATED: [bool; 2] = [false, false];
    const PREDICTION: Domain = Domain::Any;
    const TARGET: Domain = Domain::Any;

    #[inline(always)]
    fn value<T: Real>(self, p: T, t: T) -> T {
        (p - t) * (p - t)
    }

    #[inline(always)]
    fn slope<T: Real>(self, p: T, t: T) -> T {
        T::of(2.0) * (p - t)
    }

    fn example() -> Self {
        Self
    }
}

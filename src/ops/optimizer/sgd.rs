//! Stochastic gradient descent.

use super::Rule;
use crate::program::Batch;
use crate::program::kernel::{Source, shader};
use crate::program::real::Real;

/// `w -= rate · g`.
///
/// ```
/// use wgrad::ops::optimizer::{Sgd, Rule};
/// use wgrad::program::Batch;
///
/// let batch = Batch { rate: 0.5, ..Batch::of(1) };
/// let (w, _) = Sgd.update(&batch, 1.0, 4.0, [0.0; 2]);
/// assert_eq!(w, -1.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd;

impl Rule for Sgd {
    const NAME: &'static str = "sgd";
    const MOMENTS: usize = 0;
    const SQUARES: bool = false;
    const SOURCE: Source = shader!("optimizer/sgd.wgsl");

    #[inline(always)]
    fn update<T: Real>(&self, batch: &Batch, w: T, g: T, moments: [T; 2]) -> (T, [T; 2]) {
        (w - T::of(batch.rate.into()) * g, moments)
    }

    fn scale(&self, batch: &Batch) -> Option<f32> {
        Some(-batch.rate)
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    fn examples() -> Vec<Self> {
        vec![Self]
    }
}

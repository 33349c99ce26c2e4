//! Stochastic gradient descent.

use super::Rule;
use crate::program::Batch;
use crate::program::kernel::{Source, shader};
use crate::program::real::Real;

/// `w -= rate · g`.
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

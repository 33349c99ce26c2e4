//! Averages of weights.

use super::Rule;
use crate::program::Batch;
use crate::program::kernel::{Source, shader};
use crate::program::real::Real;

/// `a += share · (w - a)` of an average `a`, which an [`Update`](super::Update) takes in place of parameters, and of parameters `w` in
/// place of gradients; [`Batch::average`] is the share.
///
/// With the share `(1 - β) / (1 - βᵗ)` in step `t` this is the mean of all weights since the first step, each counting `β` times as
/// much as the next (Kingma and Ba, 2015, section 7.2).
///
/// ```
/// use wgrad::ops::optimizer::{Rule, WeightAverage};
/// use wgrad::program::Batch;
///
/// let quarter = Batch { average: 0.25, ..Batch::of(1) };
/// assert_eq!(WeightAverage.update(&quarter, 1.0_f64, 5.0, [0.0; 2]).0, 2.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightAverage;

impl Rule for WeightAverage {
    const NAME: &'static str = "weight_average";
    const MOMENTS: usize = 0;
    const SQUARES: bool = false;
    const SOURCE: Source = shader!("optimizer/weight_average.wgsl");

    #[inline(always)]
    fn update<T: Real>(&self, batch: &Batch, average: T, w: T, moments: [T; 2]) -> (T, [T; 2]) {
        (average + T::of(batch.average.into()) * (w - average), moments)
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    fn examples() -> Vec<Self> {
        vec![Self]
    }
}

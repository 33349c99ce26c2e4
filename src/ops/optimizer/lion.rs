//! Lion.

use super::Rule;
use crate::program::Batch;
use crate::program::kernel::{Source, shader};
use crate::program::real::Real;

/// `w -= rate · sign(β₁ m + (1 - β₁) g)`, then `m = β₂ m + (1 - β₂) g` (Chen et al., *Symbolic Discovery of Optimization
/// Algorithms*, 2023, algorithm 2). The sign of 0 is 0.
///
/// ```
/// use wgrad::ops::optimizer::{Lion, Rule};
/// use wgrad::program::Batch;
///
/// let batch = Batch { rate: 0.25, ..Batch::of(1) };
/// let (w, [m, _]) = Lion { beta1: 0.5, beta2: 0.75 }.update(&batch, 1.0, 4.0, [-8.0, 0.0]);
/// assert_eq!((w, m), (1.25, -5.0)); // half of each is -2
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lion {
    /// `β₁`, the share of the mean in the direction of a step.
    pub beta1: f32,
    /// `β₂`, the share of the mean that is kept.
    pub beta2: f32,
}

impl Rule for Lion {
    const NAME: &'static str = "lion";
    const MOMENTS: usize = 1;
    const SQUARES: bool = false;
    const SOURCE: Source = shader!("optimizer/lion.wgsl");

    #[inline(always)]
    fn update<T: Real>(&self, batch: &Batch, w: T, g: T, [m, other]: [T; 2]) -> (T, [T; 2]) {
        let mean = |beta: f32| {
            let beta = T::of(beta.into());
            beta * m + (T::one() - beta) * g
        };
        let along = mean(self.beta1);
        let sign = if along == T::zero() { along } else { along.signum() };
        (w - T::of(batch.rate.into()) * sign, [mean(self.beta2), other])
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        vec![("BETA1", self.beta1.into()), ("BETA2", self.beta2.into())]
    }

    fn examples() -> Vec<Self> {
        vec![Self { beta1: 0.9, beta2: 0.99 }]
    }
}

//! The step of LAMB, before it is scaled.

use super::Rule;
use crate::program::Batch;
use crate::program::kernel::{Source, shader};
use crate::program::real::Real;

/// What Adam subtracts at learning rate 1, in place of a parameter: `m = β₁ m + (1 - β₁) g`, `v = β₂ v + (1 - β₂) g²`, then
/// `m̂ / (√v̂ + ε)` (You et al., 2020, algorithm 2). [`TrustRatio`](crate::ops::TrustRatio) makes the step of it.
///
/// ```
/// use wgrad::ops::optimizer::{LambStep, Rule};
/// use wgrad::program::Batch;
///
/// let rule = LambStep { beta1: 0.9, beta2: 0.999, epsilon: 1e-6 };
/// let first = Batch { corrections: rule.corrections(1), ..Batch::of(1) };
/// let (step, _) = rule.update(&first, 7.0_f64, -4.0, [0.0; 2]);
/// assert!((step + 1.0).abs() < 1e-5); // whatever was there before
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LambStep {
    /// `β₁`, the share of the mean of gradients that is kept.
    pub beta1: f32,
    /// `β₂`, the share of the mean of squares that is kept.
    pub beta2: f32,
    /// `ε`, which keeps the divisor from 0.
    pub epsilon: f32,
}

impl Rule for LambStep {
    const NAME: &'static str = "lamb_step";
    const MOMENTS: usize = 2;
    const SQUARES: bool = true;
    const CORRECTED: bool = true;
    const SOURCE: Source = shader!("optimizer/lamb_step.wgsl");

    #[inline(always)]
    fn update<T: Real>(&self, batch: &Batch, _: T, g: T, [m, v]: [T; 2]) -> (T, [T; 2]) {
        let (beta1, beta2) = (T::of(self.beta1.into()), T::of(self.beta2.into()));
        let m = beta1 * m + (T::one() - beta1) * g;
        let v = beta2 * v + (T::one() - beta2) * g * g;
        let [c1, c2, _] = batch.corrections.map(|c| T::of(c.into()));
        (m * c1 / ((v * c2).sqrt() + T::of(self.epsilon.into())), [m, v])
    }

    fn betas(&self) -> [f32; 3] {
        [self.beta1, self.beta2, 0.0]
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        vec![("BETA1", self.beta1.into()), ("BETA2", self.beta2.into()), ("EPSILON", self.epsilon.into())]
    }

    fn examples() -> Vec<Self> {
        vec![Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-6 }]
    }
}

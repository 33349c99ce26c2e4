//! Adamax.

use super::Rule;
use crate::program::Batch;
use crate::program::kernel::{Source, shader};
use crate::program::real::Real;

/// `m = β₁ m + (1 - β₁) g`, `u = max(β₂ u, |g| + ε)`, then `w -= rate · m̂ / u` with `m̂ = m / (1 - β₁ᵗ)`: Adam by the largest
/// gradient instead of the mean of squares (Kingma and Ba, 2015, algorithm 2; `ε` as in PyTorch). The batch brings the correction,
/// or [`Update::denominators`](super::Update::denominators).
///
/// ```
/// use wgrad::ops::optimizer::{Adamax, Rule};
/// use wgrad::program::Batch;
///
/// let rule = Adamax { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
/// let first = Batch { rate: 0.5, corrections: rule.corrections(1), ..Batch::of(1) };
/// let (w, [_, u]) = rule.update(&first, 1.0_f64, 4.0, [0.0; 2]);
/// assert!((w - 0.5).abs() < 1e-6 && (u - 4.0).abs() < 1e-6); // the first step is the learning rate
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adamax {
    /// `β₁`, the share of the mean of gradients that is kept.
    pub beta1: f32,
    /// `β₂`, the share of the largest size that is kept.
    pub beta2: f32,
    /// `ε`, which keeps the divisor from 0.
    pub epsilon: f32,
}

impl Rule for Adamax {
    const NAME: &'static str = "adamax";
    const MOMENTS: usize = 2;
    const SQUARES: bool = true;
    const CORRECTED: bool = true;
    const SOURCE: Source = shader!("optimizer/adamax.wgsl");

    #[inline(always)]
    fn update<T: Real>(&self, batch: &Batch, w: T, g: T, [m, u]: [T; 2]) -> (T, [T; 2]) {
        let beta1 = T::of(self.beta1.into());
        let m = beta1 * m + (T::one() - beta1) * g;
        let (kept, size) = (T::of(self.beta2.into()) * u, g.abs() + T::of(self.epsilon.into()));
        let u = if kept > size { kept } else { size };
        (w - T::of(batch.rate.into()) * (m * T::of(batch.corrections[0].into()) / u), [m, u])
    }

    fn betas(&self) -> [f32; 3] {
        [self.beta1, 0.0, 0.0]
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        vec![("BETA1", self.beta1.into()), ("BETA2", self.beta2.into()), ("EPSILON", self.epsilon.into())]
    }

    fn examples() -> Vec<Self> {
        vec![Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }]
    }
}

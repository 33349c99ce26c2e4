//! Adam.

use super::Rule;
use crate::program::Batch;
use crate::program::kernel::{Source, shader};
use crate::program::real::Real;

/// `m = β₁ m + (1 - β₁) g`, `v = β₂ v + (1 - β₂) g²`, then `w -= rate · m̂ / (√v̂ + ε)` with `m̂ = m / (1 - β₁ᵗ)` and
/// `v̂ = v / (1 - β₂ᵗ)` (Kingma and Ba, 2015, algorithm 1). The batch brings both corrections, or
/// [`Update::denominators`](super::Update::denominators).
///
/// ```
/// use wgrad::ops::optimizer::{Adam, Rule};
/// use wgrad::program::Batch;
///
/// let rule = Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
/// let first = Batch { rate: 0.5, corrections: rule.corrections(1), ..Batch::of(1) };
/// let (w, _) = rule.update(&first, 1.0_f64, 4.0, [0.0; 2]);
/// assert!((w - 0.5).abs() < 1e-6); // the first step is the learning rate
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// `β₁`, the share of the mean of gradients that is kept.
    pub beta1: f32,
    /// `β₂`, the share of the mean of squares that is kept.
    pub beta2: f32,
    /// `ε`, which keeps the divisor from 0.
    pub epsilon: f32,
}

impl Rule for Adam {
    const NAME: &'static str = "adam";
    const MOMENTS: usize = 2;
    const SQUARES: bool = true;
    const CORRECTED: bool = true;
    const SOURCE: Source = shader!("optimizer/adam.wgsl");

    #[inline(always)]
    fn update<T: Real>(&self, batch: &Batch, w: T, g: T, [m, v]: [T; 2]) -> (T, [T; 2]) {
        let (beta1, beta2) = (T::of(self.beta1.into()), T::of(self.beta2.into()));
        let m = beta1 * m + (T::one() - beta1) * g;
        let v = beta2 * v + (T::one() - beta2) * g * g;
        let [c1, c2, _] = batch.corrections.map(|c| T::of(c.into()));
        let step = m * c1 / ((v * c2).sqrt() + T::of(self.epsilon.into()));
        (w - T::of(batch.rate.into()) * step, [m, v])
    }

    fn betas(&self) -> [f32; 3] {
        [self.beta1, self.beta2, 0.0]
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        vec![("BETA1", self.beta1.into()), ("BETA2", self.beta2.into()), ("EPSILON", self.epsilon.into())]
    }

    fn examples() -> Vec<Self> {
        vec![Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }]
    }
}

//! NAdam.

use super::{Rule, correction};
use crate::program::Batch;
use crate::program::kernel::{Source, shader};
use crate::program::real::Real;

/// What the distance of `μ` from `β₁` keeps of itself in a step, to the power of `ψ`.
const KEPT: f64 = 0.96;

/// Adam with Nesterov's momentum (Dozat, 2016; its schedule of `μ` as in PyTorch): `m = β₁ m + (1 - β₁) g`,
/// `v = β₂ v + (1 - β₂) g²`, then `w -= rate · ((1 - μₜ) / (1 - Πₜ) g + μₜ₊₁ / (1 - Πₜ₊₁) m) / (√v̂ + ε)` with
/// `v̂ = v / (1 - β₂ᵗ)`, `μₜ = β₁ (1 - 0.96^(tψ) / 2)` and `Πₜ = μ₁ μ₂ … μₜ`.
///
/// The batch brings three corrections, or [`Update::denominators`](super::Update::denominators): the inverses of `1 - Πₜ`, `1 - β₂ᵗ`
/// and `1 - 0.96^(tψ)`. All that a step needs follows from them.
///
/// ```
/// use wgrad::ops::optimizer::{Nadam, Rule};
/// use wgrad::program::Batch;
///
/// let rule = Nadam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, momentum_decay: 0.004 };
/// let first = Batch { rate: 0.5, corrections: rule.corrections(1), ..Batch::of(1) };
/// let (w, _) = rule.update(&first, 1.0_f64, 4.0, [0.0; 2]);
/// assert!((w - 0.471774).abs() < 1e-6); // somewhat more than the learning rate
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nadam {
    /// `β₁`, the share of the mean of gradients that is kept.
    pub beta1: f32,
    /// `β₂`, the share of the mean of squares that is kept.
    pub beta2: f32,
    /// `ε`, which keeps the divisor from 0.
    pub epsilon: f32,
    /// `ψ`, how fast `μ` goes from half of `β₁` to the whole.
    pub momentum_decay: f32,
}

impl Nadam {
    /// `ln 0.96^ψ`.
    fn log_kept(&self) -> f64 {
        f64::from(self.momentum_decay) * KEPT.ln()
    }

    /// `Πₜ`.
    fn product(&self, t: u32) -> f64 {
        let (beta1, kept) = (f64::from(self.beta1), self.log_kept().exp());
        let (mut product, mut apart) = (1.0, 1.0);
        for _ in 0..t {
            apart *= kept;
            product *= beta1 * (1.0 - 0.5 * apart);
            // Beside 1, what is smaller does not count.
            if product < 1e-17 {
                break;
            }
        }
        product
    }
}

impl Rule for Nadam {
    const NAME: &'static str = "nadam";
    const MOMENTS: usize = 2;
    const SQUARES: bool = true;
    const CORRECTED: bool = true;
    const SOURCE: Source = shader!("optimizer/nadam.wgsl");

    #[inline(always)]
    fn update<T: Real>(&self, batch: &Batch, w: T, g: T, [m, v]: [T; 2]) -> (T, [T; 2]) {
        let (one, half) = (T::one(), T::of(0.5));
        let (beta1, beta2) = (T::of(self.beta1.into()), T::of(self.beta2.into()));
        let m = beta1 * m + (one - beta1) * g;
        let v = beta2 * v + (one - beta2) * g * g;
        let [c1, c2, c3] = batch.corrections.map(|c| T::of(c.into()));
        let (near, lost) = (one / c3, -T::of(self.log_kept()).exp_m1_nonpositive());
        let momentum = |near: T| beta1 * (half + half * near);
        let (now, next) = (momentum(near), momentum(near + (one - near) * lost));
        let of_mean = next / (next / c1 + (one - next));
        let step = ((one - now) * c1 * g + of_mean * m) / ((v * c2).sqrt() + T::of(self.epsilon.into()));
        (w - T::of(batch.rate.into()) * step, [m, v])
    }

    fn betas(&self) -> [f32; 3] {
        [self.beta1, self.beta2, self.log_kept().exp() as f32]
    }

    fn corrections(&self, t: u32) -> [f32; 3] {
        let t_times = f64::from(t);
        let shares =
            [self.product(t), f64::from(self.beta2).powf(t_times), (self.log_kept() * t_times).exp()];
        shares.map(correction)
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("BETA1", self.beta1.into()),
            ("BETA2", self.beta2.into()),
            ("EPSILON", self.epsilon.into()),
            ("LOST", -self.log_kept().exp_m1()),
        ]
    }

    fn examples() -> Vec<Self> {
        vec![Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, momentum_decay: 0.004 }]
    }
}

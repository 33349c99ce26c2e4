//! AdaGrad.

use super::Rule;
use crate::program::Batch;
use crate::program::kernel::{Source, shader};
use crate::program::real::Real;

/// `s += g²`, then `w -= rate · g / (√s + ε)` (Duchi, Hazan and Singer, 2011).
///
/// ```
/// use wgrad::ops::optimizer::{AdaGrad, Rule};
/// use wgrad::program::Batch;
///
/// let batch = Batch { rate: 0.5, ..Batch::of(1) };
/// let (w, [s, _]) = AdaGrad { epsilon: 0.0 }.update(&batch, 1.0, 4.0, [9.0, 0.0]);
/// assert_eq!((w, s), (0.6, 25.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaGrad {
    /// `ε`, which keeps the divisor from 0.
    pub epsilon: f32,
}

impl Rule for AdaGrad {
    const NAME: &'static str = "ada_grad";
    const MOMENTS: usize = 1;
    const SQUARES: bool = true;
    const SOURCE: Source = shader!("optimizer/ada_grad.wgsl");

    #[inline(always)]
    fn update<T: Real>(&self, batch: &Batch, w: T, g: T, [s, other]: [T; 2]) -> (T, [T; 2]) {
        let s = s + g * g;
        (w - T::of(batch.rate.into()) * g / (s.sqrt() + T::of(self.epsilon.into())), [s, other])
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        vec![("EPSILON", self.epsilon.into())]
    }

    fn examples() -> Vec<Self> {
        vec![Self { epsilon: 1e-10 }]
    }
}

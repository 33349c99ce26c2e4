//! RMSProp.

use super::Rule;
use crate::program::Batch;
use crate::program::kernel::{Source, shader};
use crate::program::real::Real;

/// `v = ρ v + (1 - ρ) g²`, then `w -= rate · g / (√v + ε)` (Tieleman and Hinton, 2012, lecture 6.5).
///
/// ```
/// use wgrad::ops::optimizer::{RmsProp, Rule};
/// use wgrad::program::Batch;
///
/// let batch = Batch { rate: 0.5, ..Batch::of(1) };
/// let rule = RmsProp { rho: 0.75, epsilon: 0.0 };
/// let (w, [v, _]) = rule.update(&batch, 3.0, 4.0, [0.0; 2]);
/// assert_eq!((w, v), (2.0, 4.0)); // as far for any gradient
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsProp {
    /// `ρ`, the share of the mean of squares that is kept.
    pub rho: f32,
    /// `ε`, which keeps the divisor from 0.
    pub epsilon: f32,
}

impl Rule for RmsProp {
    const NAME: &'static str = "rmsprop";
    const MOMENTS: usize = 1;
    const SQUARES: bool = true;
    const SOURCE: Source = shader!("optimizer/rms_prop.wgsl");

    #[inline(always)]
    fn update<T: Real>(&self, batch: &Batch, w: T, g: T, [v, other]: [T; 2]) -> (T, [T; 2]) {
        let rho = T::of(self.rho.into());
        let v = rho * v + (T::one() - rho) * g * g;
        (w - T::of(batch.rate.into()) * g / (v.sqrt() + T::of(self.epsilon.into())), [v, other])
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        vec![("RHO", self.rho.into()), ("EPSILON", self.epsilon.into())]
    }

    fn examples() -> Vec<Self> {
        vec![Self { rho: 0.9, epsilon: 1e-8 }]
    }
}

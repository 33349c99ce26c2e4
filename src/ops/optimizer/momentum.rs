//! Stochastic gradient descent with momentum.

use super::Rule;
use crate::program::Batch;
use crate::program::kernel::{Source, shader};
use crate::program::real::Real;

/// `v = μ v + g`, then `w -= rate · v` or, Nesterov's way, `w -= rate · (g + μ v)` (Sutskever et al., 2013).
///
/// ```
/// use wgrad::ops::optimizer::{Momentum, Rule};
/// use wgrad::program::Batch;
///
/// let batch = Batch { rate: 0.5, ..Batch::of(1) };
/// let rule = Momentum { momentum: 0.5, nesterov: false };
/// let (w, [v, _]) = rule.update(&batch, 1.0, 4.0, [2.0, 0.0]);
/// assert_eq!((w, v), (-1.5, 5.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Momentum {
    /// `μ`, the share of the velocity that is kept.
    pub momentum: f32,
    /// Whether to look ahead as Nesterov does.
    pub nesterov: bool,
}

impl Rule for Momentum {
    const NAME: &'static str = "momentum";
    const MOMENTS: usize = 1;
    const SQUARES: bool = false;
    const SOURCE: Source = shader!("optimizer/momentum.wgsl");

    #[inline(always)]
    fn update<T: Real>(&self, batch: &Batch, w: T, g: T, [v, other]: [T; 2]) -> (T, [T; 2]) {
        let kept = T::of(self.momentum.into());
        let v = kept * v + g;
        let step = if self.nesterov { g + kept * v } else { v };
        (w - T::of(batch.rate.into()) * step, [v, other])
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        vec![("MOMENTUM", self.momentum.into()), ("NESTEROV", f64::from(u8::from(self.nesterov)))]
    }

    fn examples() -> Vec<Self> {
        [false, true].map(|nesterov| Self { momentum: 0.9, nesterov }).to_vec()
    }
}

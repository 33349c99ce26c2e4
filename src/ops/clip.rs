//! Gradient clipping by global norm, in two steps: sums of squares, then the factor.

use crate::kernel::{DeviceProfile, Kernel, shader};
use crate::op::{Domain, Op, Split, Use, Views};
use crate::real::Real;
use crate::recorder::Recorder;
use crate::tensor::{Element, Tensor};

/// Partial sums of squares: `sums[p] = Σ x²` over the elements `p`, `p + parts`, `p + 2 parts`, …
///
/// # Shapes
/// `x`: anything; `sums`: 1 × parts.
#[derive(Clone, Debug)]
pub struct SumSquares {
    /// What is squared: all gradients.
    pub x: Tensor,
    /// The partial sums.
    pub sums: Tensor,
}

impl Op for SumSquares {
    const NAME: &'static str = "sum_squares";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.sums)]
    }

    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn split(&self) -> Split {
        Split::Whole
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, sums) = (views.input(0), views.output(1));
        sums.fill(T::zero());
        for row in x.chunks(sums.len()) {
            sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += *x * *x);
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("clip/sum_squares.wgsl"), self.sums.len());
        kernel.size("LENGTH", self.x.len()).size("PARTS", self.sums.len())
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((self.clone(), self.x.len().div_ceil(self.sums.len())))
    }

    fn flops(&self) -> f64 {
        2.0 * self.x.len() as f64
    }

    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |(len, parts)| Self {
            x: tape.tensor("x", Element::Real, 1, len),
            sums: tape.tensor("sums", Element::Real, 1, parts),
        };
        [(1, 1), (13, 7), (5_003, 64)].map(&mut case).to_vec()
    }
}

/// `factor = min(1, limit / √Σ sums)`: what gradients are multiplied by so that their norm is at most `limit`
/// (Pascanu, Mikolov and Bengio, 2013).
///
/// # Shapes
/// `sums`: 1 × parts; `factor`: 1 × 1.
#[derive(Clone, Debug)]
pub struct ClipFactor {
    /// Partial sums of squares.
    pub sums: Tensor,
    /// What gradients are to be multiplied by.
    pub factor: Tensor,
    /// The largest norm.
    pub limit: f32,
}

impl Op for ClipFactor {
    const NAME: &'static str = "clip_factor";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.sums), (Use::Out, self.factor)]
    }

    fn check(&self) -> Result<(), String> {
        if self.factor.len() == 1 {
            Ok(())
        } else {
            Err(format!("writes one factor to a {} tensor", self.factor))
        }
    }

    fn split(&self) -> Split {
        Split::Whole
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (sums, factor) = (views.input(0), views.output(1));
        let norm = sums.iter().copied().sum::<T>().sqrt();
        let limit = T::of(self.limit.into());
        factor[0] = if norm > limit { limit / norm } else { T::one() };
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("clip/factor.wgsl"), 1);
        kernel.size("PARTS", self.sums.len()).constant("LIMIT", self.limit)
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((self.clone(), self.sums.len()))
    }

    fn flops(&self) -> f64 {
        self.sums.len() as f64
    }

    fn domain(&self, _: usize) -> Domain {
        Domain::NonNegative
    }

    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |(parts, limit)| Self {
            sums: tape.tensor("sums", Element::Real, 1, parts),
            factor: tape.tensor("factor", Element::Real, 1, 1),
            limit,
        };
        [(1, 1.0), (7, 0.5), (64, 1.0), (64, 1e6)].map(&mut case).to_vec()
    }
}

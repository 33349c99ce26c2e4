//! Where the gradient of a loss goes, and what it is multiplied by.

use crate::ops::activation::Activation;
use crate::program::kernel::{Source, shader};
use crate::program::real::Real;
use crate::program::tensor::Tensor;

/// The gradient of a loss.
#[derive(Clone, Debug)]
pub struct LossGradient {
    /// With respect to the prediction, or to what `activation` made it from; batch × n.
    pub tensor: Tensor,
    /// What the derivative of each row's loss is multiplied by.
    pub seed: LossSeed,
    /// What made the prediction, whose slope is part of the gradient; the identity where that is a step of its own.
    pub activation: Activation,
}

/// What the derivative of each row's loss is multiplied by: the gradient of what is made of the losses.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum LossSeed {
    /// A number for each row, batch × 1.
    Rows(Tensor),
    /// Of the mean over the whole batch, times the first number of a loss scale if there is one.
    Mean {
        /// 1 or more numbers.
        scale: Option<Tensor>,
    },
}

impl LossGradient {
    /// The gradient of the mean over the batch.
    pub fn of_mean(tensor: Tensor) -> Self {
        Self { tensor, seed: LossSeed::Mean { scale: None }, activation: Activation::identity() }
    }

    /// The same times a loss scale.
    #[must_use]
    pub fn scaled(self, scale: Tensor) -> Self {
        Self { seed: LossSeed::Mean { scale: Some(scale) }, ..self }
    }
}

impl LossSeed {
    /// The tensor that it is read from.
    pub(super) fn tensor(self) -> Option<Tensor> {
        match self {
            LossSeed::Rows(rows) => Some(rows),
            LossSeed::Mean { scale } => scale,
        }
    }

    /// The WGSL file with `seed(row, n)`.
    pub(super) fn source(self) -> Source {
        match self {
            LossSeed::Rows(_) => shader!("loss/seed/rows.wgsl"),
            LossSeed::Mean { scale: Some(_) } => shader!("loss/seed/scaled.wgsl"),
            LossSeed::Mean { scale: None } => shader!("loss/seed/mean.wgsl"),
        }
    }
}

/// What gradients are multiplied by on the CPU.
#[derive(Clone, Copy, Debug)]
pub(super) enum SeedRows<'a, T> {
    Rows(&'a [T]),
    /// The scale, and the losses of the whole batch.
    Mean(T, T),
}

impl<T: Real> SeedRows<'_, T> {
    /// The factor of the derivative of a row's loss, which is the mean of `n` terms.
    #[inline(always)]
    pub(super) fn at(self, row: usize, n: T) -> T {
        match self {
            Self::Rows(rows) => rows[row] / n,
            Self::Mean(scale, all) => scale / (n * all),
        }
    }
}

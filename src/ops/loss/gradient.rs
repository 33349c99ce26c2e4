//! Where the gradient of a loss goes, and what it is multiplied by.

use crate::ops::activation::Activation;
use crate::program::kernel::{Source, shader};
use crate::program::real::Real;
use crate::program::tensor::Tensor;

/// The gradient of a loss.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::ElementLoss;
/// use wgrad::ops::loss::{LossGradient, MeanSquaredError};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("loss gradient", 1);
/// let [prediction, target, losses, gradient] = ["p", "t", "loss", "dp"].map(|name| tape.batched(name, 1));
/// let loss = ElementLoss::new(MeanSquaredError, prediction, target, losses);
/// tape.push(ElementLoss { gradient: Some(LossGradient::of_mean(gradient)), ..loss });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(prediction, Values::Real(&[1.0]))?;
/// cpu.write(target, Values::Real(&[3.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!((cpu.read(losses)?, cpu.read(gradient)?), (vec![4.0], vec![-4.0]));
/// # Ok::<(), wgrad::Error>(())
/// ```
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
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::ElementLoss;
/// use wgrad::ops::loss::{LossGradient, LossSeed, MeanSquaredError};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("loss seed", 1);
/// let [prediction, target, losses, seed, dp] = ["p", "t", "loss", "seed", "dp"].map(|name| tape.batched(name, 1));
/// let gradient = LossGradient { seed: LossSeed::Rows(seed), ..LossGradient::of_mean(dp) };
/// let loss = ElementLoss::new(MeanSquaredError, prediction, target, losses);
/// tape.push(ElementLoss { gradient: Some(gradient), ..loss });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// for (tensor, number) in [(prediction, 1.0), (target, 3.0), (seed, 0.5)] {
///     cpu.write(tensor, Values::Real(&[number]))?;
/// }
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(dp)?, [-2.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
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

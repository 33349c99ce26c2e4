//! A loss of element pairs as a step.

use super::Elements;
use crate::kernel::{DeviceProfile, Kernel, shader};
use crate::op::{Domain, Op, Scale, Split, Use, Views};
use crate::ops::alike;
use crate::program::Batch;
use crate::real::Real;
use crate::recorder::Recorder;
use crate::tensor::Tensor;

/// The loss of each sample and, once `backward` has asked for it, the gradient of the mean over the batch.
///
/// # Shapes
/// `prediction`, `target`, `gradient`: batch × n; `losses`: batch × 1.
#[derive(Clone, Debug)]
pub struct ElementLoss {
    /// The loss of an element.
    pub loss: Elements,
    /// What the model gave.
    pub prediction: Tensor,
    /// What it should have given.
    pub target: Tensor,
    /// The mean of each row.
    pub losses: Tensor,
    /// Gradient of the mean loss with respect to `prediction`.
    pub gradient: Option<Tensor>,
}

impl Op for ElementLoss {
    const NAME: &'static str = "loss";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.prediction), (Use::In, self.target), (Use::Out, self.losses)];
        operands.extend(self.gradient.map(|gradient| (Use::Out, gradient)));
        operands
    }

    fn check(&self) -> Result<(), String> {
        alike(&[self.prediction, self.target])?;
        alike(&[self.prediction, self.gradient.unwrap_or(self.prediction)])?;
        one_column(self.losses)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (p, t, losses, gradient) = (views.input(0), views.input(1), views.output(2), views.output(3));
        let cols = self.prediction.cols;
        let n = T::of(cols as f64);
        for (loss, (p, t)) in losses.iter_mut().zip(p.chunks_exact(cols).zip(t.chunks_exact(cols))) {
            *loss = self.loss.sum(p, t) / n;
        }
        let scale = T::one() / (n * T::of(views.batch.rows.into()));
        self.loss.slopes(p, t, scale, gradient);
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kept = match self.gradient {
            Some(_) => shader!("loss/gradient.wgsl"),
            None => shader!("loss/value.wgsl"),
        };
        let sources = vec![self.loss.source(), kept, shader!("loss/elements.wgsl")];
        let kernel = Kernel { sources, constants: Vec::new(), workgroups: self.losses.rows };
        kernel.size("COLS", self.prediction.cols)
    }

    fn vjp(&self, tape: &mut Recorder) {
        tape.contribute_by_amending(self.prediction, self.losses, |loss: &Self, gradient| Self {
            gradient: Some(gradient),
            ..loss.clone()
        });
    }

    /// The mean of a row's losses is rounded once a column, which is of the size of an approximation.
    fn approximated(&self, index: usize, batch: &Batch) -> Option<Scale> {
        let [loss, slope] = self.loss.approximated();
        match index {
            2 => Some(if loss { Scale::Of(1.0) } else { Scale::Output }),
            _ => slope.then(|| Scale::Of(1.0 / (f64::from(batch.rows) * self.prediction.cols as f64))),
        }
    }

    fn flops(&self) -> f64 {
        4.0 * self.prediction.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        self.loss.domains().get(index).copied().unwrap_or(Domain::Any)
    }

    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut cases = Vec::new();
        for loss in Elements::ALL {
            for cols in [1, 13, 200] {
                let (prediction, target) = (tape.batched("prediction", cols), tape.batched("target", cols));
                let (losses, gradient) = (tape.batched("losses", 1), tape.batched("gradient", cols));
                let case = Self { loss: *loss, prediction, target, losses, gradient: None };
                cases.push(Self { gradient: Some(gradient), ..case.clone() });
                cases.push(case);
            }
        }
        cases
    }
}

/// An error unless a tensor holds one number a sample.
pub(super) fn one_column(losses: Tensor) -> Result<(), String> {
    if losses.cols == 1 { Ok(()) } else { Err(format!("writes one number a sample to a {losses} tensor")) }
}

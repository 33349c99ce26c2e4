//! Softmax cross-entropy from integer labels.

use super::step::one_column;
use crate::kernel::{DeviceProfile, Kernel, WORKGROUP, shader};
use crate::op::{Domain, Op, Scale, Split, Use, Views};
use crate::ops::alike;
use crate::program::Batch;
use crate::real::Real;
use crate::recorder::Recorder;
use crate::tensor::Tensor;

/// `ln Σ e^z - z[label]`, fused with the softmax; the row's maximum is subtracted first. Its gradient is
/// `softmax(z) - onehot(label)` (Bishop, *Pattern Recognition and Machine Learning*, 2006, section 4.3.4).
///
/// # Shapes
/// `logits`, `gradient`: batch × classes; `labels`, `losses`: batch × 1. A label is a whole number under `classes`.
#[derive(Clone, Debug)]
pub struct SoftmaxCrossEntropy {
    /// Scores before the softmax.
    pub logits: Tensor,
    /// The class of each sample.
    pub labels: Tensor,
    /// The loss of each sample.
    pub losses: Tensor,
    /// Gradient of the mean loss with respect to `logits`.
    pub gradient: Option<Tensor>,
}

impl Op for SoftmaxCrossEntropy {
    const NAME: &'static str = "softmax_cross_entropy";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.logits), (Use::In, self.labels), (Use::Out, self.losses)];
        operands.extend(self.gradient.map(|gradient| (Use::Out, gradient)));
        operands
    }

    fn check(&self) -> Result<(), String> {
        alike(&[self.logits, self.gradient.unwrap_or(self.logits)])?;
        one_column(self.labels)?;
        one_column(self.losses)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (logits, labels, losses) = (views.input(0), views.input(1), views.output(2));
        let (gradient, classes) = (views.output(3), self.logits.cols);
        let scale = T::one() / T::of(views.batch.rows.into());
        for (i, (z, loss)) in logits.chunks_exact(classes).zip(losses).enumerate() {
            let label = labels[i].wide() as usize;
            let top = z.iter().copied().fold(T::neg_infinity(), T::max);
            let sum: T = z.iter().map(|z| (*z - top).exp_nonpositive()).sum();
            *loss = sum.ln() + (top - z[label]);
            if let Some(row) = gradient.get_mut(i * classes..(i + 1) * classes) {
                row.iter_mut().zip(z).for_each(|(g, z)| *g = (*z - top).exp_nonpositive() / sum * scale);
                row[label] -= scale;
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kept = match self.gradient {
            Some(_) => shader!("loss/row_gradient.wgsl"),
            None => shader!("loss/row_value.wgsl"),
        };
        let sources = vec![kept, shader!("loss/softmax_cross_entropy.wgsl")];
        let workgroups = self.losses.rows.div_ceil(WORKGROUP);
        Kernel { sources, constants: Vec::new(), workgroups }.size("CLASSES", self.logits.cols)
    }

    fn vjp(&self, tape: &mut Recorder) {
        tape.contribute_by_amending(self.logits, self.losses, |loss: &Self, gradient| Self {
            gradient: Some(gradient),
            ..loss.clone()
        });
    }

    fn approximated(&self, index: usize, batch: &Batch) -> Option<Scale> {
        Some(Scale::Of(if index == 2 { 1.0 } else { 1.0 / f64::from(batch.rows) }))
    }

    fn flops(&self) -> f64 {
        4.0 * self.logits.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 1 { Domain::Below(self.logits.cols) } else { Domain::Any }
    }

    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut cases = Vec::new();
        for classes in [1, 10, 97] {
            let (logits, labels) = (tape.batched("logits", classes), tape.batched("labels", 1));
            let (losses, gradient) = (tape.batched("losses", 1), tape.batched("gradient", classes));
            let case = Self { logits, labels, losses, gradient: None };
            cases.push(Self { gradient: Some(gradient), ..case.clone() });
            cases.push(case);
        }
        cases
    }
}

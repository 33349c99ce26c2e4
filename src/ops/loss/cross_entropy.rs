//! Softmax cross-entropy from integer labels.

use super::step::{
    beside, beside_gradient, collect, gradient_size, loss_scale, one_column, put, rows_in_all, scaled, table,
    takes_table,
};
use crate::ops::first_largest;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{AnyOp, Domain, Op, Scale, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike, equal_rows_per_sample};

/// `ln Σ e^z - z[label]`, fused with the softmax; the row's maximum is subtracted first. Its gradient is
/// `softmax(z) - onehot(label)` (Bishop, *Pattern Recognition and Machine Learning*, 2006, section 4.3.4). The maximum's
/// own share of the sum, 1, is left out, so that both are exact where hardly anything is beside it.
///
/// # Shapes
/// `logits`, `gradient`: batch × classes; `labels`, `losses`: batch × 1; `table`: samples × 1; `scale`: 1 or more
/// numbers, of which the first counts. A label is a whole number under `classes`.
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
    /// What the gradient is multiplied by; only beside a gradient.
    pub scale: Option<Tensor>,
    /// Where the losses of all samples are collected, if that is no step of its own; only beside a gradient, and without
    /// a scale.
    pub table: Option<Tensor>,
}

impl SoftmaxCrossEntropy {
    /// The loss of each sample, with no gradient, no scale and no table.
    pub fn new(logits: Tensor, labels: Tensor, losses: Tensor) -> Self {
        Self { logits, labels, losses, gradient: None, scale: None, table: None }
    }
}

impl Op for SoftmaxCrossEntropy {
    const NAME: &'static str = "softmax_cross_entropy";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.logits), (Use::In, self.labels), (Use::Out, self.losses)];
        operands.extend(self.gradient.map(|gradient| (Use::Out, gradient)));
        operands.extend(beside(self.scale, self.table));
        operands
    }

    fn check(&self) -> Result<(), String> {
        alike(&[self.logits, self.gradient.unwrap_or(self.logits)])?;
        equal_rows_per_sample(&[self.logits, self.labels, self.losses])?;
        one_column(self.labels)?;
        one_column(self.losses)?;
        beside_gradient(self.losses, self.scale, self.table, self.gradient)
    }

    fn split(&self) -> Split {
        if self.table.is_some() { Split::Whole } else { Split::Rows }
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (logits, labels, losses) = (views.input(0), views.input(1), views.output(2));
        let (gradient, classes) = (views.output(3), self.logits.cols);
        let scale = loss_scale(self.scale, views) / rows_in_all(self.losses, views);
        for (i, (z, loss)) in logits.chunks_exact(classes).zip(losses.iter_mut()).enumerate() {
            let label = labels[i].wide() as usize;
            let at = first_largest(z);
            let share = |score: &T| (*score - z[at]).exp_nonpositive();
            let rest: T = z[..at].iter().map(share).sum::<T>() + z[at + 1..].iter().map(share).sum::<T>();
            *loss = rest.ln_1p() + (z[at] - z[label]);
            if let Some(row) = gradient.get_mut(i * classes..(i + 1) * classes) {
                let scale = scale / (T::one() + rest);
                row.iter_mut().zip(z).for_each(|(g, score)| *g = share(score) * scale);
                let others = if label == at { rest } else { T::one() + (rest - share(&z[label])) };
                row[at] = scale;
                row[label] = -others * scale;
            }
        }
        collect(losses, self.table, views);
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let mut sources = match self.gradient {
            Some(_) => vec![scaled(self.scale), shader!("loss/row_gradient.wgsl")],
            None => vec![shader!("loss/row_value.wgsl")],
        };
        let logarithm = shader!("loss/ln_1p.wgsl");
        sources.extend([put(self.table), logarithm]);
        let main = shader!("loss/softmax_cross_entropy.wgsl");
        let kernel = Kernel::by_lanes(main, self.losses.rows, self.logits.cols);
        sources.into_iter().fold(kernel, Kernel::with).size("CLASSES", self.logits.cols)
    }

    fn merged(&self, later: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        let table = table(later, self.losses).filter(|_| takes_table(self.gradient, self.scale, self.table));
        table.map(|table| Box::new(Self { table: Some(table), ..self.clone() }) as Box<dyn AnyOp>)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let scale = tape.loss_scale();
        tape.contribute_by_amending(self.logits, self.losses, |loss: &Self, gradient| Self {
            gradient: Some(gradient),
            scale,
            ..loss.clone()
        });
    }

    fn approximated(&self, index: usize, batch: &Batch) -> Option<Scale> {
        Some(if index == 3 { gradient_size(self.scale, batch, 1) } else { Scale::Of(1.0) })
    }

    fn places(&self) -> Option<usize> {
        self.table.map(|table| table.rows)
    }

    fn flops(&self) -> f64 {
        4.0 * self.logits.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        match index {
            1 => Domain::Below(self.logits.cols),
            4 if self.scale.is_some() => Domain::Scale,
            _ => Domain::Any,
        }
    }

    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut cases = Vec::new();
        let rows = tape.capacity() + 5;
        for classes in [1, 10, 97, 257] {
            let (logits, labels) = (tape.batched("logits", classes), tape.batched("labels", 1));
            let case = Self::new(logits, labels, tape.batched("losses", 1));
            let with_gradient = Self { gradient: Some(tape.batched("gradient", classes)), ..case.clone() };
            let table = Some(tape.tensor("table", Element::Real, rows, 1));
            let scale = Some(tape.tensor("scale", Element::Real, 1, 2));
            cases.extend([Self { table, ..with_gradient.clone() }, Self { scale, ..with_gradient.clone() }]);
            cases.extend([with_gradient, case]);
        }
        cases
    }
}

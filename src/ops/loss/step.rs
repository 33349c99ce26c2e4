//! A loss of element pairs as a step.

use super::Elements;
use crate::kernel::{DeviceProfile, Kernel, Source, shader};
use crate::op::{AnyOp, Domain, Op, Scale, Split, Use, Views};
use crate::ops::activation::Activation;
use crate::ops::{Collect, alike};
use crate::program::Batch;
use crate::real::Real;
use crate::recorder::Recorder;
use crate::tensor::{Element, Tensor};

/// The loss of each sample and, once `backward` has asked for it, the gradient of the mean over the batch.
///
/// # Shapes
/// `prediction`, `target`, `gradient`: batch × n; `losses`: batch × 1; `table`: samples × 1.
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
    /// Gradient of the mean loss with respect to `prediction`, or to what `activation` made it from.
    pub gradient: Option<Tensor>,
    /// What made the prediction, whose slope is part of the gradient; the identity where that is a step of its own.
    pub activation: Activation,
    /// Where the losses of all samples are collected, if that is no step of its own; only beside a gradient.
    pub table: Option<Tensor>,
}

impl ElementLoss {
    /// The loss of each sample, with no gradient and no table.
    pub fn new(loss: Elements, prediction: Tensor, target: Tensor, losses: Tensor) -> Self {
        let activation = Activation::identity();
        Self { loss, prediction, target, losses, gradient: None, activation, table: None }
    }

    /// The same with the slope of what made the prediction in its gradient `dy`, if that is possible.
    pub(crate) fn with_slope(&self, activation: &Activation, made: Tensor, dy: Tensor) -> Option<Self> {
        let fits =
            made == self.prediction && self.gradient == Some(dy) && self.activation == Activation::identity();
        fits.then(|| Self { activation: activation.clone(), ..self.clone() })
    }
}

impl Op for ElementLoss {
    const NAME: &'static str = "loss";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.prediction), (Use::In, self.target), (Use::Out, self.losses)];
        operands.extend(self.gradient.map(|gradient| (Use::Out, gradient)));
        operands.extend(self.table.map(|table| (Use::InOut, table)));
        operands
    }

    fn check(&self) -> Result<(), String> {
        alike(&[self.prediction, self.target])?;
        alike(&[self.prediction, self.gradient.unwrap_or(self.prediction)])?;
        if !self.activation.slope_from_output() {
            return Err(format!("cannot fuse {}, whose slope needs its input", self.activation.name()));
        }
        one_column(self.losses)?;
        beside_gradient(self.table, self.gradient)
    }

    fn split(&self) -> Split {
        if self.table.is_some() { Split::Whole } else { Split::Rows }
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
        if self.activation != Activation::identity() {
            self.activation.times_slope(p, gradient);
        }
        collect(losses, views);
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let mut sources = vec![self.loss.source(), put(self.table)];
        let mut constants = Vec::new();
        if self.gradient.is_some() {
            sources.extend([self.activation.source(), shader!("loss/gradient.wgsl")]);
            constants = self.activation.constants();
        } else {
            sources.push(shader!("loss/value.wgsl"));
        }
        sources.push(shader!("loss/elements.wgsl"));
        let kernel = Kernel { sources, constants, workgroups: self.losses.rows };
        kernel.size("COLS", self.prediction.cols)
    }

    fn merged(&self, later: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        let table = table(later, self.losses).filter(|_| self.gradient.is_some() && self.table.is_none());
        table.map(|table| Box::new(Self { table: Some(table), ..self.clone() }) as Box<dyn AnyOp>)
    }

    fn vjp(&self, tape: &mut Recorder) {
        // The gradient of the prediction itself; the layer that made it adds its slope afterwards.
        tape.contribute_by_amending(self.prediction, self.losses, |loss: &Self, gradient| Self {
            gradient: Some(gradient),
            activation: Activation::identity(),
            ..loss.clone()
        });
    }

    /// The mean of a row's losses is rounded once a column, which is of the size of an approximation.
    fn approximated(&self, index: usize, batch: &Batch) -> Option<Scale> {
        let [loss, slope] = self.loss.approximated();
        match index {
            2 | 4 => Some(if loss { Scale::Of(1.0) } else { Scale::Output }),
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
        let rows = tape.capacity() + 5;
        for loss in Elements::ALL {
            for cols in [1, 13, 200] {
                let (prediction, target) = (tape.batched("prediction", cols), tape.batched("target", cols));
                let case = Self::new(*loss, prediction, target, tape.batched("losses", 1));
                let with_gradient = Self { gradient: Some(tape.batched("gradient", cols)), ..case.clone() };
                let table = Some(tape.tensor("table", Element::Real, rows, 1));
                let fusible = Activation::examples().into_iter().filter(Activation::slope_from_output);
                cases.extend(fusible.map(|activation| Self { activation, ..with_gradient.clone() }));
                cases.extend([Self { table, ..with_gradient }, case]);
            }
        }
        cases
    }
}

/// An error unless a tensor holds one number a sample.
pub(super) fn one_column(losses: Tensor) -> Result<(), String> {
    if losses.cols == 1 { Ok(()) } else { Err(format!("writes one number a sample to a {losses} tensor")) }
}

/// An error if there is a table and no gradient.
pub(super) fn beside_gradient(table: Option<Tensor>, gradient: Option<Tensor>) -> Result<(), String> {
    match table {
        Some(table) if table.cols != 1 || gradient.is_none() => {
            Err(format!("collects losses in a {table} table; it needs one column, and a gradient beside it"))
        }
        _ => Ok(()),
    }
}

/// The table that a later step collects `losses` in.
pub(super) fn table(later: &dyn AnyOp, losses: Tensor) -> Option<Tensor> {
    let collect: &Collect = later.as_any().downcast_ref()?;
    (collect.rows == losses).then_some(collect.table)
}

/// The WGSL file that puts a loss where it belongs.
pub(super) fn put(table: Option<Tensor>) -> Source {
    match table {
        Some(_) => shader!("loss/table.wgsl"),
        None => shader!("loss/losses.wgsl"),
    }
}

/// Copies the losses of a batch to its place in the table that is operand 4, if there is one.
pub(super) fn collect<T: Real>(losses: &[T], views: &mut Views<'_, T>) {
    let table = views.output(4);
    if !table.is_empty() {
        table[views.batch.first as usize..][..losses.len()].copy_from_slice(losses);
    }
}

//! A loss of element pairs as a step.

use super::Elements;
use crate::ops::activation::Activation;
use crate::ops::{Collect, FIRST_SCALE, of_one_element};
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, Source, numbers, shader};
use crate::program::op::{AnyOp, Domain, Op, Scale, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::alike;
use crate::program::tensor::{Element, Tensor};

/// The loss of each sample and, once `backward` has asked for it, the gradient of the mean over the batch.
///
/// # Shapes
/// `prediction`, `target`, `gradient`: batch × n, of reals or all of halves; `losses`: batch × 1; `table`: samples × 1;
/// `scale`: 1 or more numbers, of which the first counts.
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
    /// What the gradient is multiplied by; only beside a gradient.
    pub scale: Option<Tensor>,
    /// Where the losses of all samples are collected, if that is no step of its own; only beside a gradient, and without
    /// a scale.
    pub table: Option<Tensor>,
}

impl ElementLoss {
    /// The loss of each sample, with no gradient, no scale and no table.
    pub fn new(loss: Elements, prediction: Tensor, target: Tensor, losses: Tensor) -> Self {
        let activation = Activation::identity();
        Self { loss, prediction, target, losses, gradient: None, activation, scale: None, table: None }
    }

    /// Each loss at some widths, without a gradient and with one.
    fn of(tape: &mut Recorder, element: Element, widths: &[usize]) -> Vec<(Self, Self)> {
        let mut all = Vec::new();
        for (loss, cols) in
            Elements::ALL.iter().flat_map(|loss| widths.iter().map(move |cols| (*loss, *cols)))
        {
            let mut batched = |name| tape.batched_of(name, element, cols);
            let (prediction, target, gradient) =
                (batched("prediction"), batched("target"), batched("gradient"));
            let case = Self::new(loss, prediction, target, tape.batched("losses", 1));
            all.push((case.clone(), Self { gradient: Some(gradient), ..case }));
        }
        all
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
        operands.extend(beside(self.scale, self.table));
        operands
    }

    fn check(&self) -> Result<(), String> {
        let all = [self.prediction, self.target, self.gradient.unwrap_or(self.prediction)];
        alike(&all)?;
        of_one_element(&all)?;
        if !self.activation.slope_from_output() {
            return Err(format!("cannot fuse {}, whose slope needs its input", self.activation.name()));
        }
        one_column(self.losses)?;
        beside_gradient(self.scale, self.table, self.gradient)
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
        let scale = loss_scale(self.scale, views) / (n * T::of(views.batch.rows.into()));
        self.loss.slopes(p, t, scale, gradient);
        if self.activation != Activation::identity() {
            self.activation.times_slope(p, gradient);
        }
        collect(losses, self.table, views);
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let mut sources = vec![shader!("function/ln_1p.wgsl"), self.loss.source(), put(self.table)];
        sources.extend(if self.prediction.cols.is_multiple_of(4) {
            vec![numbers(self.prediction.element, device), shader!("loss/four.wgsl")]
        } else {
            vec![shader!("loss/one.wgsl")]
        });
        let mut constants = Vec::new();
        if self.gradient.is_some() {
            sources.extend(self.activation.sources());
            sources.extend([scaled(self.scale), shader!("loss/gradient.wgsl")]);
            constants = self.activation.constants();
        } else {
            sources.push(shader!("loss/value.wgsl"));
        }
        sources.push(shader!("loss/elements.wgsl"));
        let kernel = Kernel { sources, constants, workgroups: self.losses.rows };
        kernel.size("COLS", self.prediction.cols)
    }

    fn merged(&self, later: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        let table = table(later, self.losses).filter(|_| takes_table(self.gradient, self.scale, self.table));
        table.map(|table| Box::new(Self { table: Some(table), ..self.clone() }) as Box<dyn AnyOp>)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let scale = tape.loss_scale();
        // The gradient of the prediction itself; the layer that made it adds its slope afterwards.
        tape.contribute_by_amending(self.prediction, self.losses, |loss: &Self, gradient| Self {
            gradient: Some(gradient),
            activation: Activation::identity(),
            scale,
            ..loss.clone()
        });
    }

    /// The mean of a row's losses is rounded once a column, which is of the size of an approximation.
    fn approximated(&self, index: usize, batch: &Batch) -> Option<Scale> {
        let [loss, slope] = self.loss.approximated();
        match index {
            2 | 4 => Some(if loss { Scale::Of(1.0) } else { Scale::Output }),
            _ => slope.then(|| gradient_size(self.scale, batch, self.prediction.cols)),
        }
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn places(&self) -> Option<usize> {
        self.table.map(|table| table.rows)
    }

    fn flops(&self) -> f64 {
        4.0 * self.prediction.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        let scale = if index == 4 && self.scale.is_some() { Domain::Scale } else { Domain::Any };
        self.loss.domains().get(index).copied().unwrap_or(scale)
    }

    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let rows = tape.capacity() + 5;
        let mut cases = Vec::new();
        for (case, with_gradient) in Self::of(tape, Element::Real, &[1, 13, 200]) {
            let table = Some(tape.tensor("table", Element::Real, rows, 1));
            let fusible = Activation::examples().into_iter().filter(Activation::slope_from_output);
            cases.extend(fusible.map(|activation| Self { activation, ..with_gradient.clone() }));
            cases.extend([Self { table, ..with_gradient.clone() }, case]);
            cases.push(Self { scale: Some(tape.tensor("scale", Element::Real, 1, 2)), ..with_gradient });
        }
        cases
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        let mut cases = Vec::new();
        for (case, with_gradient) in Self::of(tape, Element::Half, &[4, 260]) {
            let scale = Some(tape.tensor("scale", Element::Real, 1, 2));
            let fusible = Activation::examples().into_iter().filter(Activation::slope_from_output);
            cases.extend(fusible.map(|activation| Self { activation, scale, ..with_gradient.clone() }));
            cases.extend([with_gradient, case]);
        }
        cases
    }
}

/// An error unless a tensor holds one number a sample.
pub(super) fn one_column(losses: Tensor) -> Result<(), String> {
    if losses.cols == 1 { Ok(()) } else { Err(format!("writes one number a sample to a {losses} tensor")) }
}

/// The operands behind a loss's gradient.
pub(super) fn beside(scale: Option<Tensor>, table: Option<Tensor>) -> impl Iterator<Item = (Use, Tensor)> {
    let scale = scale.map(|scale| (Use::In, scale));
    scale.into_iter().chain(table.map(|table| (Use::InOut, table)))
}

/// An error if there is a scale or a table and no gradient, or both.
pub(super) fn beside_gradient(
    scale: Option<Tensor>,
    table: Option<Tensor>,
    gradient: Option<Tensor>,
) -> Result<(), String> {
    match (scale, table) {
        (_, Some(table)) if table.cols != 1 || gradient.is_none() => {
            Err(format!("collects losses in a {table} table; it needs one column, and a gradient beside it"))
        }
        (Some(_), Some(table)) => {
            Err(format!("has a scale, and collects losses in a {table} table; it can do one"))
        }
        (Some(scale), None) if gradient.is_none() => Err(format!("has a {scale} scale and no gradient")),
        _ => Ok(()),
    }
}

/// Whether a loss can collect its losses itself: the scale and the table have the same place among its operands.
pub(super) fn takes_table(gradient: Option<Tensor>, scale: Option<Tensor>, table: Option<Tensor>) -> bool {
    gradient.is_some() && scale.or(table).is_none()
}

/// What a loss's gradient is multiplied by: the first number of operand 4, if there is a scale.
#[inline(always)]
pub(super) fn loss_scale<T: Real>(scale: Option<Tensor>, views: &Views<'_, T>) -> T {
    if scale.is_some() { views.input(4)[0] } else { T::one() }
}

/// How large the gradients of `elements` numbers a sample are made.
pub(super) fn gradient_size(scale: Option<Tensor>, batch: &Batch, elements: usize) -> Scale {
    let scale = if scale.is_some() { f64::from(FIRST_SCALE) } else { 1.0 };
    Scale::Of(scale / (f64::from(batch.rows) * elements as f64))
}

/// The WGSL file with what a loss's gradient is multiplied by.
pub(super) fn scaled(scale: Option<Tensor>) -> Source {
    match scale {
        Some(_) => shader!("loss/scaled.wgsl"),
        None => shader!("loss/unscaled.wgsl"),
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

/// Copies the losses of a batch to their place in the table, operand 4, if there is one.
#[inline(always)]
pub(super) fn collect<T: Real>(losses: &[T], table: Option<Tensor>, views: &mut Views<'_, T>) {
    if table.is_some() {
        views.output(4)[views.batch.first as usize..][..losses.len()].copy_from_slice(losses);
    }
}

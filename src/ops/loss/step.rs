//! A loss as a step.

use super::Formula;
use super::gradient::{LossGradient, LossSeed, SeedRows};
use crate::error::OpError;
use crate::ops::activation::{Activation, ActivationGradient};
use crate::ops::{Collect, FIRST_SCALE};
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{AnyOp, Domain, NO_DERIVATIVE, Op, OpCases, Scale, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::recorder::seed::Seed;
use crate::program::tensor::{Element, Tensor, equal_rows_per_sample};

/// The loss of each row and, behind [`Recorder::backward`], its gradient. Targets are constants.
///
/// # Shapes
/// `prediction`: batch × n; `target`: as the formula says; `losses`: batch × 1; `table`: samples × 1.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::ElementLoss;
/// use wgrad::ops::loss::MeanSquaredError;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("loss step", 2);
/// let [prediction, target] = ["prediction", "target"].map(|name| tape.batched(name, 2));
/// let losses = tape.batched("losses", 1);
/// tape.push(ElementLoss::new(MeanSquaredError, prediction, target, losses));
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(prediction, Values::Real(&[1.0, 1.0, 3.0, 5.0]))?;
/// cpu.write(target, Values::Real(&[1.0, 1.0, 1.0, 5.0]))?;
/// cpu.run(id, &[Batch::of(2)])?;
/// assert_eq!(cpu.read(losses)?, [0.0, 2.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LossStep<F> {
    /// The loss of a row.
    pub formula: F,
    /// What the model gave.
    pub prediction: Tensor,
    /// What it should have given.
    pub target: Tensor,
    /// The loss of each row; none where only the gradient is wanted.
    pub losses: Option<Tensor>,
    /// Where the gradient goes, if there is one.
    pub gradient: Option<LossGradient>,
    /// Where the losses of all samples are collected, if that is no step of its own; only beside a gradient of a mean without
    /// a scale.
    pub table: Option<Tensor>,
}

/// The operands of a [`LossStep`] on the CPU; a formula writes the losses and, unless it is empty, the gradient.
#[derive(Debug)]
pub struct LossRows<'a, T> {
    pub(super) prediction: &'a [T],
    pub(super) target: &'a [T],
    /// The targets where those are integers.
    pub(super) labels: &'a [u32],
    pub(super) losses: &'a mut [T],
    pub(super) gradient: &'a mut [T],
    /// Columns of the prediction.
    pub(super) cols: usize,
    pub(super) seed: SeedRows<'a, T>,
}

impl<F> LossStep<F> {
    /// The loss of each row, with no gradient and no table.
    pub fn new(formula: impl Into<F>, prediction: Tensor, target: Tensor, losses: Tensor) -> Self {
        Self {
            formula: formula.into(),
            prediction,
            target,
            losses: Some(losses),
            gradient: None,
            table: None,
        }
    }

    /// The place of the gradient among the operands; behind it is the seed or the table.
    fn gradient_at(&self) -> usize {
        2 + usize::from(self.losses.is_some())
    }

    fn seed(&self) -> Option<LossSeed> {
        self.gradient.as_ref().map(|gradient| gradient.seed)
    }

    /// What the gradient is multiplied by, a number for each row or the mean's.
    #[inline(always)]
    fn seed_rows<'a, T: Real>(&self, views: &Views<'a, T>) -> SeedRows<'a, T> {
        let rows = self.prediction.sample_len() / self.prediction.cols;
        let all = T::of(f64::from(views.batch.global_rows) * rows as f64);
        let at = self.gradient_at() + 1;
        match self.seed() {
            Some(LossSeed::Rows(_)) => SeedRows::Rows(views.input(at)),
            Some(LossSeed::Mean { scale: Some(_) }) => SeedRows::Mean(views.input(at)[0], all),
            _ => SeedRows::Mean(T::one(), all),
        }
    }

    fn check_gradient(&self) -> Result<(), OpError> {
        if let Some(LossGradient { seed: LossSeed::Rows(rows), .. }) = self.gradient {
            equal_rows_per_sample(&[self.prediction, rows])?;
            one_column(rows)?;
        }
        let Some(table) = self.table else { return Ok(()) };
        let (Some(losses), Some(seed)) = (self.losses, self.seed()) else {
            return Err(OpError::new(format!("has a {table} table and not both losses and a gradient")));
        };
        if seed.tensor().is_some() {
            return Err(OpError::new(format!(
                "is not of a plain mean, and collects losses in a {table} table; it can do one"
            )));
        }
        if table.cols != 1 || losses.sample_len() != 1 {
            return Err(OpError::new(format!(
                "collects {losses} losses in a {table} table; both have one for each sample"
            )));
        }
        Ok(())
    }
}

impl<F: Formula> Op for LossStep<F> {
    const NAME: &'static str = F::NAME;

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.prediction), (Use::In, self.target)];
        operands.extend(self.losses.map(|losses| (Use::Out, losses)));
        operands.extend(self.gradient.iter().map(|gradient| (Use::Out, gradient.tensor)));
        operands.extend(self.seed().and_then(LossSeed::tensor).map(|seed| (Use::In, seed)));
        operands.extend(self.table.map(|table| (Use::InOut, table)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        equal_rows_per_sample(&[self.prediction, self.target])?;
        if let Some(losses) = self.losses {
            equal_rows_per_sample(&[self.prediction, losses])?;
            one_column(losses)?;
        }
        let tensor = self.gradient.as_ref().map_or(self.prediction, |gradient| gradient.tensor);
        self.formula.check(self.prediction, self.target, tensor)?;
        let identity = Activation::identity();
        let activation = self.gradient.as_ref().map_or(&identity, |gradient| &gradient.activation);
        if !(F::ACTIVATES || *activation == identity) || !activation.slope_from_output() {
            return Err(OpError::new(format!(
                "cannot fuse {}; its slope is a step of its own",
                activation.name()
            )));
        }
        self.check_gradient()
    }

    fn split(&self) -> Split {
        if self.table.is_some() { Split::Whole } else { Split::Rows }
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (prediction, target, labels) = (views.input(0), views.input(1), views.integers(1));
        let seed = self.seed_rows(views);
        let losses = if self.losses.is_some() { views.output(2) } else { &mut [] };
        let gradient = views.output(self.gradient_at());
        let cols = self.prediction.cols;
        let rows = LossRows {
            prediction,
            target,
            labels,
            losses: &mut *losses,
            gradient: &mut *gradient,
            cols,
            seed,
        };
        self.formula.cpu(rows);
        if let Some(LossGradient { activation, .. }) = &self.gradient
            && *activation != Activation::identity()
        {
            activation.times_slope(prediction, gradient);
        }
        if self.table.is_some() {
            views.output(4)[views.batch.first as usize..][..losses.len()].copy_from_slice(losses);
        }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let put = match (self.losses, self.table) {
            (Some(_), Some(_)) => shader!("loss/table.wgsl"),
            (Some(_), None) => shader!("loss/losses.wgsl"),
            (None, _) => shader!("loss/no_losses.wgsl"),
        };
        let mut sources = vec![put, shader!("function/ln_1p.wgsl")];
        let mut constants = Vec::new();
        if let Some(LossGradient { activation, seed, .. }) = &self.gradient {
            sources.push(seed.source());
            if F::ACTIVATES {
                sources.extend(activation.sources());
                constants = activation.constants();
            }
        }
        self.formula.kernel(sources, constants, self.prediction, self.gradient.is_some(), device)
    }

    fn fused(&self, earlier: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        let gradient = self.gradient.as_ref()?;
        if let (Some(seed), LossSeed::Rows(rows)) = (earlier.as_any().downcast_ref::<Seed>(), gradient.seed) {
            let seed = (seed.gradient == rows).then_some(LossSeed::Mean { scale: seed.scale })?;
            let gradient = Some(LossGradient { seed, ..gradient.clone() });
            return Some(Box::new(Self { gradient, ..self.clone() }));
        }
        // The losses, and their gradient: both come from the same numbers.
        let first: &Self = earlier.as_any().downcast_ref()?;
        let same = first.formula == self.formula
            && [first.prediction, first.target] == [self.prediction, self.target]
            && first.gradient.is_none()
            && self.losses.is_none();
        same.then(|| Box::new(Self { losses: first.losses, ..self.clone() }) as Box<dyn AnyOp>)
    }

    fn merged(&self, later: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        let collect: &Collect = later.as_any().downcast_ref()?;
        // The seed's tensor and the table have the same place among the operands.
        let takes_table = self.seed() == Some(LossSeed::Mean { scale: None }) && self.table.is_none();
        let table = (takes_table && self.losses == Some(collect.rows)).then_some(collect.table)?;
        Some(Box::new(Self { table: Some(table), ..self.clone() }))
    }

    fn vjp(&self, tape: &mut Recorder) {
        if self.gradient.is_some() {
            return tape.refuse(Self::NAME, NO_DERIVATIVE);
        }
        let Some(rows) = self.losses.and_then(|losses| tape.gradient(losses)) else { return };
        tape.contribute(self.prediction, |tape, gradient| {
            let seed = LossSeed::Rows(rows);
            let gradient = Some(LossGradient { seed, ..LossGradient::of_mean(gradient) });
            tape.push(Self { losses: None, gradient, ..self.clone() });
        });
    }

    fn approximated(&self, index: usize, batch: &Batch) -> Option<Scale> {
        let is_gradient = index == self.gradient_at() && self.gradient.is_some();
        if !is_gradient {
            return Some(self.formula.loss_scale());
        }
        let size = |scale: Option<Tensor>| {
            let scale = scale.map_or(1.0, |_| f64::from(FIRST_SCALE));
            scale / (f64::from(batch.global_rows) * self.formula.terms(self.prediction) as f64)
        };
        self.formula.approximates_gradient().then(|| match self.seed() {
            Some(LossSeed::Mean { scale }) => Scale::Of(size(scale)),
            _ => Scale::Output,
        })
    }

    fn takes_halves(&self) -> bool {
        F::TAKES_HALVES
    }

    fn places(&self) -> Option<usize> {
        self.table.map(|table| table.rows)
    }

    fn flops(&self) -> f64 {
        4.0 * self.prediction.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        match (index, self.seed()) {
            (0 | 1, _) => self.formula.domains(self.prediction)[index],
            (_, Some(LossSeed::Mean { scale: Some(_) })) if index == self.gradient_at() + 1 => Domain::Scale,
            _ => Domain::Any,
        }
    }
}

impl<F: Formula> OpCases for LossStep<F> {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let rows = tape.capacity() + 5;
        let mut cases = Vec::new();
        let examples = F::examples(tape, Element::Real);
        let Some(first) = examples.first().map(|example| example.formula.clone()) else { return cases };
        for plain in examples {
            let gradient = LossGradient::of_mean(tape.tensor_like("gradient", plain.prediction));
            let (scale, table) =
                (tape.tensor("scale", Element::Real, 1, 2), tape.tensor("table", Element::Real, rows, 1));
            let seeds = tape.batched("seed", 1);
            let of_rows = LossGradient { seed: LossSeed::Rows(seeds), ..gradient.clone() };
            let gradients = [gradient.clone(), gradient.clone().scaled(scale), of_rows];
            let without_losses = Self { losses: None, ..plain.clone() };
            let of_mean = Self { gradient: Some(gradient.clone()), ..plain.clone() };
            let in_table = Self { table: Some(table), ..of_mean };
            if plain.formula == first {
                cases.extend(plain.with_each_gradient(&gradients));
                cases.extend(without_losses.with_each_gradient(&gradients));
                cases.extend(plain.with_each_activation(&gradient));
                cases.extend([in_table, plain]);
            } else {
                // Kernels join the same files for all formulas.
                cases.extend(without_losses.with_each_gradient(&gradients[1..2]));
                cases.extend([in_table, plain]);
            }
        }
        cases
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        if !F::TAKES_HALVES {
            return Vec::new();
        }
        let mut cases = Vec::new();
        let examples = F::examples(tape, Element::Half);
        let Some(first) = examples.first().map(|example| example.formula.clone()) else { return cases };
        for plain in examples {
            let gradient = LossGradient::of_mean(tape.tensor_like("gradient", plain.prediction));
            let scale = tape.tensor("scale", Element::Real, 1, 2);
            if plain.formula == first {
                cases.extend(plain.with_each_activation(&gradient.clone().scaled(scale)));
            }
            cases.extend(plain.with_each_gradient(&[gradient]));
            cases.push(plain);
        }
        cases
    }
}

impl<F: Formula> LossStep<F> {
    fn with_each_gradient(&self, gradients: &[LossGradient]) -> Vec<Self> {
        let with = |gradient: &LossGradient| Self { gradient: Some(gradient.clone()), ..self.clone() };
        gradients.iter().map(with).collect()
    }

    /// With the slope of each activation that may be fused.
    fn with_each_activation(&self, gradient: &LossGradient) -> Vec<Self> {
        let here = F::ACTIVATES && self.prediction.cols > 1;
        let fusible = |activation: &Activation| here && activation.slope_from_output();
        let activations = Activation::examples().into_iter().filter(fusible);
        let with = |activation| LossGradient { activation, ..gradient.clone() };
        self.with_each_gradient(&activations.map(with).collect::<Vec<_>>())
    }
}

impl<F: Formula> LossStep<F> {
    /// This step with the slope of what made the prediction in its gradient, instead of a step that multiplies by it.
    pub(crate) fn with_slope(&self, slope: &ActivationGradient) -> Option<Self> {
        let gradient = self.gradient.as_ref()?;
        let fits = F::ACTIVATES
            && slope.activation.slope_from_output()
            && [slope.at, slope.dy] == [self.prediction, gradient.tensor]
            && gradient.activation == Activation::identity()
            && slope.dx.element == gradient.tensor.element;
        let activation = slope.activation.clone();
        let gradient = LossGradient { tensor: slope.dx, activation, ..gradient.clone() };
        fits.then(|| Self { gradient: Some(gradient), ..self.clone() })
    }
}

/// An error unless a tensor holds one number a row.
pub(super) fn one_column(losses: Tensor) -> Result<(), OpError> {
    if losses.cols == 1 {
        Ok(())
    } else {
        Err(OpError::new(format!("writes one number a row to a {losses} tensor")))
    }
}

//! The step that updates all parameters.

use super::Rule;
use crate::error::OpError;
use crate::ops::one_number;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, at_once, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::alike;
use crate::program::tensor::{Element, Tensor};

/// One optimizer step over the whole parameter arena.
///
/// # Shapes
/// `parameters`, `gradients`, each of `moments`: equal; `factor`: 1 × 1; `denominators`: 1 × 3.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::{Sgd, Update};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("update", 1);
/// let [parameters, gradients] = ["parameters", "gradients"].map(|name| tape.tensor(name, Element::Real, 1, 2));
/// let factor = tape.tensor("factor", Element::Real, 1, 1);
/// tape.push(Update::new(Sgd, parameters, gradients, factor, Vec::new()));
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// for (tensor, values) in [(parameters, &[1.0, 1.0][..]), (gradients, &[2.0, -2.0]), (factor, &[1.0])] {
///     cpu.write(tensor, Values::Real(values))?;
/// }
/// cpu.run(id, &[Batch { rate: 0.5, ..Batch::of(1) }])?;
/// assert_eq!(cpu.read(parameters)?, [0.0, 2.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Update<R> {
    /// The formula.
    pub rule: R,
    /// The parameter arena.
    pub parameters: Tensor,
    /// The gradient arena.
    pub gradients: Tensor,
    /// What gradients are multiplied by first: 1, or less where clipping or a loss scale asks for it. Where it is
    /// negative, nothing is updated: some gradient is not finite.
    pub factor: Tensor,
    /// As many arenas as the rule has moments.
    pub moments: Vec<Tensor>,
    /// Where steps may be skipped, what takes the place of the batch's corrections, which count every step: the
    /// corrections' inverses, `1 - βᵗ`. Only beside two moments.
    pub denominators: Option<Tensor>,
    /// What the learning rate is multiplied by for these parameters.
    pub rate_factor: f32,
}

impl<R> Update<R> {
    /// With the batch's corrections.
    pub fn new(rule: R, parameters: Tensor, gradients: Tensor, factor: Tensor, moments: Vec<Tensor>) -> Self {
        Self { rule, parameters, gradients, factor, moments, denominators: None, rate_factor: 1.0 }
    }
}

impl<R: Rule> Op for Update<R> {
    const NAME: &'static str = R::NAME;

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands =
            vec![(Use::InOut, self.parameters), (Use::In, self.gradients), (Use::In, self.factor)];
        operands.extend(self.moments.iter().map(|moment| (Use::InOut, *moment)));
        operands.extend(self.denominators.map(|denominators| (Use::In, denominators)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        alike(&[self.parameters, self.gradients])?;
        self.moments.iter().try_for_each(|moment| alike(&[self.parameters, *moment]))?;
        one_number(self.factor)?;
        if R::MOMENTS > 2 {
            return Err(OpError::new(format!("has a rule of {} moments; two are the most", R::MOMENTS)));
        }
        if self.moments.len() != R::MOMENTS {
            return Err(OpError::new(format!(
                "needs {} moments, and has {}",
                R::MOMENTS,
                self.moments.len()
            )));
        }
        match self.denominators {
            Some(other) if !Self::COUNTS || other.len() != 3 => Err(OpError::new(format!(
                "has {other} denominators and {} moments; rules with corrections of two moments take three denominators, and others none",
                R::MOMENTS
            ))),
            _ => Ok(()),
        }
    }

    fn split(&self) -> Split {
        Split::Elements
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (parameters, gradients, factor) = (views.output(0), views.input(1), views.input(2)[0]);
        if factor < T::zero() {
            return;
        }
        let (first, second) = (views.output(3), views.output(4));
        let batch = &self.batch(views);
        let each = parameters.iter_mut().zip(gradients);
        match R::MOMENTS {
            0 => {
                for (w, g) in each {
                    *w = self.rule.update(batch, *w, *g * factor, [T::zero(); 2]).0;
                }
            }
            1 => {
                for ((w, g), m) in each.zip(first) {
                    (*w, [*m, _]) = self.rule.update(batch, *w, *g * factor, [*m, T::zero()]);
                }
            }
            _ => {
                for ((w, g), (m, v)) in each.zip(first.iter_mut().zip(second)) {
                    (*w, [*m, *v]) = self.rule.update(batch, *w, *g * factor, [*m, *v]);
                }
            }
        }
    }

    fn scale(&self, batch: &Batch) -> Option<f32> {
        self.rule.scale(&batch.times_rate(self.rate_factor))
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let moments = match R::MOMENTS {
            0 => shader!("optimizer/moments0.wgsl"),
            1 => shader!("optimizer/moments1.wgsl"),
            _ => shader!("optimizer/moments2.wgsl"),
        };
        let (invocations, numbers) = at_once(self.parameters.len());
        let mut kernel =
            Kernel::per_element(shader!("optimizer/update.wgsl"), invocations).with(moments).with(R::SOURCE);
        kernel.constants = self.rule.constants();
        kernel = kernel.with(shader!("optimizer/rate.wgsl")).constant("RATE_FACTOR", self.rate_factor);
        if R::CORRECTED {
            kernel = kernel.with(match self.denominators {
                Some(_) => shader!("optimizer/counted.wgsl"),
                None => shader!("optimizer/every_step.wgsl"),
            });
        }
        kernel = kernel.with(shader!("at_once/or_nan.wgsl"));
        kernel.with(shader!("optimizer/updated.wgsl")).with(numbers).size("LENGTH", invocations)
    }

    fn flops(&self) -> f64 {
        (2 + 6 * R::MOMENTS) as f64 * self.parameters.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        match index {
            2 => Domain::Unit,
            _ if R::SQUARES && index == 2 + R::MOMENTS => Domain::NonNegative,
            // Anything but 0.
            5 => Domain::Scale,
            _ => Domain::Any,
        }
    }
}

impl<R: Rule> OpCases for Update<R> {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut cases = Vec::new();
        for rule in R::examples() {
            for len in [1, 13, 5_003, 5_004] {
                let mut arena = |name| tape.tensor(name, Element::Real, 1, len);
                let (parameters, gradients) = (arena("parameters"), arena("gradients"));
                let moments = (0..R::MOMENTS).map(|_| arena("moment")).collect();
                let factor = tape.tensor("factor", Element::Real, 1, 1);
                let case = Self::new(rule.clone(), parameters, gradients, factor, moments);
                if Self::COUNTS {
                    let denominators = Some(tape.tensor("denominators", Element::Real, 1, 3));
                    cases.push(Self { denominators, ..case.clone() });
                }
                if len == 13 {
                    cases.push(Self { rate_factor: 0.25, ..case.clone() });
                }
                cases.push(case);
            }
        }
        cases
    }
}

impl<R: Rule> Update<R> {
    /// Whether it can take denominators.
    const COUNTS: bool = R::CORRECTED && R::MOMENTS == 2;

    /// The batch with the learning rate and the corrections that count here.
    #[inline(always)]
    fn batch<T: Real>(&self, views: &Views<'_, T>) -> Batch {
        let mut batch = views.batch.times_rate(self.rate_factor);
        if self.denominators.is_some() {
            for (correction, denominator) in batch.corrections.iter_mut().zip(views.input(5)) {
                *correction = (T::one() / *denominator).wide() as f32;
            }
        }
        batch
    }
}

//! How parameters follow their gradients.

mod describe;
mod method;

use self::method::{Method, with_rule};
use crate::nn::bound::Bound;
use crate::nn::schedule::Schedule;
use crate::ops::optimizer::{Momentum, Rule, Sgd, Update};
use crate::ops::{ClipFactor, ClipValue, Decay, LossScale, SumSquares};
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// An optimizer with its learning rate, schedule, weight decay and clipping.
///
/// ```
/// use wgrad::{Optimizer, Schedule};
///
/// let plain = Optimizer::sgd(0.1);
/// let usual = Optimizer::adam_w(1e-3, 0.01).clip_norm(1.0).schedule(Schedule::WarmupCosine { epochs: 2, floor: 0.0 });
/// # let _ = (plain, usual);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "a model is compiled with it"]
pub struct Optimizer {
    method: Method,
    rate: f32,
    schedule: Schedule,
    decay: Option<f32>,
    clip: Option<f32>,
    clip_value: Option<f32>,
    /// A setting that the method does not have.
    misplaced: Option<&'static str>,
}

/// Where an optimizer finds the parameters of a model.
#[derive(Clone, Debug)]
pub(crate) struct Arenas {
    pub(crate) parameters: Tensor,
    /// Elements at the beginning of each arena that are trained, in groups; behind them lie frozen parameters and state.
    pub(crate) groups: Vec<Group>,
    pub(crate) gradients: Tensor,
    pub(crate) moments: Vec<Tensor>,
    /// 1 × 1, holding 1.
    pub(crate) one: Tensor,
    pub(crate) halves: Option<Halves>,
    /// 1 for what decays, else 0.
    pub(crate) mask: Tensor,
}

/// Parameters that are trained equally fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Group {
    /// Where they begin in each arena.
    pub(crate) start: usize,
    /// Elements.
    pub(crate) len: usize,
    /// What the learning rate is multiplied by.
    pub(crate) rate_factor: f32,
}

impl Group {
    /// Its part of an arena.
    fn of(self, arena: Tensor) -> Tensor {
        Tensor { start: arena.start + self.start, cols: self.len, ..arena }
    }
}

impl Arenas {
    /// Elements that are trained.
    pub(crate) fn trained_len(&self) -> usize {
        self.groups.iter().map(|group| group.len).sum()
    }

    /// The part of an arena that is trained.
    pub(crate) fn trained(&self, arena: Tensor) -> Tensor {
        Tensor { cols: self.trained_len(), ..arena }
    }
}

/// What a model of [`Precision::F16`](crate::Precision::F16) has beside the arenas.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Halves {
    /// The parameters in halves.
    pub(crate) copy: Tensor,
    /// 1 × 2, the loss scale and the good steps since it changed.
    pub(crate) scale: Tensor,
    /// 1 × 3, the inverses of the optimizer's corrections, which count the steps that were not skipped.
    pub(crate) denominators: Tensor,
}

impl Halves {
    /// What training goes on from; the copy follows the parameters.
    pub(crate) fn state(&self) -> [Tensor; 2] {
        [self.scale, self.denominators]
    }
}

/// Partial sums of the global norm.
const NORM_PARTS: usize = 256;

impl Optimizer {
    fn of(method: Method, rate: f32) -> Self {
        Self {
            method,
            rate,
            schedule: Schedule::Constant,
            decay: None,
            clip: None,
            clip_value: None,
            misplaced: None,
        }
    }

    /// Stochastic gradient descent.
    pub fn sgd(rate: f32) -> Self {
        Self::of(Method::Sgd(Sgd), rate)
    }

    /// Stochastic gradient descent with momentum; 0.9 is the usual share.
    pub fn momentum(rate: f32, momentum: f32) -> Self {
        Self::of(Method::Momentum(Momentum { momentum, nesterov: false }), rate)
    }

    /// Stochastic gradient descent with Nesterov's momentum.
    pub fn nesterov(rate: f32, momentum: f32) -> Self {
        Self::of(Method::Momentum(Momentum { momentum, nesterov: true }), rate)
    }

    /// RMSProp with `ρ = 0.9`, `ε = 10⁻⁸`.
    pub fn rms_prop(rate: f32) -> Self {
        Self::of(Method::RMS_PROP, rate)
    }

    /// AdaGrad with `ε = 10⁻¹⁰` (Duchi, Hazan and Singer, 2011); 0.01 is a usual rate.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::ada_grad(0.01);
    /// ```
    pub fn ada_grad(rate: f32) -> Self {
        Self::of(Method::ADA_GRAD, rate)
    }

    /// Lion with `β₁ = 0.9`, `β₂ = 0.99` (Chen et al., 2023). Its rates are three to ten times less than Adam's, and its decay as much
    /// more.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::lion(1e-4).decay(0.1);
    /// ```
    pub fn lion(rate: f32) -> Self {
        Self::of(Method::LION, rate)
    }

    /// Adamax with `β₁ = 0.9`, `β₂ = 0.999`, `ε = 10⁻⁸` (Kingma and Ba, 2015); 0.002 is a usual rate.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::adamax(0.002);
    /// ```
    pub fn adamax(rate: f32) -> Self {
        Self::of(Method::ADAMAX, rate)
    }

    /// NAdam with `β₁ = 0.9`, `β₂ = 0.999`, `ε = 10⁻⁸`, `ψ = 0.004` (Dozat, 2016); 0.002 is a usual rate.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::nadam(0.002).momentum_decay(0.01);
    /// ```
    pub fn nadam(rate: f32) -> Self {
        Self::of(Method::NADAM, rate)
    }

    /// Adam with `β₁ = 0.9`, `β₂ = 0.999`, `ε = 10⁻⁸`.
    pub fn adam(rate: f32) -> Self {
        Self::of(Method::ADAM, rate)
    }

    /// Adam with [`decay`](Self::decay): AdamW.
    pub fn adam_w(rate: f32, decay: f32) -> Self {
        Self::adam(rate).decay(decay)
    }

    /// The shares that the two means of Adam, Adamax, NAdam or Lion keep of themselves in a step.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::adam(3e-4).betas(0.9, 0.95).epsilon(1e-7);
    /// ```
    pub fn betas(self, beta1: f32, beta2: f32) -> Self {
        self.set("beta1", beta1).set("beta2", beta2)
    }

    /// What keeps the divisor from 0; gradient descent and Lion have none.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::rms_prop(0.001).epsilon(1e-7);
    /// ```
    pub fn epsilon(self, epsilon: f32) -> Self {
        self.set("epsilon", epsilon)
    }

    /// The share that RMSProp's mean of squares keeps of itself in a step.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::rms_prop(0.001).rho(0.99); // as PyTorch's
    /// ```
    pub fn rho(self, rho: f32) -> Self {
        self.set("rho", rho)
    }

    /// How fast NAdam's momentum goes from half of `β₁` to the whole: its `ψ`.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::nadam(0.002).momentum_decay(0.0); // half of it for good
    /// ```
    pub fn momentum_decay(self, momentum_decay: f32) -> Self {
        self.set("momentum_decay", momentum_decay)
    }

    /// Decoupled weight decay (Loshchilov and Hutter, 2019): before each step, `w -= rate · decay · w`. With gradient descent this
    /// makes SGDW. Parameters of one dimension, such as biases, do not decay.
    ///
    /// As in PyTorch's AdamW, the learning rate and its schedule multiply the decay; the paper has the schedule alone.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::nesterov(0.1, 0.9).decay(5e-4);
    /// ```
    pub fn decay(self, decay: f32) -> Self {
        Self { decay: Some(decay), ..self }
    }

    /// Changes a setting of the method. One that it does not have is an error of `compile`.
    fn set(mut self, name: &'static str, value: f32) -> Self {
        match self.method.settings().into_iter().find(|setting| setting.name == name) {
            Some(setting) => *setting.value = value,
            None => self.misplaced = Some(name),
        }
        self
    }

    /// Changes the learning rate over the training.
    pub fn schedule(self, schedule: Schedule) -> Self {
        Self { schedule, ..self }
    }

    /// Scales gradients down so that their norm over all parameters is at most `limit`.
    pub fn clip_norm(self, limit: f32) -> Self {
        Self { clip: Some(limit), ..self }
    }

    /// Brings each number of the gradients into `-limit..=limit`. [`clip_norm`](Self::clip_norm) comes first, if both are wanted.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::momentum(0.1, 0.9).clip_value(0.5);
    /// ```
    pub fn clip_value(self, limit: f32) -> Self {
        Self { clip_value: Some(limit), ..self }
    }

    /// The learning rate at a step, the first being 0.
    pub(crate) fn rate_at(&self, step: usize, steps_per_epoch: usize, epochs: usize) -> f32 {
        self.rate * self.schedule.factor(step, steps_per_epoch, epochs)
    }

    /// Whether the learning rate depends on the number of epochs.
    pub(crate) fn needs_epochs(&self) -> bool {
        self.schedule.needs_epochs()
    }

    /// Why these settings cannot train, if they cannot.
    pub(crate) fn fault(&self) -> Option<String> {
        Bound::Positive
            .fault("the learning rate", self.rate)
            .or_else(|| self.misplaced.map(|name| self.method.lacks(name)))
            .or_else(|| self.method.fault())
            .or_else(|| self.schedule.fault())
            .or_else(|| self.clip.and_then(|limit| Bound::Positive.fault("the norm to clip at", limit)))
            .or_else(|| {
                self.clip_value.and_then(|limit| Bound::Positive.fault("the value to clip at", limit))
            })
            .or_else(|| self.decay.and_then(|decay| Bound::NotNegative.fault("the weight decay", decay)))
    }

    /// The bias corrections of a step, the first being 1.
    pub(crate) fn corrections(&self, step: u32) -> [f32; 3] {
        fn of<R: Rule>(rule: R, step: u32) -> [f32; 3] {
            if R::CORRECTED { rule.corrections(step) } else { [1.0; 3] }
        }
        with_rule!(self.method, rule => of(rule, step))
    }

    /// Arenas of moments that it keeps.
    pub(crate) fn moments(&self) -> usize {
        self.method.moments()
    }

    /// Records the update of all parameters from their gradients, and returns what gradients are multiplied by, which is negative
    /// where nothing is updated.
    pub(crate) fn record(&self, tape: &mut Recorder, arenas: &Arenas) -> Tensor {
        let factor = self.record_factor(tape, arenas);
        if let Some(limit) = self.clip_value {
            tape.push(ClipValue { gradients: arenas.trained(arenas.gradients), factor, limit });
        }
        for group in &arenas.groups {
            self.record_group(tape, arenas, *group, factor);
        }
        factor
    }

    fn record_group(&self, tape: &mut Recorder, arenas: &Arenas, group: Group, factor: Tensor) {
        if let Some(decay) = self.decay {
            let (parameters, mask) = (group.of(arenas.parameters), group.of(arenas.mask));
            tape.push(Decay { parameters, mask, factor, decay, rate_factor: group.rate_factor });
        }
        with_rule!(self.method, rule => tape.push(update(rule, factor, arenas, group)));
    }
}

impl Optimizer {
    /// What gradients are multiplied by: 1 where they are neither clipped nor scaled.
    fn record_factor(&self, tape: &mut Recorder, arenas: &Arenas) -> Tensor {
        if self.clip.is_none() && arenas.halves.is_none() {
            return arenas.one;
        }
        let sums = tape.tensor("clip.sums", Element::Real, 2, NORM_PARTS);
        let factor = tape.tensor("clip.factor", Element::Real, 1, 1);
        tape.push(SumSquares { x: arenas.trained(arenas.gradients), sums });
        if let Some(Halves { scale, denominators, .. }) = arenas.halves {
            let plain = LossScale::new(sums, scale, factor, denominators);
            tape.push(LossScale {
                limit: self.clip,
                betas: with_rule!(self.method, rule => rule.betas()),
                ..plain
            });
        } else if let Some(limit) = self.clip {
            tape.push(ClipFactor { sums, factor, limit });
        }
        factor
    }
}

fn update<R: Rule>(rule: R, factor: Tensor, arenas: &Arenas, group: Group) -> Update<R> {
    let [parameters, gradients] = [arenas.parameters, arenas.gradients].map(|arena| group.of(arena));
    let moments = arenas.moments.iter().map(|arena| group.of(*arena)).collect();
    let denominators = arenas.halves.filter(|_| R::CORRECTED).map(|halves| halves.denominators);
    let plain = Update::new(rule, parameters, gradients, factor, moments);
    Update { denominators, rate_factor: group.rate_factor, ..plain }
}

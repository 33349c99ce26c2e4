//! How parameters follow their gradients.

mod describe;
mod formula;
mod lamb;
mod method;
mod record;
mod unknown;

use std::sync::Arc;

use self::formula::Formula;
use crate::error::{Error, Result};
use crate::nn::bound::Bound;
use crate::nn::schedule::Schedule;
use crate::ops::optimizer::{Momentum, Sgd};

pub use self::method::{Method, Part, Trained};
pub(crate) use self::record::{Arenas, Group, Halves};

/// An optimizer with its learning rate, schedule, weight decay and clipping.
///
/// ```
/// use wgrad::{Optimizer, Schedule};
///
/// let plain = Optimizer::sgd(0.1);
/// let usual = Optimizer::adam_w(1e-3, 0.01).clip_norm(1.0).schedule(Schedule::WarmupCosine { epochs: 2, floor: 0.0 });
/// # let _ = (plain, usual);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a model is compiled with it"]
pub struct Optimizer {
    formula: Formula,
    rate: f32,
    schedule: Schedule,
    decay: Option<f32>,
    clip: Option<f32>,
    clip_value: Option<f32>,
    average: Option<f32>,
    /// A setting that the method does not have.
    misplaced: Option<&'static str>,
}

impl Optimizer {
    fn of(formula: Formula, rate: f32) -> Self {
        Self {
            formula,
            rate,
            schedule: Schedule::Constant,
            decay: None,
            clip: None,
            clip_value: None,
            average: None,
            misplaced: None,
        }
    }

    /// Stochastic gradient descent.
    pub fn sgd(rate: f32) -> Self {
        Self::of(Formula::Sgd(Sgd), rate)
    }

    /// Stochastic gradient descent with momentum; 0.9 is the usual share.
    pub fn momentum(rate: f32, momentum: f32) -> Self {
        Self::of(Formula::Momentum(Momentum { momentum, nesterov: false }), rate)
    }

    /// Stochastic gradient descent with Nesterov's momentum.
    pub fn nesterov(rate: f32, momentum: f32) -> Self {
        Self::of(Formula::Momentum(Momentum { momentum, nesterov: true }), rate)
    }

    /// RMSProp with `ρ = 0.9`, `ε = 10⁻⁸`.
    pub fn rms_prop(rate: f32) -> Self {
        Self::of(Formula::RMS_PROP, rate)
    }

    /// AdaGrad with `ε = 10⁻¹⁰` (Duchi, Hazan and Singer, 2011); 0.01 is a usual rate.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::ada_grad(0.01);
    /// ```
    pub fn ada_grad(rate: f32) -> Self {
        Self::of(Formula::ADA_GRAD, rate)
    }

    /// Lion with `β₁ = 0.9`, `β₂ = 0.99` (Chen et al., 2023). Its rates are three to ten times less than Adam's, and its decay as much
    /// more.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::lion(1e-4).decay(0.1);
    /// ```
    pub fn lion(rate: f32) -> Self {
        Self::of(Formula::LION, rate)
    }

    /// Adamax with `β₁ = 0.9`, `β₂ = 0.999`, `ε = 10⁻⁸` (Kingma and Ba, 2015); 0.002 is a usual rate.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::adamax(0.002);
    /// ```
    pub fn adamax(rate: f32) -> Self {
        Self::of(Formula::ADAMAX, rate)
    }

    /// NAdam with `β₁ = 0.9`, `β₂ = 0.999`, `ε = 10⁻⁸`, `ψ = 0.004` (Dozat, 2016); 0.002 is a usual rate.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::nadam(0.002).momentum_decay(0.01);
    /// ```
    pub fn nadam(rate: f32) -> Self {
        Self::of(Formula::NADAM, rate)
    }

    /// LAMB with `β₁ = 0.9`, `β₂ = 0.999`, `ε = 10⁻⁶` (You et al., 2020): Adam whose step of each parameter is `rate` times as long as
    /// the parameter is, for large batches. Its decay counts in that length.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::lamb(0.002).decay(0.01);
    /// ```
    pub fn lamb(rate: f32) -> Self {
        Self::of(Formula::LAMB, rate)
    }

    /// One of your own: a [`Rule`](crate::ops::optimizer::Rule) for each number, or a [`Method`] for whole parameters. Files keep its
    /// name; a model that [`Model::load`](crate::Model::load) makes of one predicts. To train on, compile a
    /// [`Graph::load`](crate::Graph::load) with the optimizer.
    ///
    /// ```
    /// use wgrad::ops::Lion;
    ///
    /// let _optimizer = wgrad::Optimizer::custom(Lion { beta1: 0.9, beta2: 0.99 }, 1e-4); // as from another crate
    /// ```
    pub fn custom(method: impl Method, rate: f32) -> Self {
        Self::of(Formula::Custom(Arc::new(method)), rate)
    }

    /// Adam with `β₁ = 0.9`, `β₂ = 0.999`, `ε = 10⁻⁸`.
    pub fn adam(rate: f32) -> Self {
        Self::of(Formula::ADAM, rate)
    }

    /// Adam with [`decay`](Self::decay): AdamW.
    pub fn adam_w(rate: f32, decay: f32) -> Self {
        Self::adam(rate).decay(decay)
    }

    /// The shares that the two means of Adam, Adamax, NAdam, LAMB or Lion keep of themselves in a step.
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
        match self.formula.settings().into_iter().find(|setting| setting.name == name) {
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

    /// Keeps an average of all parameters, to which the model is brought at the end of a training: the mean over its steps, in which a
    /// step counts `decay` times as much as the next one. 0.999 is usual; it needs several thousand steps. Validation, metrics and early
    /// stopping judge by the average as well (Polyak and Juditsky, 1992; with Adam's correction, so that it begins well). State, as the running
    /// statistics of a norm, is averaged as well: those of the last weights would be wrong for others.
    ///
    /// ```
    /// let _optimizer = wgrad::Optimizer::adam(1e-3).average(0.999);
    /// ```
    pub fn average(self, decay: f32) -> Self {
        Self { average: Some(decay), ..self }
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
            .or_else(|| self.misplaced.map(|name| self.formula.lacks(name)))
            .or_else(|| self.formula.fault())
            .or_else(|| self.schedule.fault())
            .or_else(|| self.clip.and_then(|limit| Bound::Positive.fault("the norm to clip at", limit)))
            .or_else(|| {
                self.clip_value.and_then(|limit| Bound::Positive.fault("the value to clip at", limit))
            })
            .or_else(|| self.decay.and_then(|decay| Bound::NotNegative.fault("the weight decay", decay)))
            .or_else(|| self.average.and_then(|decay| Bound::Share.fault("the averages' decay", decay)))
    }

    /// An error where it cannot train: a file has described one that is not of this crate.
    pub(crate) fn check_training(&self) -> Result<()> {
        let Formula::Unknown(unknown) = &self.formula else { return Ok(()) };
        let why = format!(
            "the model was saved with the optimizer {}, which is not of this crate; load the net with Graph::load, compile it with the \
             optimizer, and Model::load_weights takes the file",
            unknown.name
        );
        Err(Error::Setting { why })
    }

    /// The bias corrections of a step, the first being 1.
    pub(crate) fn corrections(&self, step: u32) -> [f32; 3] {
        self.formula.method().corrections(step)
    }

    /// The share of the way that averages go in a step, the first being 1.
    pub(crate) fn average_share(&self, step: u32) -> f32 {
        let decay = f64::from(self.average.unwrap_or(0.0));
        ((1.0 - decay) / (1.0 - decay.powf(step.into()))) as f32
    }

    /// Whether it averages weights; the averages are the last of the moments.
    pub(crate) fn averages(&self) -> bool {
        self.average.is_some()
    }

    /// Arenas of moments that it keeps, with that of averages.
    pub(crate) fn moments(&self) -> usize {
        self.formula.method().moments() + usize::from(self.averages())
    }
}

impl PartialEq for Optimizer {
    fn eq(&self, other: &Self) -> bool {
        self.describe() == other.describe() && self.misplaced == other.misplaced
    }
}

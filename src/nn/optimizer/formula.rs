//! The formulas that models train by, and the numbers that decide them.

use std::sync::Arc;

use super::lamb::Lamb;
use super::method::Method;
use super::unknown::Unknown;
use crate::nn::bound::Bound;
use crate::ops::optimizer::{AdaGrad, Adam, Adamax, LambStep, Lion, Momentum, Nadam, RmsProp, Sgd};

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// The formula of a step; see [`ops::optimizer`](crate::ops::optimizer).
#[derive(Clone, Debug)]
pub(super) enum Formula {
    Sgd(Sgd),
    Momentum(Momentum),
    RmsProp(RmsProp),
    AdaGrad(AdaGrad),
    Lion(Lion),
    Adam(Adam),
    Adamax(Adamax),
    Nadam(Nadam),
    Lamb(Lamb),
    Custom(Arc<dyn Method>),
    Unknown(Unknown),
}

/// A number that decides the steps.
pub(super) struct Setting<'a> {
    /// As files call it.
    pub(super) name: &'static str,
    pub(super) value: &'a mut f32,
    pub(super) bound: Bound,
}

impl Formula {
    pub(super) const RMS_PROP: Self = Self::RmsProp(RmsProp { rho: 0.9, epsilon: EPSILON });
    pub(super) const ADA_GRAD: Self = Self::AdaGrad(AdaGrad { epsilon: 1e-10 });
    pub(super) const LION: Self = Self::Lion(Lion { beta1: BETA1, beta2: 0.99 });
    pub(super) const ADAM: Self = Self::Adam(Adam { beta1: BETA1, beta2: BETA2, epsilon: EPSILON });
    pub(super) const ADAMAX: Self = Self::Adamax(Adamax { beta1: BETA1, beta2: BETA2, epsilon: EPSILON });
    pub(super) const NADAM: Self =
        Self::Nadam(Nadam { beta1: BETA1, beta2: BETA2, epsilon: EPSILON, momentum_decay: 0.004 });
    pub(super) const LAMB: Self = Self::Lamb(Lamb(LambStep { beta1: BETA1, beta2: BETA2, epsilon: 1e-6 }));

    /// What records its steps.
    pub(super) fn method(&self) -> &dyn Method {
        match self {
            Formula::Sgd(rule) => rule,
            Formula::Momentum(rule) => rule,
            Formula::RmsProp(rule) => rule,
            Formula::AdaGrad(rule) => rule,
            Formula::Lion(rule) => rule,
            Formula::Adam(rule) => rule,
            Formula::Adamax(rule) => rule,
            Formula::Nadam(rule) => rule,
            Formula::Lamb(lamb) => lamb,
            Formula::Custom(method) => &**method,
            Formula::Unknown(unknown) => unknown,
        }
    }

    /// As files call it.
    pub(super) fn name(&self) -> &str {
        match self {
            Formula::Sgd(_) => "sgd",
            Formula::Momentum(_) => "momentum",
            Formula::RmsProp(_) => "rms_prop",
            Formula::AdaGrad(_) => "ada_grad",
            Formula::Lion(_) => "lion",
            Formula::Adam(_) => "adam",
            Formula::Adamax(_) => "adamax",
            Formula::Nadam(_) => "nadam",
            Formula::Lamb(_) | Formula::Custom(_) | Formula::Unknown(_) => self.method().name(),
        }
    }

    /// Everything of the crate's own that can be set, beside Nesterov's way.
    pub(super) fn settings(&mut self) -> Vec<Setting<'_>> {
        let share = |name, value| Setting { name, value, bound: Bound::Share };
        let not_negative = |name, value| Setting { name, value, bound: Bound::NotNegative };
        let added = |value| not_negative("epsilon", value);
        match self {
            Formula::Sgd(Sgd) | Formula::Custom(_) | Formula::Unknown(_) => Vec::new(),
            Formula::Momentum(Momentum { momentum, .. }) => vec![share("momentum", momentum)],
            Formula::RmsProp(RmsProp { rho, epsilon }) => vec![share("rho", rho), added(epsilon)],
            Formula::AdaGrad(AdaGrad { epsilon }) => vec![added(epsilon)],
            Formula::Lion(Lion { beta1, beta2 }) => vec![share("beta1", beta1), share("beta2", beta2)],
            Formula::Nadam(Nadam { beta1, beta2, epsilon, momentum_decay }) => {
                let decay = not_negative("momentum_decay", momentum_decay);
                vec![share("beta1", beta1), share("beta2", beta2), added(epsilon), decay]
            }
            Formula::Adam(Adam { beta1, beta2, epsilon })
            | Formula::Adamax(Adamax { beta1, beta2, epsilon })
            | Formula::Lamb(Lamb(LambStep { beta1, beta2, epsilon })) => {
                vec![share("beta1", beta1), share("beta2", beta2), added(epsilon)]
            }
        }
    }

    /// What to say where a setting is none of its own.
    pub(super) fn lacks(&self, setting: &str) -> String {
        let mut copy = self.clone();
        let names: Vec<_> = copy.settings().iter().map(|setting| setting.name).collect();
        let has = if names.is_empty() { "nothing".to_string() } else { names.join(", ") };
        format!("{} has no {setting}; of it, {has} can be set", self.name())
    }

    /// Why its settings cannot train, if they cannot.
    pub(super) fn fault(&self) -> Option<String> {
        let fault = |Setting { name, value, bound }| bound.fault(&format!("the optimizer's {name}"), *value);
        let fault = self.clone().settings().into_iter().find_map(fault);
        let method = self.method();
        fault.or_else(|| method.check().err().map(|error| format!("the optimizer {} {error}", method.name())))
    }
}

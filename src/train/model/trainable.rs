//! Which parameters are trained, and how fast.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::file::json::{list, object};
use crate::nn::parameters::Entry;

/// What of a model is trained, and how fast.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Trainable {
    /// Names of parameters and state that stay as they are.
    pub(crate) frozen: BTreeSet<String>,
    /// What the learning rate of some parameters is multiplied by.
    pub(crate) rate_factors: BTreeMap<String, f32>,
}

impl Trainable {
    /// What the learning rate of a parameter is multiplied by.
    pub(crate) fn rate_factor(&self, name: &str) -> f32 {
        self.rate_factors.get(name).copied().unwrap_or(1.0)
    }

    /// Why a bias and its weight, which are one tensor, are not trained alike, if they are not.
    pub(crate) fn fault(&self, entries: &[Entry]) -> Option<String> {
        for pair in entries.windows(2).filter(|pair| pair[1].joined) {
            let [weight, bias] = [0, 1].map(|at| &pair[at].name);
            let alike = self.frozen.contains(weight) == self.frozen.contains(bias)
                && self.rate_factor(weight) == self.rate_factor(bias);
            if !alike {
                return Some(format!(
                    "{weight} and {bias} are one tensor, and only one of them would be changed; name their layer"
                ));
            }
        }
        None
    }

    /// Adds it to a model's description, where it says something.
    pub(crate) fn describe(&self, model: &mut Value) {
        if !self.frozen.is_empty() {
            model["frozen"] = json!(self.frozen);
        }
        if !self.rate_factors.is_empty() {
            model["rate_factors"] = json!(self.rate_factors);
        }
    }

    /// What a file says of a model with these parameters.
    pub(crate) fn described(model: &Value, entries: &[Entry]) -> Result<Self, String> {
        let known = |name: &str| entries.iter().any(|entry| entry.name == name);
        let mut found = Self::default();
        if !model["frozen"].is_null() {
            for name in list(model, "frozen")? {
                let name = name.as_str().filter(|name| known(name));
                found.frozen.insert(name.ok_or("what is frozen is no parameter")?.to_string());
            }
        }
        if !model["rate_factors"].is_null() {
            for (name, factor) in object(model, "rate_factors")? {
                let factor = factor.as_f64().map(|factor| factor as f32).filter(|factor| is_factor(*factor));
                let factor = factor.filter(|_| known(name));
                let factor = factor
                    .ok_or_else(|| format!("the rate factor of {name:?} is none, or of no parameter"))?;
                found.rate_factors.insert(name.clone(), factor);
            }
        }
        Ok(found)
    }
}

/// Whether a learning rate may be multiplied by this.
pub(crate) fn is_factor(factor: f32) -> bool {
    factor.is_finite() && factor > 0.0
}

//! Optimizers and schedules as files describe them.

use serde_json::{Value, json};

use super::Optimizer;
use super::formula::{Formula, Setting};
use super::unknown::Unknown;
use crate::file::json::{count, flag, real, text};
use crate::nn::schedule::Schedule;
use crate::ops::optimizer::{Momentum, Sgd};

impl Optimizer {
    /// Everything that decides its steps.
    pub(crate) fn describe(&self) -> Value {
        let Self { formula, rate, schedule, decay, clip, clip_value, average, misplaced: _ } = self;
        json!({
            "method": formula.describe(), "rate": rate, "schedule": schedule.describe(), "decay": decay, "clip": clip,
            "clip_value": clip_value, "average": average,
        })
    }

    /// The optimizer that a file describes.
    pub(crate) fn described(value: &Value) -> Result<Self, String> {
        Ok(Self {
            formula: Formula::described(&value["method"])?,
            rate: real(value, "rate")?,
            schedule: Schedule::described(&value["schedule"])?,
            decay: optional(value, "decay")?,
            clip: optional(value, "clip")?,
            clip_value: optional(value, "clip_value")?,
            average: optional(value, "average")?,
            misplaced: None,
        })
    }
}

impl Formula {
    fn describe(&self) -> Value {
        if let Formula::Custom(_) | Formula::Unknown(_) = self {
            let method = self.method();
            return json!({ "name": "custom", "of": method.name(), "moments": method.moments(), "settings": method.settings() });
        }
        let mut described = json!({ "name": self.name() });
        for Setting { name, value, .. } in self.clone().settings() {
            described[name] = json!(*value);
        }
        if let Formula::Momentum(Momentum { nesterov, .. }) = self {
            described["nesterov"] = json!(nesterov);
        }
        described
    }

    /// What a file does not say is as usual.
    fn described(value: &Value) -> Result<Self, String> {
        let mut method = match text(value, "name")? {
            "sgd" => Formula::Sgd(Sgd),
            "momentum" => Formula::Momentum(Momentum {
                momentum: real(value, "momentum")?,
                nesterov: flag(value, "nesterov")?,
            }),
            "rms_prop" => Formula::RMS_PROP,
            "ada_grad" => Formula::ADA_GRAD,
            "lion" => Formula::LION,
            "adam" => Formula::ADAM,
            "adamax" => Formula::ADAMAX,
            "nadam" => Formula::NADAM,
            "lamb" => Formula::LAMB,
            "custom" => {
                let settings = value["settings"].as_object().cloned().unwrap_or_default();
                let (name, moments) = (text(value, "of")?.to_string(), count(value, "moments")?);
                Formula::Unknown(Unknown { name, settings, moments })
            }
            name => return Err(format!("{name:?} is no optimizer")),
        };
        for setting in method.settings() {
            *setting.value = optional(value, setting.name)?.unwrap_or(*setting.value);
        }
        Ok(method)
    }
}

/// A number that a file need not have.
fn optional(value: &Value, key: &str) -> Result<Option<f32>, String> {
    if value[key].is_null() { Ok(None) } else { real(value, key).map(Some) }
}

impl Schedule {
    pub(crate) fn describe(self) -> Value {
        match self {
            Schedule::Constant => json!({ "name": "constant" }),
            Schedule::Step { epochs, factor } => {
                json!({ "name": "step", "epochs": epochs, "factor": factor })
            }
            Schedule::Exponential { factor } => json!({ "name": "exponential", "factor": factor }),
            Schedule::Polynomial { power, floor } => {
                json!({ "name": "polynomial", "power": power, "floor": floor })
            }
            Schedule::OneCycle { rising, first, last } => {
                json!({ "name": "one_cycle", "rising": rising, "first": first, "last": last })
            }
            Schedule::Custom { name, .. } => json!({ "name": "custom", "of": name }),
            Schedule::Cosine { floor } => json!({ "name": "cosine", "floor": floor }),
            Schedule::WarmupCosine { epochs, floor } => {
                json!({ "name": "warmup_cosine", "epochs": epochs, "floor": floor })
            }
            Schedule::Warmup { epochs } => json!({ "name": "warmup", "epochs": epochs }),
        }
    }

    fn described(value: &Value) -> Result<Self, String> {
        let (epochs, floor) = (|| count(value, "epochs"), || real(value, "floor"));
        let number = |key| real(value, key);
        Ok(match text(value, "name")? {
            "constant" => Schedule::Constant,
            "step" => Schedule::Step { epochs: epochs()?, factor: number("factor")? },
            "exponential" => Schedule::Exponential { factor: number("factor")? },
            "polynomial" => Schedule::Polynomial { power: number("power")?, floor: floor()? },
            "one_cycle" => {
                let (rising, first) = (number("rising")?, number("first")?);
                Schedule::OneCycle { rising, first, last: number("last")? }
            }
            "custom" => return Err(unknown(text(value, "of")?)),
            "cosine" => Schedule::Cosine { floor: floor()? },
            "warmup_cosine" => Schedule::WarmupCosine { epochs: epochs()?, floor: floor()? },
            "warmup" => Schedule::Warmup { epochs: epochs()? },
            name => return Err(format!("{name:?} is no schedule")),
        })
    }
}

/// What to do with a file whose schedule is a function.
fn unknown(schedule: &str) -> String {
    format!(
        "the schedule {schedule:?} is not of this crate; Graph::load, compile with Schedule::custom, and Model::load_weights take the file"
    )
}

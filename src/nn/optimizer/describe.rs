//! Optimizers and schedules as files describe them.

use serde_json::{Value, json};

use super::Optimizer;
use super::method::{Method, Setting};
use crate::file::json::{count, flag, real, text};
use crate::nn::schedule::Schedule;
use crate::ops::optimizer::{Momentum, Sgd};

impl Optimizer {
    /// Everything that decides its steps.
    pub(crate) fn describe(&self) -> Value {
        let Self { method, rate, schedule, decay, clip, misplaced: _ } = self;
        json!({
            "method": method.describe(), "rate": rate, "schedule": schedule.describe(), "decay": decay, "clip": clip,
        })
    }

    /// The optimizer that a file describes.
    pub(crate) fn described(value: &Value) -> Result<Self, String> {
        Ok(Self {
            method: Method::described(&value["method"])?,
            rate: real(value, "rate")?,
            schedule: Schedule::described(&value["schedule"])?,
            decay: optional(value, "decay")?,
            clip: optional(value, "clip")?,
            misplaced: None,
        })
    }
}

impl Method {
    fn describe(mut self) -> Value {
        let mut described = json!({ "name": self.name() });
        for Setting { name, value, .. } in self.settings() {
            described[name] = json!(*value);
        }
        if let Method::Momentum(Momentum { nesterov, .. }) = self {
            described["nesterov"] = json!(nesterov);
        }
        described
    }

    /// What a file does not say is as usual.
    fn described(value: &Value) -> Result<Self, String> {
        let mut method = match text(value, "name")? {
            "sgd" => Method::Sgd(Sgd),
            "momentum" => Method::Momentum(Momentum {
                momentum: real(value, "momentum")?,
                nesterov: flag(value, "nesterov")?,
            }),
            "rms_prop" => Method::RMS_PROP,
            "ada_grad" => Method::ADA_GRAD,
            "lion" => Method::LION,
            "adam" => Method::ADAM,
            "adamax" => Method::ADAMAX,
            "nadam" => Method::NADAM,
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
    fn describe(self) -> Value {
        match self {
            Schedule::Constant => json!({ "name": "constant" }),
            Schedule::Step { epochs, factor } => {
                json!({ "name": "step", "epochs": epochs, "factor": factor })
            }
            Schedule::Cosine { floor } => json!({ "name": "cosine", "floor": floor }),
            Schedule::WarmupCosine { epochs, floor } => {
                json!({ "name": "warmup_cosine", "epochs": epochs, "floor": floor })
            }
            Schedule::Warmup { epochs } => json!({ "name": "warmup", "epochs": epochs }),
        }
    }

    fn described(value: &Value) -> Result<Self, String> {
        let (epochs, floor) = (|| count(value, "epochs"), || real(value, "floor"));
        Ok(match text(value, "name")? {
            "constant" => Schedule::Constant,
            "step" => Schedule::Step { epochs: epochs()?, factor: real(value, "factor")? },
            "cosine" => Schedule::Cosine { floor: floor()? },
            "warmup_cosine" => Schedule::WarmupCosine { epochs: epochs()?, floor: floor()? },
            "warmup" => Schedule::Warmup { epochs: epochs()? },
            name => return Err(format!("{name:?} is no schedule")),
        })
    }
}

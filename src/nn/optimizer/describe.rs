//! Optimizers and schedules as files describe them.

use serde_json::{Value, json};

use super::{Method, Optimizer};
use crate::file::json::{count, flag, real, text};
use crate::nn::schedule::Schedule;
use crate::ops::optimizer::{Adam, Momentum, RmsProp};

impl Optimizer {
    /// Everything that decides its steps.
    pub(crate) fn describe(&self) -> Value {
        let Self { method, rate, schedule, decay, clip } = self;
        json!({
            "method": method.describe(), "rate": rate, "schedule": schedule.describe(), "decay": decay, "clip": clip,
        })
    }

    /// The optimizer that a file describes.
    pub(crate) fn described(value: &Value) -> Result<Self, String> {
        let optional = |key| if value[key].is_null() { Ok(None) } else { real(value, key).map(Some) };
        Ok(Self {
            method: Method::described(&value["method"])?,
            rate: real(value, "rate")?,
            schedule: Schedule::described(&value["schedule"])?,
            decay: optional("decay")?,
            clip: optional("clip")?,
        })
    }
}

impl Method {
    fn describe(self) -> Value {
        match self {
            Method::Sgd => json!({ "name": "sgd" }),
            Method::Momentum(Momentum { momentum, nesterov }) => {
                json!({ "name": "momentum", "momentum": momentum, "nesterov": nesterov })
            }
            Method::RmsProp(RmsProp { rho, epsilon }) => {
                json!({ "name": "rms_prop", "rho": rho, "epsilon": epsilon })
            }
            Method::Adam(Adam { beta1, beta2, epsilon }) => {
                json!({ "name": "adam", "beta1": beta1, "beta2": beta2, "epsilon": epsilon })
            }
        }
    }

    fn described(value: &Value) -> Result<Self, String> {
        let real = |key| real(value, key);
        Ok(match text(value, "name")? {
            "sgd" => Method::Sgd,
            "momentum" => {
                Method::Momentum(Momentum { momentum: real("momentum")?, nesterov: flag(value, "nesterov")? })
            }
            "rms_prop" => Method::RmsProp(RmsProp { rho: real("rho")?, epsilon: real("epsilon")? }),
            "adam" => {
                let (beta1, beta2) = (real("beta1")?, real("beta2")?);
                Method::Adam(Adam { beta1, beta2, epsilon: real("epsilon")? })
            }
            name => return Err(format!("{name:?} is no optimizer")),
        })
    }
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

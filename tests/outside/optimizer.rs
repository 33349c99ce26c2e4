//! An optimizer that looks at whole parameters.

use wgrad::ops::{MovingAverage, TrustRatio};
use wgrad::optimizers::{Method, Trained};
use wgrad::serde_json::{Map, Value};
use wgrad::{OpError, Recorder};

/// Steps of a gradient's direction, as long as the parameter is times the rate: LARS with a mean of gradients (You, Gitman and Ginsburg, 2017).
#[derive(Debug)]
pub struct Lars {
    /// The share of a parameter that is added to its gradient.
    pub decay: f32,
    /// The share of itself that the mean keeps.
    pub momentum: f32,
}

impl Method for Lars {
    fn name(&self) -> &str {
        "lars"
    }

    fn settings(&self) -> Map<String, Value> {
        Map::from_iter(
            [("decay", self.decay), ("momentum", self.momentum)]
                .map(|(name, value)| (name.to_string(), value.into())),
        )
    }

    fn moments(&self) -> usize {
        1
    }

    fn check(&self) -> Result<(), OpError> {
        if self.decay >= 0.0 { Ok(()) } else { Err(OpError::new(format!("has the decay {}", self.decay))) }
    }

    fn record(&self, tape: &mut Recorder, trained: &Trained) {
        // A mean of gradients; of a step only the direction matters.
        let (steps, value, factor) = (trained.moments[0], trained.gradients, trained.factor);
        tape.push(MovingAverage { average: steps, value, factor, momentum: self.momentum });
        for part in &trained.parts {
            tape.push(TrustRatio {
                parameters: trained.parameters,
                steps,
                factor: trained.factor,
                range: part.range.clone(),
                decay: if part.decays { self.decay } else { 0.0 },
                rate_factor: trained.rate_factor,
            });
        }
    }
}

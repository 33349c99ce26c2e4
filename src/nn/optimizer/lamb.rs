//! LAMB.

use serde_json::{Map, Value};

use super::method::{Method, Trained};
use crate::ops::TrustRatio;
use crate::ops::optimizer::{LambStep, Rule};
use crate::program::recorder::Recorder;
use crate::program::tensor::Element;

/// Adam whose step of each parameter is as long as the parameter, times the rate: large batches train as well as small ones
/// (You et al., *Large Batch Optimization for Deep Learning*, 2020, algorithm 2 with `φ(x) = x`). The length counts as 1 in place of a
/// ratio where it or that of the step is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lamb(pub(super) LambStep);

impl Method for Lamb {
    fn name(&self) -> &str {
        "lamb"
    }

    fn settings(&self) -> Map<String, Value> {
        Method::settings(&self.0)
    }

    fn moments(&self) -> usize {
        LambStep::MOMENTS
    }

    fn takes_decay(&self) -> bool {
        true
    }

    fn betas(&self) -> [f32; 3] {
        Rule::betas(&self.0)
    }

    fn corrections(&self, t: u32) -> [f32; 3] {
        Rule::corrections(&self.0, t)
    }

    fn record(&self, tape: &mut Recorder, trained: &Trained) {
        let steps = tape.tensor("lamb.steps", Element::Real, 1, trained.parameters.len());
        Trained { parameters: steps, ..trained.clone() }.update(tape, self.0);
        for part in &trained.parts {
            let decay = trained.decay.filter(|_| part.decays).unwrap_or(0.0);
            tape.push(TrustRatio {
                parameters: trained.parameters,
                steps,
                factor: trained.factor,
                range: part.range.clone(),
                decay,
                rate_factor: trained.rate_factor,
            });
        }
    }
}

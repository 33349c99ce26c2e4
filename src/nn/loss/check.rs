//! What goes with a loss: what the last layer must give.

use super::Loss;
use super::behind::{Output, Squash, output};
use crate::error::{Error, Result};
use crate::program::op::Domain;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

impl Loss {
    /// An error unless a model's last layer gives what this loss takes.
    pub(crate) fn check_output(self, tape: &Recorder, layer: &str, prediction: Tensor) -> Result<()> {
        let fault = self.output_fault(output(tape, prediction));
        let Some(why) = fault else { return Ok(()) };
        Err(Error::LastLayer { layer: layer.to_string(), why })
    }

    /// Whether targets must lie in `0..=1`.
    pub(crate) fn takes_unit_targets(self) -> bool {
        matches!(self, Loss::BinaryCrossEntropy | Loss::BinaryCrossEntropyLogits)
    }

    fn output_fault(self, output: Output) -> Option<String> {
        if self == Loss::MeanSquaredError {
            return None;
        }
        let unbounded = |domain: Option<Domain>| domain.is_none_or(|domain| domain == Domain::Any);
        if output.dropped && output.domain == Some(Domain::Unit) {
            return Some(format!(
                "{self:?} takes no probabilities that Dropout has changed; put the Dropout before the last dense layer"
            ));
        }
        let given = output.domain.map_or("", in_words);
        let (squash, behind) = output.squash.map_or((None, None), |(squash, behind)| (Some(squash), behind));
        match (self, squash) {
            (Loss::BinaryCrossEntropy, Some(Squash::Softmax)) => Some(format!(
                "{self:?} takes a probability for each output by itself, and those of a softmax add up to 1; use Sigmoid \
                 in its place, or SoftmaxCrossEntropy with integer labels"
            )),
            (Loss::BinaryCrossEntropy, Some(Squash::Sigmoid))
            | (Loss::SoftmaxCrossEntropy, Some(Squash::Softmax)) => {
                let bounded = behind.filter(|behind| !unbounded(Some(*behind)));
                bounded.map(|behind| format!(
                    "{self:?} takes probabilities of any numbers, and here they are made of {}; leave the layer before \
                     the last out",
                    in_words(behind)
                ))
            }
            (Loss::BinaryCrossEntropy, None) if matches!(output.domain, None | Some(Domain::Unit)) => None,
            (Loss::BinaryCrossEntropy, None) => Some(format!(
                "{self:?} takes probabilities, and gets {given}; make a Sigmoid the last layer, or use \
                 BinaryCrossEntropyLogits behind a dense layer"
            )),
            _ if unbounded(output.domain) => None,
            (Loss::SoftmaxCrossEntropy, _) => Some(format!(
                "{self:?} takes a score of any size for each class, and gets {given}; leave the layer out, or use \
                 Softmax in its place"
            )),
            _ => Some(format!(
                "{self:?} takes any number and applies the sigmoid itself, and gets {given}; leave the layer out{}",
                if squash == Some(Squash::Sigmoid) { ", or use BinaryCrossEntropy" } else { "" }
            )),
        }
    }
}

fn in_words(domain: Domain) -> &'static str {
    match domain {
        Domain::Unit => "numbers from 0 to 1",
        Domain::Signed => "numbers from -1 to 1",
        Domain::NonNegative => "numbers that are never negative",
        _ => "any number",
    }
}

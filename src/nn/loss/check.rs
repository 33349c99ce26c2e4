//! What goes with a loss: what the last layer must give.

use super::behind::{Output, Squash, output};
use super::{Loss, OutputKind};
use crate::error::{Error, Result};
use crate::program::op::Domain;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// An error unless a model's last layer gives what a loss takes.
pub(crate) fn check_output(loss: &dyn Loss, tape: &Recorder, layer: &str, prediction: Tensor) -> Result<()> {
    let fault = fault(loss.name(), loss.outputs(), output(tape, prediction));
    let Some(why) = fault else { return Ok(()) };
    Err(Error::LastLayer { layer: layer.to_string(), why })
}

fn fault(name: &str, kind: OutputKind, output: Output) -> Option<String> {
    if kind == OutputKind::Any {
        return None;
    }
    let unbounded = |domain: Option<Domain>| domain.is_none_or(|domain| domain == Domain::Any);
    if output.dropped && output.domain == Some(Domain::Unit) {
        return Some(format!(
            "{name} takes no probabilities that Dropout has changed; put the Dropout before the last dense layer"
        ));
    }
    let given = output.domain.map_or("", in_words);
    let (squash, behind) = output.squash.map_or((None, None), |(squash, behind)| (Some(squash), behind));
    match (kind, squash) {
        (OutputKind::Probabilities, Some(Squash::Softmax)) => Some(format!(
            "{name} takes a probability for each output by itself, and those of a softmax add up to 1; use Sigmoid \
                 in its place, or SoftmaxCrossEntropy with integer labels"
        )),
        (OutputKind::Probabilities, Some(Squash::Sigmoid)) | (OutputKind::Scores, Some(Squash::Softmax)) => {
            let bounded = behind.filter(|behind| !unbounded(Some(*behind)));
            bounded.map(|behind| format!(
                    "{name} takes probabilities of any numbers, and here they are made of {}; leave the layer before \
                     the last out",
                    in_words(behind)
                ))
        }
        (OutputKind::Probabilities, None) if matches!(output.domain, None | Some(Domain::Unit)) => None,
        (OutputKind::Probabilities, None) => Some(format!(
            "{name} takes probabilities, and gets {given}; make a Sigmoid the last layer, or use \
                 BinaryCrossEntropy::logits() behind a dense layer"
        )),
        _ if unbounded(output.domain) => None,
        (OutputKind::Scores, _) => Some(format!(
            "{name} takes a score of any size for each class, and gets {given}; leave the layer out, or use \
                 Softmax in its place"
        )),
        _ => Some(format!(
            "{name} takes any number and applies the sigmoid itself, and gets {given}; leave the layer out{}",
            if squash == Some(Squash::Sigmoid) { ", or use BinaryCrossEntropy::new()" } else { "" }
        )),
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

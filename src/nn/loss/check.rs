//! What goes with a loss: the targets that it takes, and what the last layer must give.

use super::Loss;
use super::behind::{Output, Squash, output};
use crate::error::{Error, Result};
use crate::program::op::Domain;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;
use crate::train::dataset::{Dataset, Targets};

impl Loss {
    /// An error unless a dataset's targets are what this loss compares `outputs` numbers with.
    pub(crate) fn check(self, data: &Dataset, outputs: usize) -> Result<()> {
        let fault = match data.targets() {
            Targets::Labels(labels) if self.takes_labels() => label_fault(labels, outputs),
            Targets::Labels(_) => {
                Some(format!("{self:?} compares numbers, and the targets are integer labels"))
            }
            _ if self.takes_labels() => {
                Some(format!("{self:?} takes integer labels, and the targets are numbers"))
            }
            _ if data.target_width() != outputs => Some(format!(
                "targets of {} numbers, and the last layer gives {outputs}",
                data.target_width()
            )),
            _ if self.takes_unit_targets() => self.unit_fault(data),
            _ => None,
        };
        fault.map_or(Ok(()), |why| Err(Error::Targets { why }))
    }

    /// An error where there is nothing to learn from a dataset's targets.
    pub(crate) fn check_training(self, data: &Dataset) -> Result<()> {
        let Targets::Labels(labels) = data.targets() else { return Ok(()) };
        if labels.len() < 2 || labels.iter().any(|label| *label != labels[0]) {
            return Ok(());
        }
        let why = format!(
            "all {} labels are {}, so there is nothing to tell apart; train on samples of at least two classes",
            labels.len(),
            labels[0]
        );
        Err(Error::Targets { why })
    }

    /// An error unless a model's last layer gives what this loss takes.
    pub(crate) fn check_output(self, tape: &Recorder, layer: Option<&str>, prediction: Tensor) -> Result<()> {
        let fault = self.output_fault(output(tape, prediction));
        let Some(why) = fault else { return Ok(()) };
        Err(Error::LastLayer { layer: layer.unwrap_or("input").to_string(), why })
    }

    /// Whether targets must lie in `0..=1`.
    fn takes_unit_targets(self) -> bool {
        matches!(self, Loss::BinaryCrossEntropy | Loss::BinaryCrossEntropyLogits)
    }

    fn unit_fault(self, data: &Dataset) -> Option<String> {
        let (sample, column, value) = data.target_outside_unit()?;
        Some(format!(
            "the target of sample {sample}, column {column} is {value}, and {self:?} takes 0 to 1; scale the targets, \
             or use MeanSquaredError"
        ))
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

fn label_fault(labels: &[u32], outputs: usize) -> Option<String> {
    if outputs == 1 {
        let why = "one output, whose softmax is always 1; give the last layer an output for each class, or use \
                   BinaryCrossEntropyLogits with the targets 0 and 1";
        return Some(why.to_string());
    }
    let label = labels.iter().find(|label| **label as usize >= outputs)?;
    Some(format!("label {label} among {outputs} outputs; labels are 0..{outputs}"))
}

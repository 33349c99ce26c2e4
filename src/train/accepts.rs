//! The targets that a loss takes.

use super::dataset::{Dataset, Targets};
use super::target::Target;
use crate::error::{Error, Result};
use crate::nn::graph::Graph;
use crate::nn::loss::{Loss, TargetKind};
use crate::nn::losses::Objective;

/// The error of names that are not the model's.
pub(super) fn names_differ<'n>(
    what: &'static str,
    expected: impl Iterator<Item = &'n str>,
    found: impl Iterator<Item = &'n str>,
) -> Error {
    let in_words =
        |name: &str| if name.is_empty() { "one without a name".to_string() } else { name.to_string() };
    let (expected, found) = (expected.map(in_words).collect(), found.map(in_words).collect());
    Error::Names { what, expected, found }
}

impl Objective {
    /// The same targets, checked.
    ///
    /// # Errors
    /// Targets that are missing, are for no output, or are none that their loss compares; with `training`, some that have nothing
    /// to learn. Errors count samples from `first` on.
    pub(crate) fn check<'d>(
        &self,
        net: &Graph,
        data: &'d Dataset,
        training: bool,
        first: usize,
    ) -> Result<Vec<Target<'d>>> {
        let targets = self.targets(data)?;
        for (term, target) in self.terms.iter().zip(&targets) {
            if training {
                check_training(*target)?;
                check_class_weights(&*term.loss, *target)?;
            }
            if target.are_inputs() && net.inputs().count() > 1 {
                let why =
                    "the targets are the inputs, and the net has several; give the numbers themselves".into();
                return Err(Error::Targets { why });
            }
            check(&*term.loss, *target, net.width(term.at)?, first)?;
        }
        Ok(targets)
    }

    /// The targets of each output that is compared, in the order of the losses.
    ///
    /// # Errors
    /// Targets that are missing, or are for no output.
    pub(crate) fn targets<'d>(&self, data: &'d Dataset) -> Result<Vec<Target<'d>>> {
        let given: Vec<_> = data.named_targets().collect();
        let found = |name: &str| match given[..] {
            // A single target needs no name.
            [("", target)] if self.terms.len() == 1 => Some(target),
            _ => given.iter().find(|(known, _)| *known == name).map(|(_, target)| *target),
        };
        let targets: Vec<_> = self.terms.iter().filter_map(|term| found(&term.name)).collect();
        if targets.len() < self.terms.len() || given.len() > targets.len() {
            let expected = self.terms.iter().map(|term| term.name.as_str());
            return Err(names_differ("targets", expected, given.iter().map(|(name, _)| *name)));
        }
        Ok(targets)
    }
}

/// An error unless targets, of samples from `first` on, are what a loss compares `outputs` numbers with.
fn check(loss: &dyn Loss, target: Target<'_>, outputs: usize, first: usize) -> Result<()> {
    let (name, kind) = (loss.name(), loss.targets());
    let fault = match target.kind() {
        _ if kind == TargetKind::Unknown => Some(format!(
            "the model was saved with the loss {name}, which is not of this crate; load the net with Graph::load and compile it with \
             the loss to train or evaluate it"
        )),
        Targets::Labels(labels) if kind == TargetKind::Labels => label_fault(labels, outputs, first),
        Targets::Labels(_) => Some(format!("{name} compares numbers, and the targets are integer labels")),
        Targets::Inputs if target.inputs.are_integers() => {
            Some("integers are no targets; give labels or numbers as targets".to_string())
        }
        _ if kind == TargetKind::Labels => {
            Some(format!("{name} takes integer labels, and the targets are numbers"))
        }
        _ if target.width() != outputs => {
            Some(format!("targets of {} numbers, and the last layer gives {outputs}", target.width()))
        }
        _ => number_fault(name, kind, target, first),
    };
    fault.map_or(Ok(()), |why| Err(Error::Targets { why }))
}

/// An error where there is nothing to learn from a dataset's targets.
fn check_training(target: Target<'_>) -> Result<()> {
    let Targets::Labels(labels) = target.kind() else { return Ok(()) };
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

/// An error where a loss has weights for classes, and all that occur have the weight 0.
fn check_class_weights(loss: &dyn Loss, target: Target<'_>) -> Result<()> {
    let settings = loss.settings();
    let Some(weights) = settings.get("class_weights").and_then(|weights| weights.as_array()) else {
        return Ok(());
    };
    let counts = |class: usize| weights.get(class).is_none_or(|weight| weight.as_f64() != Some(0.0));
    let learns = match target.kind() {
        Targets::Labels(labels) => labels.iter().any(|label| counts(*label as usize)),
        _ if loss.targets() == TargetKind::Distribution => {
            let shares = target.numbers(usize::MAX);
            shares.iter().enumerate().any(|(at, share)| *share > 0.0 && counts(at % target.width()))
        }
        // Of a number between the classes both count.
        _ => target.first_number(|value| (value != 0.0 && value != 1.0) || counts(value as usize)).is_some(),
    };
    if learns {
        return Ok(());
    }
    let why = format!(
        "every class that occurs has the weight 0 in {}, so there is nothing to learn; give one of them a positive weight",
        loss.name()
    );
    Err(Error::Targets { why })
}

/// Why numbers are no targets of a kind, if they are none.
fn number_fault(name: &str, kind: TargetKind, target: Target<'_>, first: usize) -> Option<String> {
    let (takes, advice, fits): (_, _, fn(f32) -> bool) = match kind {
        TargetKind::Unit => {
            ("0 to 1", "scale the targets, or use MeanSquaredError", |t| (0.0..=1.0).contains(&t))
        }
        TargetKind::Binary => {
            ("0 or 1", "leave its focal form out, or round the targets", |t| t == 0.0 || t == 1.0)
        }
        TargetKind::Signs => ("-1 or 1", "give the classes these two numbers", |t| t.abs() == 1.0),
        TargetKind::Distribution => {
            ("0 to 1", "a sample's targets are probabilities, 1 in all", |t| (0.0..=1.0).contains(&t))
        }
        _ => return None,
    };
    if let Some((sample, column, value)) = target.first_number(|value| !fits(value)) {
        let sample = first + sample;
        return Some(format!(
            "the target of sample {sample}, column {column} is {value}, and {name} takes {takes}; {advice}"
        ));
    }
    let (sample, sum) = (kind == TargetKind::Distribution).then(|| target.first_sum_beside_1()).flatten()?;
    let sample = first + sample;
    Some(format!(
        "the targets of sample {sample} add up to {sum}, and {name} takes probabilities, which are 1 in all"
    ))
}

fn label_fault(labels: &[u32], outputs: usize, first: usize) -> Option<String> {
    if outputs == 1 {
        let why = "one output, whose softmax is always 1; give the last layer an output for each class, or use \
                   BinaryCrossEntropy::logits() with the targets 0 and 1";
        return Some(why.to_string());
    }
    let at = labels.iter().position(|label| *label as usize >= outputs)?;
    let (sample, label) = (first + at, labels[at]);
    Some(format!("sample {sample} has label {label} among {outputs} outputs; labels are 0..{outputs}"))
}

//! What training makes small: losses of several outputs, each with a weight.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::file::json::{list, text};
use crate::nn::graph::Graph;
use crate::nn::loss::record::of_one_element;
use crate::nn::loss::{self, Loss, OutputKind, TargetKind};
use crate::nn::parameters::AddedLoss;
use crate::ops::{Function, Operation};
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// Which loss compares which output with its target, and how much each counts: the loss of a sample is the sum of all, each times
/// its weight.
///
/// ```
/// use wgrad::Losses;
/// use wgrad::losses::{MeanSquaredError, SoftmaxCrossEntropy};
///
/// let of_one: Losses = MeanSquaredError.into();
/// let of_two: Losses = [("left", MeanSquaredError), ("right", MeanSquaredError)].into();
/// let weighted = Losses::new().add("class", SoftmaxCrossEntropy::new(), 1.0).add("size", MeanSquaredError, 0.1);
/// # let _ = (of_one, of_two, weighted);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a model is compiled with them"]
pub struct Losses {
    terms: Vec<(Option<String>, Arc<dyn Loss>, f32)>,
}

impl<L: Loss> From<L> for Losses {
    fn from(loss: L) -> Self {
        Self { terms: vec![(None, Arc::new(loss), 1.0)] }
    }
}

impl<N: Into<String>, L: Loss, const COUNT: usize> From<[(N, L); COUNT]> for Losses {
    fn from(terms: [(N, L); COUNT]) -> Self {
        terms.into_iter().fold(Self::new(), |losses, (output, loss)| losses.add(output, loss, 1.0))
    }
}

impl Losses {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the loss of the output with this name, which counts so much.
    pub fn add(mut self, output: impl Into<String>, loss: impl Loss, weight: f32) -> Self {
        self.terms.push((Some(output.into()), Arc::new(loss), weight));
        self
    }

    /// The same for the outputs of a net.
    ///
    /// # Errors
    /// No loss; a name that no output has, or that comes twice; a loss without a name for several outputs; a weight that is not
    /// positive and finite.
    pub(crate) fn of(&self, net: &Graph) -> Result<Objective> {
        let outputs = net.output_places();
        let names: Vec<_> = outputs.iter().map(|at| net.vertices[*at].name.as_str()).collect();
        let wrong = |why| Err(Error::Setting { why });
        let mut terms: Vec<Term> = Vec::new();
        for (name, loss, weight) in &self.terms {
            let at = match name {
                None if outputs.len() == 1 => Some(0),
                None => {
                    let why =
                        "the net has the outputs {}; say which loss is for which, as [(\"name\", loss), …]";
                    return wrong(why.replace("{}", &names.join(", ")));
                }
                Some(name) => names.iter().position(|known| known == name),
            };
            let Some(at) = at else {
                let (name, known) = (name.as_deref().unwrap_or_default(), names.join(", "));
                return wrong(format!("a loss for {name:?}, which is no output; there are {known}"));
            };
            if terms.iter().any(|term| term.at == outputs[at]) {
                return wrong(format!("two losses for {}; an output has one", names[at]));
            }
            if !weight.is_finite() || *weight <= 0.0 {
                return wrong(format!(
                    "the loss of {} counts {weight}; it must be positive and finite",
                    names[at]
                ));
            }
            if let Err(error) = loss.check(net.width(outputs[at])?) {
                return wrong(format!("{} of {} {error}", loss.name(), names[at]));
            }
            let (name, at) = (names[at].to_string(), outputs[at]);
            terms.push(Term { name, at, loss: Arc::clone(loss), weight: *weight });
        }
        if terms.is_empty() {
            return wrong("no loss; give one for an output".into());
        }
        Ok(Objective { terms })
    }

    /// The losses that a file names.
    pub(crate) fn described(model: &Value) -> Result<Self, String> {
        if !model["loss"].is_null() {
            return loss::described(&model["loss"]).map(Self::from);
        }
        let mut losses = Self::new();
        for term in list(model, "losses")? {
            let weight = term["weight"].as_f64().ok_or("a loss has no weight")?;
            losses = losses.add(text(term, "output")?, loss::described(&term["loss"])?, weight as f32);
        }
        Ok(losses)
    }
}

/// The loss of an output.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    /// The output's name.
    pub(crate) name: String,
    /// Its place in the net.
    pub(crate) at: usize,
    pub(crate) loss: Arc<dyn Loss>,
    pub(crate) weight: f32,
}

impl Term {
    /// Records the loss of each sample.
    ///
    /// # Errors
    /// An output that the loss does not take; a loss that records something else than one number a sample.
    fn record(&self, tape: &mut Recorder, output: Tensor, target: Tensor) -> Result<Tensor> {
        loss::check_output(&*self.loss, tape, &self.name, output)?;
        let [output, target] = match target.element {
            Element::U32 => [tape.reals(output), target],
            _ if self.loss.takes_halves() => of_one_element(tape, [output, target]),
            _ => [output, target].map(|tensor| tape.reals(tensor)),
        };
        let losses = self.loss.record(tape, output, target);
        let name = self.loss.name();
        if losses.is_batched() && losses.sample_len() == 1 && losses.element == Element::Real {
            if tape.writer(losses).is_none() {
                tape.refuse(
                    name,
                    "returns losses that no step of this tape writes; push the op that computes them",
                );
            }
            return Ok(losses);
        }
        let why = format!(
            "the loss {name} records {losses} of {:?}; it must be one real a sample, as Reduce makes of a row",
            losses.element
        );
        Err(Error::Setting { why })
    }

    /// What is compared with labels: the class with the largest score is that with the largest probability.
    fn scores(&self, tape: &mut Recorder, output: Tensor) -> Tensor {
        match (self.loss.targets(), self.loss.outputs()) {
            (TargetKind::Labels, OutputKind::Scores) => loss::scores(tape, output),
            (TargetKind::Labels, _) => tape.reals(output),
            _ => output,
        }
    }
}

/// The losses of a net's outputs.
#[derive(Clone, Debug)]
pub(crate) struct Objective {
    pub(crate) terms: Vec<Term>,
}

/// What was recorded of an objective.
pub(crate) struct Recorded {
    /// The loss of each sample, batch × 1.
    pub(crate) losses: Tensor,
    /// What each term compares with its target.
    pub(crate) compared: Vec<Tensor>,
}

impl Objective {
    /// The places of the outputs that are compared.
    pub(crate) fn places(&self) -> Vec<usize> {
        self.terms.iter().map(|term| term.at).collect()
    }

    /// The term of the output with this name; without one, the only term.
    ///
    /// # Errors
    /// A name that no output with a loss has; none where there are several.
    pub(crate) fn term(&self, output: Option<&str>) -> Result<usize, String> {
        let found = match output {
            None if self.terms.len() == 1 => Some(0),
            None => None,
            Some(output) => self.terms.iter().position(|term| term.name == output),
        };
        found.ok_or_else(|| {
            let names: Vec<_> = self.terms.iter().map(|term| term.name.as_str()).collect();
            let names = names.join(", ");
            match output {
                Some(output) => format!("{output:?} is no output with a loss; there are {names}"),
                None => format!("there are losses for {names}; say which output is judged by Metric::of"),
            }
        })
    }

    /// Records the loss of each sample: that of each output, and what layers have added, times the sample's weight.
    ///
    /// # Errors
    /// An output that its loss does not take.
    pub(crate) fn record(
        &self,
        tape: &mut Recorder,
        outputs: &[Tensor],
        targets: &[Tensor],
        added: &[AddedLoss],
        weights: Option<Tensor>,
    ) -> Result<Recorded> {
        let mut compared = Vec::new();
        let mut parts = Vec::new();
        for (term, (output, target)) in self.terms.iter().zip(outputs.iter().zip(targets)) {
            parts.push((term.record(tape, *output, *target)?, term.weight));
            compared.push(term.scores(tape, *output));
        }
        parts.extend(added.iter().map(|added| (added.losses, added.weight)));
        let parts: Vec<_> = parts.into_iter().map(|(losses, weight)| scaled(tape, losses, weight)).collect();
        let sum = parts[1..].iter().fold(parts[0], |sum, part| tape.binary(Operation::Sum, sum, *part));
        let losses = weights.map_or(sum, |weights| tape.binary(Operation::Product, sum, weights));
        Ok(Recorded { losses, compared })
    }

    /// As files describe it.
    pub(crate) fn describe(&self, net: &Graph, model: &mut Value) {
        match &self.terms[..] {
            [Term { loss, weight: 1.0, .. }] if net.output_places().len() == 1 => {
                model["loss"] = loss::description(&**loss);
            }
            terms => {
                let term = |term: &Term| json!({ "output": term.name, "loss": loss::description(&*term.loss), "weight": term.weight });
                model["losses"] = terms.iter().map(term).collect();
            }
        }
    }
}

fn scaled(tape: &mut Recorder, x: Tensor, weight: f32) -> Tensor {
    if weight == 1.0 { x } else { tape.elementary(Function::Scaled(weight), x) }
}

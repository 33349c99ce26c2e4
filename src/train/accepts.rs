//! The samples that a net takes, and the targets that a loss does.

use super::dataset::{Dataset, Samples, Targets};
use crate::error::{Error, Result};
use crate::nn::graph::Graph;
use crate::nn::loss::Loss;

impl Graph {
    /// An error unless these samples are of the model's shape.
    pub(crate) fn check_inputs(&self, samples: &Samples) -> Result<()> {
        let (at, shape, integers) = self.only_input()?;
        let layer = self.reader(at).map_or_else(String::new, |vertex| vertex.name.clone());
        if integers != samples.are_integers() {
            return Err(Error::InputIntegers { layer, expected: integers });
        }
        if let Some((layer, rows)) = self.smallest_table()?.filter(|_| integers) {
            check_table(layer, rows, samples)?;
        }
        // An image of 28×28 is as welcome as its 784 numbers where the model takes 784.
        let flat = shape == [samples.width()];
        if flat || samples.shape() == shape {
            return Ok(());
        }
        Err(Error::InputShape { layer, expected: shape.to_vec(), found: samples.shape().to_vec() })
    }
}

/// An error where an integer has no row in a layer's table.
fn check_table(layer: String, rows: usize, samples: &Samples) -> Result<()> {
    match samples.first_beyond(rows) {
        Some((sample, column, value)) => Err(Error::Index { layer, rows, sample, column, value }),
        None => Ok(()),
    }
}

impl Loss {
    /// An error unless a dataset's targets are what this loss compares `outputs` numbers with.
    pub(crate) fn check(self, data: &Dataset, outputs: usize) -> Result<()> {
        let fault = match data.targets() {
            Targets::Labels(labels) if self.takes_labels() => label_fault(labels, outputs),
            Targets::Labels(_) => {
                Some(format!("{self:?} compares numbers, and the targets are integer labels"))
            }
            Targets::Inputs if data.inputs().are_integers() => {
                Some("integers are no targets; give labels or numbers as targets".to_string())
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

    fn unit_fault(self, data: &Dataset) -> Option<String> {
        let (sample, column, value) = data.target_outside_unit()?;
        Some(format!(
            "the target of sample {sample}, column {column} is {value}, and {self:?} takes 0 to 1; scale the targets, \
             or use MeanSquaredError"
        ))
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

//! The inputs of a net, and the samples that they take.

use super::accepts::names_differ;
use super::dataset::Samples;
use crate::error::{Error, Result};
use crate::nn::graph::{Graph, Input};

/// What one input of a net takes.
#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    pub(crate) name: String,
    /// The layer that reads it first.
    layer: String,
    /// Of a sample.
    pub(crate) shape: Vec<usize>,
    pub(crate) integers: bool,
    /// The layer with the smallest table that integers are looked up in, and its rows.
    table: Option<(String, usize)>,
}

/// The inputs of a net, some of which are needed.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    /// The names of all.
    pub(crate) names: Vec<String>,
    /// Those that are needed, in the graph's order.
    pub(crate) needed: Vec<Accepted>,
}

impl Graph {
    /// What its inputs take, of the vertices that are needed.
    pub(crate) fn accepted(&self, needed: &[bool]) -> Result<Inputs> {
        let names = self.inputs().map(|input| input.name.to_string()).collect();
        let of_needed = self.inputs().filter(|input| needed[input.at]);
        let needed = of_needed.map(|input| self.accepted_by(input)).collect::<Result<_>>()?;
        Ok(Inputs { names, needed })
    }

    fn accepted_by(&self, input: Input<'_>) -> Result<Accepted> {
        let Input { at, name, shape, integers } = input;
        let layer = self.reader(at).map_or_else(|| name.to_string(), |vertex| vertex.name.clone());
        let table = if integers { self.smallest_table(at)? } else { None };
        let table = table.map(|table| (table.layer, table.rows));
        Ok(Accepted { name: name.to_string(), layer, shape: shape.to_vec(), integers, table })
    }

    /// The samples of each input that is needed, in the graph's order.
    ///
    /// # Errors
    /// Samples that are missing, are for no input, or are not of their input's shape.
    pub(crate) fn check_inputs<'s>(
        &self,
        given: &[(&str, &'s Samples)],
        needed: &[bool],
    ) -> Result<Vec<&'s Samples>> {
        self.accepted(needed)?.check(given)
    }
}

impl Inputs {
    /// The samples of each input that is needed, in the graph's order.
    ///
    /// # Errors
    /// Samples that are missing, are for no input, or are not of their input's shape.
    pub(crate) fn check<'s>(&self, given: &[(&str, &'s Samples)]) -> Result<Vec<&'s Samples>> {
        let Self { names, needed } = self;
        let found = |name: &str| match given {
            // A single input needs no name.
            [("", samples)] if names.len() == 1 => Some(*samples),
            _ => given.iter().find(|(known, _)| *known == name).map(|(_, samples)| *samples),
        };
        let samples: Vec<_> = needed.iter().filter_map(|input| found(&input.name)).collect();
        let is_known = |name: &str| names.iter().any(|known| known == name);
        let known = |(name, _): &&(&str, &Samples)| is_known(name) || (name.is_empty() && names.len() == 1);
        if samples.len() < needed.len() || given.iter().filter(known).count() < given.len() {
            let expected = needed.iter().map(|input| input.name.as_str());
            return Err(names_differ("inputs", expected, given.iter().map(|(name, _)| *name)));
        }
        for (input, samples) in needed.iter().zip(&samples) {
            input.check(samples)?;
        }
        equal_counts(given)?;
        Ok(samples)
    }
}

impl Accepted {
    /// Numbers in a sample.
    pub(crate) fn width(&self) -> usize {
        self.shape.iter().product()
    }

    /// An error where it takes integers and is given other numbers, or the other way round.
    pub(crate) fn check_integers(&self, given: bool) -> Result<()> {
        if self.integers == given {
            return Ok(());
        }
        Err(Error::InputIntegers { layer: self.layer.clone(), expected: self.integers })
    }

    /// An error unless these samples are of its shape.
    fn check(&self, samples: &Samples) -> Result<()> {
        self.check_integers(samples.are_integers())?;
        if let Some((layer, rows)) = &self.table {
            check_table(layer, *rows, samples)?;
        }
        // An image of 28×28 is as welcome as its 784 numbers where the model takes 784.
        let flat = self.shape == [samples.width()];
        if flat || samples.shape() == self.shape {
            return Ok(());
        }
        let (layer, expected, found) = (self.layer.clone(), self.shape.clone(), samples.shape().to_vec());
        Err(Error::InputShape { layer, expected, found })
    }
}

/// An error unless all inputs have as many samples.
fn equal_counts(given: &[(&str, &Samples)]) -> Result<()> {
    let Some((first, of)) = given.first() else { return Ok(()) };
    match given.iter().find(|(_, samples)| samples.len() != of.len()) {
        Some((name, samples)) => Err(Error::Samples {
            why: format!("{name:?} has {} samples, and {first:?} has {}", samples.len(), of.len()),
        }),
        None => Ok(()),
    }
}

/// An error where an integer has no row in a layer's table.
fn check_table(layer: &str, rows: usize, samples: &Samples) -> Result<()> {
    let Some((sample, column, value)) = samples.first_beyond(rows) else { return Ok(()) };
    Err(Error::Index { layer: layer.to_string(), rows, sample, column, value })
}

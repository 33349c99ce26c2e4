//! Datasets out of others, and datasets behind others.

use ndarray::{ArrayView2, Axis, concatenate};

use super::{Dataset, Samples, Targets};
use crate::error::{DatasetError, Result, misshaped};
use crate::random::{Purpose, Stream};
use crate::train::samples::check_indices;

impl Dataset {
    /// The samples at these places, in this order, with their targets and weights; one may come several times.
    ///
    /// ```
    /// use wgrad::{Dataset, Samples};
    ///
    /// let data = Dataset::classification(Samples::rows([0.0, 0.5, 1.0], 1)?, vec![0, 1, 2])?;
    /// let chosen = data.select(&[2, 0])?;
    /// assert_eq!(chosen, Dataset::classification(Samples::rows([1.0, 0.0], 1)?, vec![2, 0])?);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// No place, or one beyond the samples; samples of weight 0 alone.
    pub fn select(&self, indices: &[usize]) -> Result<Self> {
        check_indices(indices, self.len())?;
        Ok(self.part("selection", indices)?)
    }

    /// The same samples in an order that the seed decides.
    ///
    /// ```
    /// use wgrad::{Dataset, Samples};
    ///
    /// let data = Dataset::classification(Samples::rows([0.0, 0.5, 1.0], 1)?, vec![0, 1, 2])?;
    /// assert_eq!(data.shuffle(7), data.shuffle(7));
    /// assert_eq!(data.shuffle(7).len(), 3);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    #[must_use]
    pub fn shuffle(&self, seed: u64) -> Self {
        self.at(&shuffled(self.len(), seed))
    }

    /// This dataset, and behind it the other.
    ///
    /// ```
    /// use wgrad::{Dataset, Samples};
    ///
    /// let one = Dataset::classification(Samples::rows([0.0, 0.5], 1)?, vec![0, 1])?;
    /// let both = one.concat(&Dataset::classification(Samples::rows([1.0], 1)?, vec![2])?)?;
    /// assert_eq!(both, Dataset::classification(Samples::rows([0.0, 0.5, 1.0], 1)?, vec![0, 1, 2])?);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// Other names, shapes or kinds of inputs or targets; weights in only one of them.
    pub fn concat(&self, other: &Self) -> Result<Self> {
        Self::joined(&[self, other])
    }

    /// Datasets, at least one, behind each other.
    pub(in crate::train) fn joined(parts: &[&Self]) -> Result<Self> {
        let first = parts[0];
        for other in &parts[1..] {
            same_names("inputs", &first.inputs, &other.inputs)?;
            same_names("targets", &first.targets, &other.targets)?;
            if first.weights.is_some() != other.weights.is_some() {
                let which = if first.weights.is_some() { "first" } else { "other" };
                return Err(DatasetError::Weights { which }.into());
            }
        }
        let mut inputs = Vec::new();
        for (at, (name, _)) in first.inputs.iter().enumerate() {
            let parts: Vec<&Samples> = parts.iter().map(|part| &part.inputs[at].1).collect();
            inputs.push((name.clone(), Samples::joined(&parts, name)?));
        }
        let mut targets = Vec::new();
        for (at, (name, _)) in first.targets.iter().enumerate() {
            let parts: Vec<&Targets> = parts.iter().map(|part| &part.targets[at].1).collect();
            targets.push((name.clone(), Targets::joined(&parts, name)?));
        }
        let weights = parts.iter().map(|part| part.weights.as_deref()).collect::<Option<Vec<_>>>();
        Ok(Self { inputs, targets, weights: weights.map(|parts| parts.concat()) })
    }

    /// The samples at places that are there, or an error where all of them have weight 0.
    pub(super) fn part(&self, part: &'static str, indices: &[usize]) -> Result<Self, DatasetError> {
        self.check_weights(part, indices.iter().copied())?;
        Ok(self.at(indices))
    }

    /// An error where there are weights, and those at these places are all 0.
    pub(super) fn check_weights(
        &self,
        part: &'static str,
        mut indices: impl Iterator<Item = usize>,
    ) -> Result<(), DatasetError> {
        match &self.weights {
            Some(weights) if indices.all(|index| weights[index] == 0.0) => {
                Err(DatasetError::NoWeight { part })
            }
            _ => Ok(()),
        }
    }

    /// The samples at places that are there.
    pub(in crate::train) fn at(&self, indices: &[usize]) -> Self {
        let inputs = self.inputs.iter().map(|(name, samples)| (name.clone(), samples.at(indices)));
        let targets = self.targets.iter().map(|(name, targets)| (name.clone(), targets.at(indices)));
        let weights = self.weights.as_ref().map(|all| indices.iter().map(|index| all[*index]).collect());
        Self { inputs: inputs.collect(), targets: targets.collect(), weights }
    }
}

impl Targets {
    /// Those of the samples at places that are there.
    fn at(&self, indices: &[usize]) -> Self {
        match self {
            Self::Inputs => Self::Inputs,
            Self::Reals(values) => Self::Reals(values.select(Axis(0), indices)),
            Self::Labels(labels) => Self::Labels(indices.iter().map(|index| labels[*index]).collect()),
        }
    }

    fn joined(parts: &[&Self], name: &str) -> Result<Self> {
        let first = parts[0];
        parts.iter().try_for_each(|other| first.check_alike(other, name))?;
        match first {
            Self::Inputs => Ok(Self::Inputs),
            Self::Labels(_) => {
                Ok(Self::Labels(parts.iter().filter_map(|part| part.labels()).collect::<Vec<_>>().concat()))
            }
            Self::Reals(_) => {
                let parts: Vec<_> = parts.iter().filter_map(|part| part.numbers()).collect();
                Ok(Self::Reals(concatenate(Axis(0), &parts).map_err(misshaped)?))
            }
        }
    }

    /// An error unless both can be joined.
    fn check_alike(&self, other: &Self, name: &str) -> Result<(), DatasetError> {
        let (what, name) = ("targets", name.to_string());
        if self.kind() != other.kind() {
            return Err(DatasetError::Kinds { what, name, here: self.kind(), there: other.kind() });
        }
        match (self.numbers(), other.numbers()) {
            (Some(here), Some(there)) if here.ncols() != there.ncols() => {
                let (here, there) = (vec![here.ncols()], vec![there.ncols()]);
                Err(DatasetError::Shapes { what, name, here, there })
            }
            _ => Ok(()),
        }
    }

    fn labels(&self) -> Option<&[u32]> {
        if let Self::Labels(labels) = self { Some(labels) } else { None }
    }

    fn numbers(&self) -> Option<ArrayView2<'_, f32>> {
        if let Self::Reals(numbers) = self { Some(numbers.view()) } else { None }
    }

    /// What they are, for messages.
    fn kind(&self) -> &'static str {
        match self {
            Self::Inputs => "the inputs",
            Self::Reals(_) => "numbers",
            Self::Labels(_) => "labels",
        }
    }
}

/// The places of so many samples in random order.
pub(super) fn shuffled(samples: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<_> = (0..samples).collect();
    Stream::new(seed, Purpose::Splitting).shuffle(&mut order);
    order
}

/// An error unless both have the same names in the same order.
fn same_names<T>(
    what: &'static str,
    here: &[(String, T)],
    there: &[(String, T)],
) -> Result<(), DatasetError> {
    let names = |of: &[(String, T)]| of.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let (here, there) = (names(here), names(there));
    if here == there { Ok(()) } else { Err(DatasetError::Names { what, here, there }) }
}

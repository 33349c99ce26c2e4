//! Parameters as they were at one moment, in memory and in files.

use std::sync::Arc;

use super::layout::Layout;
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::nn::parameters::Entry;

/// What begins the names of arrays that are no weights: no model has a layer of this name.
pub(crate) const OWN: &str = "wgrad/";

/// All parameters of a model, as they were at one moment.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Optimizer, Sequential, losses};
/// # let net = Sequential::new([2]).add(Dense::new(1));
/// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// let before = model.snapshot()?;
/// model.set_parameter_rows("dense_1.weight", &[0.5, -0.5])?;
/// model.restore(&before)?;
/// assert_eq!(model.snapshot()?, before);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Snapshot {
    entries: Arc<[Entry]>,
    /// As the arena holds them: those of `entries`, and zeros between.
    values: Vec<f32>,
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        self.arranged(&other.entries, other.values.len()).is_some_and(|values| values == other.values)
    }
}

impl Snapshot {
    /// The parameters that an arena holds.
    pub(super) fn new(entries: &Arc<[Entry]>, arena: &[f32]) -> Self {
        let mut values = vec![0.0; arena.len()];
        for entry in entries.iter() {
            values[entry.tensor.range()].copy_from_slice(&arena[entry.tensor.range()]);
        }
        Self { entries: entries.clone(), values }
    }

    /// As an arena of so many numbers holds the same parameters, which may lie elsewhere there; `None` if it has others.
    pub(super) fn arranged(&self, entries: &[Entry], len: usize) -> Option<Vec<f32>> {
        let alike = |(a, b): (&Entry, &Entry)| a.name == b.name && a.shape == b.shape;
        if self.entries.len() != entries.len() || !self.entries.iter().zip(entries).all(alike) {
            return None;
        }
        let mut values = vec![0.0; len];
        for (here, there) in self.entries.iter().zip(entries) {
            values[there.tensor.range()].copy_from_slice(&self.values[here.tensor.range()]);
        }
        Some(values)
    }

    /// Takes all that a training changes, parameters and state, of another one of the same arenas.
    pub(super) fn take_changed(&mut self, other: &Self) {
        for entry in self.entries.iter().filter(|entry| !entry.frozen) {
            self.values[entry.tensor.range()].copy_from_slice(&other.values[entry.tensor.range()]);
        }
    }

    /// Whether every number is finite.
    pub(crate) fn is_finite(&self) -> bool {
        self.values.iter().all(|value| value.is_finite())
    }

    /// The first number that is not finite, in words.
    pub(super) fn first_not_finite(&self) -> Option<String> {
        let at = self.values.iter().position(|value| !value.is_finite())?;
        let entry = self.entries.iter().find(|entry| entry.tensor.range().contains(&at))?;
        Some(format!("{} is {}", entry.element(at), self.values[at]))
    }

    /// Adds the parameters to a file, each under `prefix` and its name.
    pub(crate) fn put(&self, file: TensorFile, prefix: &str) -> TensorFile {
        self.entries.iter().fold(file, |file, entry| {
            let values = &self.values[entry.tensor.range()];
            file.with_shaped(&format!("{prefix}{}", entry.name), &entry.shape, values)
        })
    }

    /// Takes the parameters from a file, all or none; without a prefix, the file must have no other weights.
    pub(super) fn take(file: &TensorFile, prefix: &str, layout: &Layout) -> Result<Self, FileFault> {
        check(file, prefix, &layout.entries)?;
        let mut values = vec![0.0; layout.arenas.parameters.len()];
        for entry in layout.entries.iter() {
            let array = file.reals(&format!("{prefix}{}", entry.name))?;
            values[entry.tensor.range()].iter_mut().zip(array).for_each(|(to, from)| *to = from);
        }
        Ok(Self::new(&layout.entries, &values))
    }
}

/// An error unless a file has these parameters and, without a prefix, no others.
pub(super) fn check(file: &TensorFile, prefix: &str, entries: &[Entry]) -> Result<(), FileFault> {
    let (mut missing, mut misshaped) = (Vec::new(), Vec::new());
    for entry in entries {
        let name = format!("{prefix}{}", entry.name);
        match file.shape(&name) {
            None => missing.push(name),
            Some(found) if entry.takes(found) => {}
            Some(found) => misshaped.push((name, entry.shape.clone(), found.to_vec())),
        }
    }
    let known = |name: &str| name.starts_with(OWN) || entries.iter().any(|entry| entry.name == name);
    let others = file.names().filter(|name| prefix.is_empty() && !known(name));
    let extra: Vec<_> = others.map(str::to_string).collect();
    if missing.is_empty() && extra.is_empty() && misshaped.is_empty() {
        return Ok(());
    }
    Err(FileFault::Weights { missing, extra, misshaped })
}

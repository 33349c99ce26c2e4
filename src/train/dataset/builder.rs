//! Datasets of several inputs and targets with names.

use super::{Dataset, Samples, Targets};
use crate::error::{Error, Result};
use crate::train::samples::finite;

/// Inputs and targets with names; see [`Dataset::builder`].
///
/// ```
/// use wgrad::{Dataset, Samples};
///
/// let images = Samples::rows([0.0, 0.5, 1.0, 0.5], 2)?;
/// let data = Dataset::builder().input("image", images).target("class", vec![0, 1]).build()?;
/// assert_eq!(data.len(), 2);
/// assert!(Dataset::builder().build().is_err());
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "`build` makes a dataset of it"]
pub struct DatasetBuilder {
    inputs: Vec<(String, Samples)>,
    targets: Vec<(String, Targets)>,
}

impl DatasetBuilder {
    /// Adds the samples of the input with this name.
    pub fn input(mut self, name: impl Into<String>, samples: Samples) -> Self {
        self.inputs.push((name.into(), samples));
        self
    }

    /// Adds what the output of this name should be: labels, or numbers.
    pub fn target(mut self, output: impl Into<String>, targets: impl Into<Targets>) -> Self {
        self.targets.push((output.into(), targets.into()));
        self
    }

    /// The dataset.
    ///
    /// # Errors
    /// No input or no target; two of one name; other numbers of samples; a number that is not finite.
    pub fn build(self) -> Result<Dataset> {
        let Self { inputs, targets } = self;
        let wrong = |why| Err(Error::Samples { why });
        let Some(((_, first), _)) = inputs.first().zip(targets.first()) else {
            let (inputs, targets) = (inputs.len(), targets.len());
            return wrong(format!(
                "{inputs} inputs and {targets} targets; a dataset needs at least one of each"
            ));
        };
        only_once(inputs.iter().map(|(name, _)| name))?;
        only_once(targets.iter().map(|(name, _)| name))?;
        let count = first.len();
        let targets_of = |(name, target): &(String, Targets)| (name.clone(), target.len().unwrap_or(count));
        let counts = inputs.iter().map(|(name, samples)| (name.clone(), samples.len()));
        for (name, found) in counts.chain(targets.iter().map(targets_of)) {
            if found != count {
                let of = &inputs[0].0;
                return wrong(format!("{name:?} has {found} samples, and {of:?} has {count}"));
            }
        }
        for (_, target) in &targets {
            match target {
                Targets::Reals(values) if values.ncols() == 0 => {
                    return wrong("targets without a number".into());
                }
                Targets::Reals(values) => finite(values.iter().copied(), &[values.ncols()])?,
                Targets::Inputs | Targets::Labels(_) => {}
            }
        }
        Ok(Dataset { inputs, targets, weights: None })
    }
}

/// An error where a name comes twice.
fn only_once<'n>(names: impl Iterator<Item = &'n String>) -> Result<()> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Error::Samples {
                why: format!("{name:?} is there twice; give each a name of its own"),
            });
        }
    }
    Ok(())
}

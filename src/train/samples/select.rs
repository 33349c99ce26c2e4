//! Samples out of others, and samples behind others.

use super::{Samples, Stored};
use crate::error::{DatasetError, Result};

impl Samples {
    /// The samples at these places, in this order; one may come several times.
    ///
    /// ```
    /// use wgrad::Samples;
    ///
    /// let samples = Samples::rows([0.0, 0.1, 1.0, 1.1, 2.0, 2.1], 2)?;
    /// assert_eq!(samples.select(&[2, 0])?, Samples::rows([2.0, 2.1, 0.0, 0.1], 2)?);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// No place, or one beyond the samples.
    pub fn select(&self, indices: &[usize]) -> Result<Self> {
        check_indices(indices, self.count)?;
        Ok(self.at(indices))
    }

    /// These samples, and behind them the others. Bytes stay bytes, and integers stay integers.
    ///
    /// ```
    /// use wgrad::Samples;
    ///
    /// let [first, other] = [[0_u8, 255], [128, 64]].map(|pixels| Samples::images(pixels.to_vec(), [1, 2]));
    /// assert_eq!(first?.concat(&other?)?, Samples::images(vec![0, 255, 128, 64], [1, 2])?);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// Other shapes, or bytes with numbers or integers.
    pub fn concat(&self, other: &Self) -> Result<Self> {
        Ok(Self::joined(&[self, other], "")?)
    }

    /// The samples at places that are there.
    pub(in crate::train) fn at(&self, indices: &[usize]) -> Self {
        let width = self.width();
        let values = match &self.values {
            Stored::Bytes(values) => Stored::Bytes(rows_at(values, width, indices)),
            Stored::Reals(values) => Stored::Reals(rows_at(values, width, indices)),
            Stored::Integers(values) => Stored::Integers(rows_at(values, width, indices)),
        };
        Self { values, shape: self.shape.clone(), count: indices.len() }
    }

    /// Samples, at least one, behind each other; errors call them the inputs of this name.
    pub(in crate::train) fn joined(parts: &[&Self], name: &str) -> Result<Self, DatasetError> {
        let first = parts[0];
        parts.iter().try_for_each(|other| first.check_alike(other, name))?;
        let stored = parts.iter().map(|part| &part.values);
        let values = match first.values {
            Stored::Bytes(_) => Stored::Bytes(stored.filter_map(Stored::bytes).collect::<Vec<_>>().concat()),
            Stored::Reals(_) => Stored::Reals(stored.filter_map(Stored::reals).collect::<Vec<_>>().concat()),
            Stored::Integers(_) => {
                Stored::Integers(stored.filter_map(Stored::integers).collect::<Vec<_>>().concat())
            }
        };
        Ok(Self { values, shape: first.shape.clone(), count: parts.iter().map(|part| part.count).sum() })
    }

    /// An error unless both can be joined.
    fn check_alike(&self, other: &Self, name: &str) -> Result<(), DatasetError> {
        let (what, name) = ("inputs", name.to_string());
        if self.shape != other.shape {
            let (here, there) = (self.shape.clone(), other.shape.clone());
            return Err(DatasetError::Shapes { what, name, here, there });
        }
        if self.values.kind() != other.values.kind() {
            let (here, there) = (self.values.kind(), other.values.kind());
            return Err(DatasetError::Kinds { what, name, here, there });
        }
        Ok(())
    }
}

impl Stored {
    /// What they are, for messages.
    fn kind(&self) -> &'static str {
        match self {
            Self::Bytes(_) => "bytes",
            Self::Reals(_) => "numbers",
            Self::Integers(_) => "integers",
        }
    }

    fn bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    fn reals(&self) -> Option<&[f32]> {
        if let Self::Reals(numbers) = self { Some(numbers) } else { None }
    }

    fn integers(&self) -> Option<&[u32]> {
        if let Self::Integers(integers) = self { Some(integers) } else { None }
    }
}

/// An error unless there are indices, each of them one of `samples`.
pub(in crate::train) fn check_indices(indices: &[usize], samples: usize) -> Result<(), DatasetError> {
    if indices.is_empty() {
        return Err(DatasetError::NoIndex);
    }
    match indices.iter().enumerate().find(|(_, index)| **index >= samples) {
        Some((place, index)) => Err(DatasetError::Index { place, index: *index, samples }),
        None => Ok(()),
    }
}

fn rows_at<T: Copy>(values: &[T], width: usize, indices: &[usize]) -> Vec<T> {
    let mut rows = Vec::with_capacity(indices.len() * width);
    indices.iter().for_each(|index| rows.extend_from_slice(&values[index * width..][..width]));
    rows
}

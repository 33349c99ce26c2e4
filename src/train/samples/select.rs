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
        Ok(self.joined(other, "")?)
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

    /// Both behind each other; errors call them the inputs of this name.
    pub(in crate::train) fn joined(&self, other: &Self, name: &str) -> Result<Self, DatasetError> {
        let (what, name) = ("inputs", name.to_string());
        if self.shape != other.shape {
            let (here, there) = (self.shape.clone(), other.shape.clone());
            return Err(DatasetError::Shapes { what, name, here, there });
        }
        let values = match (&self.values, &other.values) {
            (Stored::Bytes(here), Stored::Bytes(there)) => Stored::Bytes([&here[..], there].concat()),
            (Stored::Reals(here), Stored::Reals(there)) => Stored::Reals([&here[..], there].concat()),
            (Stored::Integers(here), Stored::Integers(there)) => {
                Stored::Integers([&here[..], there].concat())
            }
            (here, there) => {
                return Err(DatasetError::Kinds { what, name, here: here.kind(), there: there.kind() });
            }
        };
        Ok(Self { values, shape: self.shape.clone(), count: self.count + other.count })
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

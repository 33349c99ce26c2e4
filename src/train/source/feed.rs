//! What a model is trained or judged on.

use std::borrow::Cow;

use super::{Streamed, Windows};
use crate::error::Result;
use crate::train::dataset::Dataset;

/// What a model is trained or judged on: `&Dataset` or `&Streamed`, by `into`.
///
/// ```
/// use wgrad::source::Feed;
/// use wgrad::{Dataset, Samples};
///
/// let data = Dataset::autoencoder(Samples::rows([0.0, 0.5, 1.0], 1)?);
/// let feed = Feed::from(&data); // what `fit`, `training` and `evaluate` do
/// assert_eq!(feed.len(), 3);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Feed<'d> {
    /// All samples, which a device holds at once.
    Whole(&'d Dataset),
    /// Samples that are read while others are trained on.
    Streamed(&'d Streamed),
}

impl<'d> From<&'d Dataset> for Feed<'d> {
    fn from(data: &'d Dataset) -> Self {
        Self::Whole(data)
    }
}

impl<'d> From<&'d Streamed> for Feed<'d> {
    fn from(data: &'d Streamed) -> Self {
        Self::Streamed(data)
    }
}

impl<'d> Feed<'d> {
    /// How many samples there are; at least one.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        match self {
            Self::Whole(data) => data.len(),
            Self::Streamed(data) => data.len(),
        }
    }

    /// Samples like all others: all of them, or the first.
    pub(crate) fn like(self) -> &'d Dataset {
        match self {
            Self::Whole(data) => data,
            Self::Streamed(data) => data.first(),
        }
    }

    /// Samples of it: all, or those that are read by this.
    pub(crate) fn samples(self, read: impl FnOnce(&Streamed) -> Result<Dataset>) -> Result<Cow<'d, Dataset>> {
        match self {
            Self::Whole(data) => Ok(Cow::Borrowed(data)),
            Self::Streamed(streamed) => read(streamed).map(Cow::Owned),
        }
    }

    /// In which parts they come to a device, where a step takes up to `step` samples.
    pub(crate) fn windows(self, step: usize) -> Result<Windows> {
        match self {
            Self::Whole(data) => Ok(Windows::whole(data.len())),
            Self::Streamed(data) => data.windows(step),
        }
    }

    /// What differs between different samples, but for chance, as far as it is known.
    pub(crate) fn fingerprint(self) -> String {
        match self {
            Self::Whole(data) => format!("{:016x}", data.fingerprint()),
            Self::Streamed(data) => {
                let first = data.first().fingerprint();
                format!("of a source of identity {}, its first sample {first:016x}", data.identity())
            }
        }
    }
}

//! What can be wrong with a source of samples.

use std::path::Path;

use super::Error;
use super::words::resumable;

/// Why samples of a [`Source`](crate::source::Source) cannot be had.
///
/// ```
/// use std::ops::Range;
///
/// use wgrad::source::{ReadError, Source, SourceFault, Streamed};
/// use wgrad::{Dataset, Error};
///
/// struct Unplugged;
///
/// impl Source for Unplugged {
///     fn len(&self) -> usize {
///         10
///     }
///
///     fn read(&mut self, _: Range<usize>) -> Result<Dataset, ReadError> {
///         Err("the disk is gone".into())
///     }
/// }
///
/// match Streamed::new(Unplugged) {
///     Err(Error::Source { samples, fault: SourceFault::Read(error), .. }) => {
///         assert_eq!((samples, error.to_string()), (0..1, "the disk is gone".to_string()));
///     }
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceFault {
    /// What the source itself returns.
    #[error("{}", read_text(&**.0))]
    Read(Box<dyn std::error::Error + Send + Sync>),
    /// More or fewer samples than were asked for.
    #[error("the source gave {given} samples; give as many as are asked for")]
    Count {
        /// The samples that came.
        given: usize,
    },
    /// Samples that are not like the first one.
    #[error("they are not like the first sample: {}", unlike_text(.0))]
    Unlike(Box<Error>),
    /// Samples that the model does not take.
    #[error("{0}")]
    Model(Box<Error>),
    /// A panic in the source.
    #[error("the source panicked: {}", message.as_deref().unwrap_or("its message is on standard error"))]
    Panicked {
        /// What it said, where that is a text.
        message: Option<String>,
    },
}

/// An error of a source with its causes. One of this crate counts samples in what was read.
fn read_text(error: &(dyn std::error::Error + Send + Sync + 'static)) -> String {
    let mut text = error.to_string();
    if let Some(Error::Samples { .. } | Error::Index { .. }) = error.downcast_ref() {
        text += "; samples are counted from the first of these";
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        // Many errors say their cause themselves.
        if !text.contains(&said) {
            text += &format!(": {said}");
        }
        cause = error.source();
    }
    text
}

/// The error of two datasets that cannot be joined, where the one is a source's first sample.
fn unlike_text(error: &Error) -> String {
    let text = error.to_string();
    text.replace("those of the other dataset", "these samples'")
        .replace("the other dataset has", "these samples have")
}

/// What samples of a source were read for.
///
/// ```
/// use wgrad::Error;
/// use wgrad::source::Reading;
///
/// fn is_of_validation(error: &Error) -> bool {
///     matches!(error, Error::Source { during: Reading::Validation, .. })
/// }
///
/// assert!(!is_of_validation(&Error::UnknownProgram));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reading {
    /// A first look, an evaluation, a search for a learning rate: there is nothing to go on from.
    Alone,
    /// The samples that a model is trained on.
    Training,
    /// Those of [`Fit::validation`](crate::Fit::validation).
    Validation,
}

impl Reading {
    /// The source, in words.
    pub(super) fn source(self) -> &'static str {
        if self == Self::Validation { "the validation source" } else { "the source" }
    }

    /// How the training goes on once the source gives its samples again.
    pub(super) fn advice(self, checkpoint: Option<&Path>) -> String {
        match (self, checkpoint) {
            (Self::Training | Self::Validation, None) => {
                "; with Fit::checkpoint a training can be resumed from here".into()
            }
            _ => resumable(checkpoint),
        }
    }
}

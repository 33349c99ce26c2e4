//! Where an error came up.

use super::Error;
use super::source::Reading;

impl Error {
    /// The same, where the targets or the samples at fault are those of the validation data.
    pub(crate) fn of_validation(mut self) -> Self {
        if let Self::Targets { why } = &mut self {
            *why = format!("in the validation data, {why}");
        }
        self.read_for(Reading::Validation)
    }

    /// The same, where a source's samples were read for this.
    pub(crate) fn read_for(mut self, purpose: Reading) -> Self {
        if let Self::Source { during, .. } = &mut self {
            *during = purpose;
        }
        self
    }

    /// The same, where a step failed in a training's epoch, whose batches were counted from its `first`.
    pub(crate) fn in_training(mut self, epoch: usize, first: usize) -> Self {
        if let Self::Mismatch { place, .. } | Self::StepNotFinite { place, .. } = &mut self {
            place.epoch = Some(epoch);
            place.batch += first;
        }
        self
    }
}

//! What an output is compared with.

use super::dataset::Targets;
use super::samples::Samples;
use crate::backend::Values;
use crate::program::tensor::Element;

/// Targets, and the inputs that they may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'d> {
    pub(super) kind: &'d Targets,
    pub(super) inputs: &'d Samples,
}

impl<'d> Target<'d> {
    pub(crate) fn kind(self) -> &'d Targets {
        self.kind
    }

    /// Numbers for a sample; a label is one.
    pub(crate) fn width(self) -> usize {
        match self.kind {
            Targets::Inputs => self.inputs.width(),
            Targets::Reals(targets) => targets.ncols(),
            Targets::Labels(_) => 1,
        }
    }

    /// Whether they are the inputs, which a device has already.
    pub(crate) fn are_inputs(self) -> bool {
        matches!(self.kind, Targets::Inputs)
    }

    /// Whether they are classes.
    pub(crate) fn are_labels(self) -> bool {
        matches!(self.kind, Targets::Labels(_))
    }

    /// As what a device keeps them.
    pub(crate) fn element(self) -> Element {
        if self.are_labels() { Element::U32 } else { Element::Real }
    }

    /// Sample, column and value of the first number that `is_wrong`, if there is one; labels are none.
    pub(crate) fn first_number(self, is_wrong: impl Fn(f32) -> bool) -> Option<(usize, usize, f32)> {
        let place = match self.kind {
            Targets::Inputs => match self.inputs.values(0..self.inputs.len()) {
                Values::Real(values) => values.iter().position(|value| is_wrong(*value)),
                Values::U8(bytes) => {
                    let wrong: [bool; 256] = std::array::from_fn(|byte| is_wrong(byte as f32 / 255.0));
                    // Most losses take all of them.
                    if wrong.contains(&true) {
                        bytes.iter().position(|byte| wrong[usize::from(*byte)])
                    } else {
                        None
                    }
                }
                Values::U32(_) => None,
            },
            Targets::Reals(targets) => targets.iter().position(|value| is_wrong(*value)),
            Targets::Labels(_) => None,
        }?;
        let value = self.numbers(place + 1).pop()?;
        Some((place / self.width(), place % self.width(), value))
    }

    /// The first sample whose numbers do not add up to 1, and their sum.
    pub(crate) fn first_sum_beside_1(self) -> Option<(usize, f32)> {
        let numbers = self.numbers(usize::MAX);
        let mut sums = numbers.chunks_exact(self.width()).map(|row| row.iter().sum::<f32>());
        sums.position(|sum| (sum - 1.0).abs() > 1e-3)
            .map(|sample| (sample, numbers[sample * self.width()..][..self.width()].iter().sum()))
    }

    /// The first `count` numbers.
    pub(crate) fn numbers(self, count: usize) -> Vec<f32> {
        match self.kind {
            Targets::Inputs => self.inputs.to_array().into_iter().take(count).collect(),
            Targets::Reals(targets) => targets.iter().copied().take(count).collect(),
            Targets::Labels(labels) => labels.iter().map(|label| *label as f32).take(count).collect(),
        }
    }

    /// Calls `write` with what a device keeps beside the inputs, if these are not the inputs.
    pub(crate) fn write<R>(self, write: impl FnOnce(Values<'_>) -> R) -> Option<R> {
        match self.kind {
            Targets::Inputs => None,
            Targets::Reals(targets) => {
                Some(write(Values::Real(&targets.iter().copied().collect::<Vec<_>>())))
            }
            Targets::Labels(labels) => Some(write(Values::U32(labels))),
        }
    }
}

//! Losses that are the mean of a function of each output and its target.

use serde_json::{Map, Value, json};

use super::{Loss, TargetKind};
use crate::error::OpError;
use crate::ops::loss::{Elements, Hinge, Huber, LogCosh, MeanAbsoluteError, MeanSquaredError, Quantile};
use crate::ops::{ElementLoss, one_for_each_row};
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// Records the mean over a row of a loss of element pairs.
pub(super) fn record(
    tape: &mut Recorder,
    loss: impl Into<Elements>,
    output: Tensor,
    target: Tensor,
) -> Tensor {
    let losses = one_for_each_row(tape, "losses", output);
    tape.push(ElementLoss::new(loss, output, target, losses));
    losses
}

macro_rules! element_losses {
    ($($name:ident: $targets:ident, $($setting:ident)?;)*) => {
        $(impl Loss for $name {
            fn name(&self) -> &str {
                Elements::from(*self).name()
            }

            fn settings(&self) -> Map<String, Value> {
                Map::from_iter([$((stringify!($setting).to_string(), json!(self.$setting)))?])
            }

            fn targets(&self) -> TargetKind {
                TargetKind::$targets
            }

            fn takes_halves(&self) -> bool {
                true
            }

            fn check(&self, _: usize) -> Result<(), OpError> {
                Elements::from(*self).check_settings()
            }

            fn record(&self, tape: &mut Recorder, output: Tensor, target: Tensor) -> Tensor {
                record(tape, *self, output, target)
            }
        })*
    };
}

element_losses! {
    MeanSquaredError: Numbers,;
    MeanAbsoluteError: Numbers,;
    Huber: Numbers, delta;
    LogCosh: Numbers,;
    Quantile: Numbers, quantile;
    Hinge: Signs,;
}

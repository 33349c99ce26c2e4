//! The one rule that every backend relies on: no step uses one buffer both as an input and as an output.

use crate::program::op::Use;
use crate::program::tensor::{BufferId, Tensor};

/// How some operands break the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The buffer is read and written.
    ReadAndWritten(BufferId),
    /// Two outputs lie in the buffer.
    WrittenTwice(BufferId),
}

/// An error for operands that break the rule.
pub(crate) fn one_rule(operands: &[(Use, Tensor)]) -> Result<(), Broken> {
    for (number, (_, output)) in operands.iter().enumerate().filter(|(_, (used, _))| *used != Use::In) {
        for (other, (used, tensor)) in operands.iter().enumerate() {
            if other != number && tensor.buffer == output.buffer {
                return Err(match used {
                    Use::In => Broken::ReadAndWritten(output.buffer),
                    _ => Broken::WrittenTwice(output.buffer),
                });
            }
        }
    }
    Ok(())
}

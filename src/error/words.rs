//! Values as errors write them.

use std::path::Path;

/// A shape as people write it: `28×28`.
pub(crate) fn shape_text(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}

/// Where a training that was interrupted can go on.
pub(super) fn saved(checkpoint: Option<&Path>) -> String {
    match checkpoint {
        Some(path) => format!("; resume from {}", path.display()),
        None => ", without a checkpoint".into(),
    }
}

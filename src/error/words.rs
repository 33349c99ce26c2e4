//! Values as errors write them.

use std::path::Path;

/// A shape as people write it: `28×28`.
pub(crate) fn shape_text(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}

/// The array of an archive that an error is about.
#[cfg(feature = "npy")]
pub(super) fn array_text(array: Option<&str>) -> String {
    array.map_or(String::new(), |name| format!(", array {name:?}"))
}

/// Where a training that was interrupted can go on.
pub(super) fn saved(checkpoint: Option<&Path>) -> String {
    if checkpoint.is_some() { resumable(checkpoint) } else { ", without a checkpoint".into() }
}

/// Where to go on from, if there is a place.
pub(super) fn resumable(checkpoint: Option<&Path>) -> String {
    checkpoint.map_or_else(String::new, |path| format!("; resume from {}", path.display()))
}

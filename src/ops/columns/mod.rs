//! Columns put side by side, and some of them taken; each is the other's derivative.

mod concat;
mod slice;

use crate::error::OpError;
use crate::program::tensor::{Tensor, equal_rows_per_sample};

pub use concat::{Concat, MOST_PARTS};
pub use slice::{Pad, Slice};

/// An error unless all tensors are of the batch, with as many rows a sample.
fn of_batch(tensors: &[Tensor]) -> Result<(), OpError> {
    match tensors.iter().find(|tensor| !tensor.is_batched()) {
        Some(other) => Err(OpError::new(format!("takes columns of the batch, and is given {other}"))),
        None => equal_rows_per_sample(tensors),
    }
}

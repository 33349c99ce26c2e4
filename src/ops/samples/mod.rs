//! Each sample's rows as a matrix: turned around, and multiplied with another's.

mod product;
mod transpose;

use std::num::NonZeroUsize;

use crate::error::OpError;
use crate::program::tensor::Tensor;

pub use product::BatchedProduct;
pub use transpose::Transpose;

/// The rows and columns of a sample's matrix; an error unless the tensor is of the batch.
fn shape(tensor: Tensor) -> Result<[usize; 2], OpError> {
    let rows = tensor.per_sample.map(NonZeroUsize::get);
    rows.map(|rows| [rows, tensor.cols])
        .ok_or_else(|| OpError::new(format!("takes matrices of samples, and is given {tensor}")))
}

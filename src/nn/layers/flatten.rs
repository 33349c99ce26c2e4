//! Flattening.

use super::{Context, Layer};
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// Samples of any shape become rows of numbers; nothing moves, since a sample is one row in memory anyway.
///
/// # Shapes
/// A sample: a × b × … → a·b·….
#[derive(Clone, Copy, Debug, Default)]
pub struct Flatten;

impl Layer for Flatten {
    fn kind(&self) -> &'static str {
        "flatten"
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        Ok(vec![input.iter().product()])
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, _: &mut Recorder, x: Tensor, _: &Context<'_>) -> Tensor {
        x
    }
}

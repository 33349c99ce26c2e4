//! Another shape for the same numbers.

use serde_json::{Map, Value, json};

use super::{Context, Layer, Shaped, one, settings};
use crate::error::LayerError;
use crate::file::json::sizes;

/// Samples of another shape; nothing moves.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, Reshape};
///
/// let net = Sequential::new([48]).add(Reshape::new([6, 8])).add(Dense::new(3).each_row());
/// assert_eq!(net.summary()?.parameters(), 8 * 3 + 3);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: any → the shape that is asked for, of as many numbers.
#[derive(Clone, Debug)]
#[must_use = "it is a layer, to be added to a net"]
pub struct Reshape {
    shape: Vec<usize>,
}

impl Reshape {
    /// To this shape of one sample.
    pub fn new(shape: impl Into<Vec<usize>>) -> Self {
        Self { shape: shape.into() }
    }

    pub(super) fn described(settings: &Value) -> Result<Self, String> {
        sizes(settings, "shape").map(Self::new)
    }
}

impl Layer for Reshape {
    fn kind(&self) -> &'static str {
        "reshape"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([("shape", json!(self.shape))])
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn takes_integers(&self) -> bool {
        true
    }

    fn forward(&self, _: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        Shaped::new(one(inputs)?.tensor(), self.shape.clone())
    }
}

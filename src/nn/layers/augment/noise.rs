//! Gaussian noise.

use serde_json::{Map, Value, json};

use super::super::{Context, Layer, Mode, Shaped, one, settings};
use super::step;
use crate::error::LayerError;
use crate::file::json;
use crate::ops::Noise;

/// In training, adds a random number of mean 0 to each number of a sample; otherwise it passes its input on. The same seed adds the
/// same, whatever the batches and the device, and something else in each epoch.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, GaussianNoise};
///
/// let net = Sequential::new([784]).add(GaussianNoise::new(0.1)).add(Dense::new(32));
/// assert_eq!(net.summary()?.parameters(), 784 * 32 + 32);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: any, which stays.
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "it is a layer, to be added to a net"]
pub struct GaussianNoise {
    std: f32,
}

impl GaussianNoise {
    /// With this standard deviation, 0 or more.
    pub fn new(std: f32) -> Self {
        Self { std }
    }

    pub(in super::super) fn described(described: &Value) -> Result<Self, String> {
        json::real(described, "std").map(Self::new)
    }
}

impl Layer for GaussianNoise {
    fn kind(&self) -> &'static str {
        "gaussian_noise"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([("std", json!(self.std))])
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        let layer = cx.mask();
        if cx.mode() == Mode::Infer {
            return Ok(x.clone());
        }
        let y = cx.output(x.shape());
        step(cx, Noise { x: x.tensor(), y: y.tensor(), std: self.std, layer }, y)
    }
}

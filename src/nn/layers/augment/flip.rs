//! Images that are mirrored.

use serde_json::{Map, Value, json};

use super::super::{Context, Layer, Mode, Shaped, settings};
use super::{images, warped};
use crate::error::LayerError;
use crate::file::json;
use crate::ops::RandomTransform;

/// In training, mirrors half of the images, or another share, drawn anew for each sample and each epoch; otherwise it passes its
/// input on. The same seed mirrors the same samples, whatever the batches and the device.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, Flatten, RandomFlip};
///
/// let net = Sequential::new([32, 32, 3]).add(RandomFlip::horizontal()).add(Flatten).add(Dense::new(10));
/// assert_eq!(net.output_shapes()?[0], [32, 32, 3]);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: height × width, or height × width × channels; at most 2048 pixels along a side.
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "it is a layer, to be added to a net"]
pub struct RandomFlip {
    horizontal: bool,
    probability: f32,
}

impl RandomFlip {
    /// Swaps left and right.
    pub fn horizontal() -> Self {
        Self { horizontal: true, probability: 0.5 }
    }

    /// Swaps top and bottom.
    pub fn vertical() -> Self {
        Self { horizontal: false, probability: 0.5 }
    }

    /// Sets the share of images that are mirrored, `0..=1`.
    pub fn probability(self, probability: f32) -> Self {
        Self { probability, ..self }
    }

    pub(in super::super) fn described(described: &Value) -> Result<Self, String> {
        let horizontal = json::flag(described, "horizontal")?;
        Ok(Self { horizontal, probability: json::real(described, "probability")? })
    }
}

impl Layer for RandomFlip {
    fn kind(&self) -> &'static str {
        "random_flip"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([("horizontal", json!(self.horizontal)), ("probability", json!(self.probability))])
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let images = images(inputs)?;
        let layer = cx.mask();
        if cx.mode() == Mode::Infer {
            return Ok(images.0.clone());
        }
        let flips = if self.horizontal { [self.probability, 0.0] } else { [0.0, self.probability] };
        warped(cx, images, |none| RandomTransform { flips, layer, ..none }, 0.0)
    }
}

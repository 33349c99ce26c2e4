//! Images that are shifted, rotated, scaled and sheared.

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::super::{Context, Layer, Mode, Shaped, settings};
use super::{images, warped};
use crate::error::LayerError;
use crate::file::json;
use crate::ops::RandomTransform;

/// In training, shifts, rotates, scales and shears each image at random, with bilinear sampling; otherwise it passes its input on.
///
/// Each number is uniform in its range, another for each sample and each epoch, and the same for a seed whatever the batches and
/// the device. A scale comes first, then a shear, a rotation and a shift, all about the middle of the image, as in torchvision's
/// `RandomAffine`. Shifts are not rounded to whole pixels.
///
/// Put it before the layers that learn. Gradients go through it, but a GPU computes them image by image, slowly.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, Flatten, RandomAffine};
///
/// let shaken = RandomAffine::new().rotate(15.0).translate(0.1).scale(0.9..1.1).shear(5.0);
/// let net = Sequential::new([28, 28]).add(shaken).add(Flatten).add(Dense::new(10));
/// assert_eq!(net.output_shapes()?[0], [28, 28]);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: height × width, or height × width × channels; at most 2048 pixels along a side.
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "it is a layer, to be added to a net"]
pub struct RandomAffine {
    rotate: f32,
    translate: f32,
    scale: [f32; 2],
    shear: f32,
    fill: f32,
}

impl Default for RandomAffine {
    fn default() -> Self {
        Self::new()
    }
}

impl RandomAffine {
    /// One that changes nothing yet, and fills with 0.
    pub fn new() -> Self {
        Self { rotate: 0.0, translate: 0.0, scale: [1.0; 2], shear: 0.0, fill: 0.0 }
    }

    /// Rotates by up to so many degrees in either direction, `0..=180`.
    pub fn rotate(self, degrees: f32) -> Self {
        Self { rotate: degrees, ..self }
    }

    /// Shifts by up to such a share of the width and of the height, in either direction, `0..=1`.
    #[doc(alias = "shift")]
    pub fn translate(self, share: f32) -> Self {
        Self { translate: share, ..self }
    }

    /// Scales by a factor in this range, which lies in `0.25..4.0`: what is scaled by 2 looks twice as large.
    #[doc(alias = "zoom")]
    pub fn scale(self, factors: Range<f32>) -> Self {
        Self { scale: [factors.start, factors.end], ..self }
    }

    /// Tilts columns by up to so many degrees in either direction, `0..=45`.
    pub fn shear(self, degrees: f32) -> Self {
        Self { shear: degrees, ..self }
    }

    /// Sets what stands where the image came from outside.
    pub fn fill(self, fill: f32) -> Self {
        Self { fill, ..self }
    }

    pub(in super::super) fn described(described: &Value) -> Result<Self, String> {
        let real = |key: &str| json::real(described, key);
        let scale = [real("least_scale")?, real("most_scale")?];
        let (rotate, translate) = (real("rotate")?, real("translate")?);
        Ok(Self { rotate, translate, scale, shear: real("shear")?, fill: real("fill")? })
    }
}

impl Layer for RandomAffine {
    fn kind(&self) -> &'static str {
        "random_affine"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([
            ("rotate", json!(self.rotate)),
            ("translate", json!(self.translate)),
            ("least_scale", json!(self.scale[0])),
            ("most_scale", json!(self.scale[1])),
            ("shear", json!(self.shear)),
            ("fill", json!(self.fill)),
        ])
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let (x, image) = images(inputs)?;
        if !(0.0..=1.0).contains(&self.translate) {
            let share = self.translate;
            return Err(LayerError::new(format!("shifts by up to {share} of the size; it takes 0 to 1")));
        }
        if !self.fill.is_finite() {
            return Err(LayerError::new(format!("fills with {}; it must be finite", self.fill)));
        }
        let layer = cx.mask();
        if cx.mode() == Mode::Infer {
            return Ok(x.clone());
        }
        let shift = [image.width, image.height].map(|size| self.translate * size as f32);
        let Self { rotate: rotation, scale, shear, .. } = *self;
        let random = |none| RandomTransform { rotation, shift, scale, shear, layer, ..none };
        warped(cx, (x, image), random, self.fill)
    }
}

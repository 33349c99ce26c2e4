//! Images without a rectangle.

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::super::{Context, Layer, Mode, Shaped, settings};
use super::{images, step};
use crate::error::LayerError;
use crate::file::json;
use crate::ops::{Erase, ImageShape};

/// Areas and aspect ratios that sizes are made of.
const STEPS: usize = 32;

/// In training, half of the images, or another share, lose a rectangle (Zhong et al., *Random Erasing Data Augmentation*, 2020);
/// otherwise it passes its input on. The same seed erases the same, whatever the batches and the device, and something else in each
/// epoch.
///
/// A rectangle's area is uniform in its range, and the logarithm of its height by its width is so too, each in 32 steps. Sizes that
/// do not fit into the image are left out. Its place is uniform. Its ranges begin as those of torchvision's `RandomErasing`.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, Flatten, RandomErasing};
///
/// let erased = RandomErasing::new().area(0.02..0.2).value(0.5);
/// let net = Sequential::new([32, 32, 3]).add(erased).add(Flatten).add(Dense::new(10));
/// assert_eq!(net.output_shapes()?[0], [32, 32, 3]);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: height × width, or height × width × channels; at most 2048 pixels along a side.
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "it is a layer, to be added to a net"]
pub struct RandomErasing {
    probability: f32,
    area: [f32; 2],
    aspect: [f32; 2],
    value: f32,
}

impl Default for RandomErasing {
    fn default() -> Self {
        Self::new()
    }
}

impl RandomErasing {
    /// From half of the images 0.02 to 0.33 of the area, with an aspect ratio of 0.3 to 3.3, which become 0.
    pub fn new() -> Self {
        Self { probability: 0.5, area: [0.02, 0.33], aspect: [0.3, 3.3], value: 0.0 }
    }

    /// Sets the share of images that lose a rectangle, `0..=1`.
    pub fn probability(self, probability: f32) -> Self {
        Self { probability, ..self }
    }

    /// Sets the range of the share of the area that is erased, above 0 and at most 1.
    pub fn area(self, shares: Range<f32>) -> Self {
        Self { area: [shares.start, shares.end], ..self }
    }

    /// Sets the range of the height by the width, above 0.
    pub fn aspect(self, ratios: Range<f32>) -> Self {
        Self { aspect: [ratios.start, ratios.end], ..self }
    }

    /// Sets what stands in the rectangle.
    pub fn value(self, value: f32) -> Self {
        Self { value, ..self }
    }

    pub(in super::super) fn described(described: &Value) -> Result<Self, String> {
        let real = |key: &str| json::real(described, key);
        let area = [real("least_area")?, real("most_area")?];
        let aspect = [real("least_aspect")?, real("most_aspect")?];
        Ok(Self { probability: real("probability")?, area, aspect, value: real("value")? })
    }

    fn check(&self) -> Result<(), LayerError> {
        let Self { area: [small, large], aspect: [wide, tall], value, .. } = self;
        if !(0.0 < *small && small <= large && *large <= 1.0) {
            return Err(LayerError::new(format!(
                "erases {small} to {large} of the area; both are above 0 and at most 1, the smaller one first"
            )));
        }
        if !(0.0 < *wide && wide <= tall && tall.is_finite()) {
            return Err(LayerError::new(format!(
                "erases with aspect ratios of {wide} to {tall}; both are above 0 and finite, the smaller one first"
            )));
        }
        if value.is_finite() {
            return Ok(());
        }
        Err(LayerError::new(format!("fills rectangles with {value}; it must be finite")))
    }

    /// Heights and widths, each as likely, of rectangles that fit into an image.
    fn sizes(&self, image: ImageShape) -> Result<Vec<f32>, LayerError> {
        let [height, width] = [image.height, image.width].map(|size| size as f64);
        let [small, large] = self.area.map(f64::from);
        let [wide, tall] = self.aspect.map(|ratio| f64::from(ratio).ln());
        let middle = |step: usize| (step as f64 + 0.5) / STEPS as f64;
        let mut sizes = Vec::new();
        for step in 0..STEPS * STEPS {
            let area = height * width * (small + (large - small) * middle(step / STEPS));
            let ratio = (wide + (tall - wide) * middle(step % STEPS)).exp();
            let [rows, cols] = [area * ratio, area / ratio].map(|square| square.sqrt().round().max(1.0));
            if rows <= height && cols <= width {
                sizes.extend([rows as f32, cols as f32]);
            }
        }
        if !sizes.is_empty() {
            return Ok(sizes);
        }
        let ([small, large], [wide, tall]) = (self.area, self.aspect);
        Err(LayerError::new(format!(
            "finds no rectangle of {small} to {large} of the area with an aspect ratio of {wide} to {tall} that fits; widen the \
             ranges"
        )))
    }
}

impl Layer for RandomErasing {
    fn kind(&self) -> &'static str {
        "random_erasing"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([
            ("probability", json!(self.probability)),
            ("least_area", json!(self.area[0])),
            ("most_area", json!(self.area[1])),
            ("least_aspect", json!(self.aspect[0])),
            ("most_aspect", json!(self.aspect[1])),
            ("value", json!(self.value)),
        ])
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let (x, image) = images(inputs)?;
        self.check()?;
        let layer = cx.mask();
        if cx.mode() == Mode::Infer {
            return Ok(x.clone());
        }
        let sizes = self.sizes(image)?;
        let sizes = cx.tape().constant("sizes", sizes.len() / 2, &sizes);
        let y = cx.output(x.shape());
        let Self { probability, value, .. } = *self;
        step(cx, Erase { x: x.tensor(), sizes, y: y.tensor(), image, probability, value, layer }, y)
    }
}

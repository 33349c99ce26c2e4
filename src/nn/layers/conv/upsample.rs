//! Larger images.

use serde_json::{Map, Value, json};

use super::{Sides, image};
use crate::error::LayerError;
use crate::file::json;
use crate::nn::layers::{Context, Layer, Shaped, settings};
use crate::ops::{ImageShape, Interpolation};
use crate::program::op::Op;

/// Makes images larger, by a whole factor along each side: what lets a decoder undo the pools of an encoder.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Conv2d, Interpolation, Padding, Upsample};
///
/// let net = Sequential::new([7, 7, 16])
///     .add(Upsample::new(2)) // each pixel four times
///     .add(Conv2d::new(8, 3).padding(Padding::Same))
///     .add(Upsample::new([2, 3]).interpolation(Interpolation::Bilinear));
/// assert_eq!(net.output_shapes()?.last(), Some(&vec![28, 42, 8]));
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: height × width × channels → factor · height × factor · width × channels.
#[derive(Clone, Copy, Debug)]
#[must_use = "it is a layer, to be added to a net"]
pub struct Upsample {
    factor: [usize; 2],
    interpolation: Interpolation,
}

impl Upsample {
    /// By this factor of height and width; each place is the [nearest](Interpolation::Nearest) pixel.
    pub fn new(factor: impl Into<Sides>) -> Self {
        Self { factor: factor.into().0, interpolation: Interpolation::Nearest }
    }

    /// Sets what stands between the pixels.
    pub fn interpolation(self, interpolation: Interpolation) -> Self {
        Self { interpolation, ..self }
    }

    pub(in crate::nn::layers) fn described(settings: &Value) -> Result<Self, String> {
        let interpolation = match json::text(settings, "interpolation")? {
            "nearest" => Interpolation::Nearest,
            "bilinear" => Interpolation::Bilinear,
            other => return Err(format!("interpolation is {other:?}, and should be nearest or bilinear")),
        };
        Ok(Self { factor: Sides::described(settings, "factor")?, interpolation })
    }
}

impl Layer for Upsample {
    fn kind(&self) -> &'static str {
        "upsample"
    }

    fn settings(&self) -> Map<String, Value> {
        let interpolation = match self.interpolation {
            Interpolation::Nearest => "nearest",
            Interpolation::Bilinear => "bilinear",
        };
        settings([("factor", json!(self.factor)), ("interpolation", json!(interpolation))])
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let (x, [height, width], channels) = image(inputs)?;
        let Self { factor, interpolation } = *self;
        let image = ImageShape { height, width, channels };
        let sides = [height * factor[0], width * factor[1]];
        let (name, tape) = (cx.name().to_string(), cx.tape());
        let x = if channels.is_multiple_of(4) { x.tensor() } else { tape.reals(x.tensor()) };
        let y = tape.batched_of(name, x.element, sides[0] * sides[1] * channels);
        let op = crate::ops::Upsample { x, y, image, factor, interpolation };
        op.check()?;
        tape.push(op);
        Shaped::new(y, [sides[0], sides[1], channels])
    }
}

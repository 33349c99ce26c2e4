//! Zeros around an image, as a layer.

use serde_json::{Map, Value, json};

use super::image;
use crate::error::LayerError;
use crate::file::json;
use crate::nn::layers::{Context, Layer, Shaped, settings};
use crate::ops::{ImageShape, ZeroPad};

/// Rows and columns around an image: above, on the left, below, on the right, as in
/// [`Padding::Explicit`](crate::layers::Padding::Explicit). One number stands for all of them, two for vertical and horizontal ones.
///
/// ```
/// use wgrad::layers::Edges;
///
/// assert_eq!(Edges::from(3), Edges::from([3, 3]));
/// assert_eq!(Edges::from([1, 2]), Edges::from([1, 2, 1, 2]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edges(pub [usize; 4]);

impl From<usize> for Edges {
    fn from(pixels: usize) -> Self {
        Self([pixels; 4])
    }
}

impl From<[usize; 2]> for Edges {
    fn from([vertical, horizontal]: [usize; 2]) -> Self {
        Self([vertical, horizontal, vertical, horizontal])
    }
}

impl From<[usize; 4]> for Edges {
    fn from(edges: [usize; 4]) -> Self {
        Self(edges)
    }
}

/// Puts zeros around images.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::ZeroPad2d;
///
/// let net = Sequential::new([28, 28, 3]).add(ZeroPad2d::new(2)).add(ZeroPad2d::new([1, 0, 0, 0])); // then a row above
/// assert_eq!(net.output_shapes()?.last(), Some(&vec![33, 32, 3]));
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: height × width × channels → (above + height + below) × (left + width + right) × channels.
#[derive(Clone, Copy, Debug)]
#[must_use = "it is a layer, to be added to a net"]
pub struct ZeroPad2d {
    padding: [usize; 4],
}

impl ZeroPad2d {
    /// With so many rows and columns of zeros: one number for all sides, `[vertical, horizontal]`, or
    /// `[above, left, below, right]`.
    pub fn new(padding: impl Into<Edges>) -> Self {
        Self { padding: padding.into().0 }
    }

    pub(in crate::nn::layers) fn described(settings: &Value) -> Result<Self, String> {
        let edges = json::sizes(settings, "padding")?;
        let why = |edges: Vec<_>| format!("padding has {} numbers, and should have 4", edges.len());
        edges.try_into().map(|padding| Self { padding }).map_err(why)
    }
}

impl Layer for ZeroPad2d {
    fn kind(&self) -> &'static str {
        "zero_pad2d"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([("padding", json!(self.padding))])
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let (x, [height, width], channels) = image(inputs)?;
        let image = ImageShape { height, width, channels };
        let padding = self.padding.map(|pixels| pixels as isize);
        let [down, across] = ZeroPad::output(image, padding);
        let (name, tape) = (cx.name().to_string(), cx.tape());
        let x = if channels.is_multiple_of(4) { x.tensor() } else { tape.reals(x.tensor()) };
        let y = tape.batched_of(name, x.element, down * across * channels);
        tape.push(ZeroPad { x, y, image, padding });
        Shaped::new(y, [down, across, channels])
    }
}

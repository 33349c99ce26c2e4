//! Layers over images and rows, channels last: convolutions, transposed ones, pools, and images of other sizes.

mod conv1d;
mod conv2d;
mod conv_transpose2d;
mod global;
mod padding;
mod pool;
mod upsample;
mod zero_pad;

use serde_json::Value;

use super::{Shaped, one};
use crate::error::LayerError;
use crate::file::json;
#[cfg(feature = "onnx")]
use crate::ops::Window;

pub use conv_transpose2d::ConvTranspose2d;
pub use conv1d::Conv1d;
pub use conv2d::Conv2d;
pub use global::{GlobalAvgPool2d, GlobalMaxPool2d};
pub use padding::Padding;
pub use pool::{AvgPool2d, MaxPool2d};
pub use upsample::Upsample;
pub use zero_pad::{Edges, ZeroPad2d};

/// A height and a width; one number stands for both.
///
/// ```
/// use wgrad::layers::Sides;
///
/// assert_eq!(Sides::from(3), Sides::from([3, 3]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sides(pub [usize; 2]);

impl From<usize> for Sides {
    fn from(side: usize) -> Self {
        Self([side; 2])
    }
}

impl From<[usize; 2]> for Sides {
    fn from(sides: [usize; 2]) -> Self {
        Self(sides)
    }
}

impl Sides {
    /// Those under `key` in a description.
    fn described(settings: &Value, key: &str) -> Result<[usize; 2], String> {
        let sides = json::sizes(settings, key)?;
        sides
            .try_into()
            .map_err(|sides: Vec<_>| format!("{key} has {} numbers, and should have 2", sides.len()))
    }
}

/// The window of a described layer over images of this shape; `kernel` is what its size is called there.
#[cfg(feature = "onnx")]
pub(crate) fn described_window(settings: &Value, kernel: &str, image: &[usize]) -> Result<Window, String> {
    let [height, width, _] = *image else { return Err(format!("goes over samples of shape {image:?}")) };
    let mut window = Window::new([height, width], sides(settings, kernel)?);
    window.stride = sides(settings, "stride")?;
    if !settings["dilation"].is_null() {
        window.dilation = sides(settings, "dilation")?;
    }
    Padding::described(settings)?.around(window).map_err(|why| why.to_string())
}

/// The window of a described transposed convolution over images of this shape: places are the pixels of these.
#[cfg(feature = "onnx")]
pub(crate) fn described_transposed(settings: &Value, image: &[usize]) -> Result<Window, String> {
    let [height, width, _] = *image else { return Err(format!("goes over samples of shape {image:?}")) };
    ConvTranspose2d::described(settings)?.window([height, width]).map_err(|why| why.to_string())
}

/// Two sizes of a description, or one along a row.
#[cfg(feature = "onnx")]
fn sides(settings: &Value, key: &str) -> Result<[usize; 2], String> {
    if settings[key].is_array() {
        Sides::described(settings, key)
    } else {
        Ok([1, json::count(settings, key)?])
    }
}

/// The only input of a layer that takes images, its height and width, and its channels.
fn image(inputs: &[Shaped]) -> Result<(&Shaped, [usize; 2], usize), LayerError> {
    let x = one(inputs)?;
    match *x.shape() {
        [height, width, channels] => Ok((x, [height, width], channels)),
        _ => Err(LayerError::new(format!(
            "takes images of height × width × channels, and gets samples of {:?}; put a Reshape before it",
            x.shape()
        ))),
    }
}

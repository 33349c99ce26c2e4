//! Pools over whole images.

use super::image;
use crate::error::LayerError;
use crate::nn::layers::{Context, Layer, Shaped};
use crate::ops::{Reduce, Reduction};

fn reduced(cx: &mut Context<'_>, inputs: &[Shaped], reduction: Reduction) -> Result<Shaped, LayerError> {
    let (x, _, channels) = image(inputs)?;
    let y = cx.output([channels]);
    cx.tape().push(Reduce { reduction, x: x.rows(), y: y.tensor() });
    Ok(y)
}

/// The mean of each channel over an image (Lin, Chen and Yan, *Network in Network*, 2014).
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, GlobalAvgPool2d};
///
/// let net = Sequential::new([7, 7, 64]).add(GlobalAvgPool2d).add(Dense::new(10));
/// assert_eq!(net.summary()?.parameters(), 64 * 10 + 10);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: height × width × channels → channels.
#[derive(Clone, Copy, Debug, Default)]
pub struct GlobalAvgPool2d;

/// The largest number of each channel over an image.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, GlobalMaxPool2d};
///
/// let net = Sequential::new([7, 7, 64]).add(GlobalMaxPool2d).add(Dense::new(10));
/// assert_eq!(net.summary()?.parameters(), 64 * 10 + 10);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: height × width × channels → channels.
#[derive(Clone, Copy, Debug, Default)]
pub struct GlobalMaxPool2d;

impl Layer for GlobalAvgPool2d {
    fn kind(&self) -> &'static str {
        "global_avg_pool2d"
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        reduced(cx, inputs, Reduction::Mean)
    }
}

impl Layer for GlobalMaxPool2d {
    fn kind(&self) -> &'static str {
        "global_max_pool2d"
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        reduced(cx, inputs, Reduction::Maximum)
    }
}

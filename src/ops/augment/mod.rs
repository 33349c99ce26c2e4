//! Augmentation: what a training changes in its samples, another change for each sample and each epoch, the same bits on every run.

mod erase;
mod noise;
mod transform;
mod warp;

use crate::error::OpError;
use crate::program::kernel::Kernel;
use crate::program::tensor::{Tensor, alike};

pub use erase::Erase;
pub use noise::Noise;
pub use transform::RandomTransform;
pub use warp::{Warp, WarpGradient};

/// The most pixels along a side: places of pixels are counted in 4096ths in 32 bits.
const MOST_PIXELS: usize = 2048;

/// The size of an image, channels last.
///
/// ```
/// use wgrad::ops::ImageShape;
///
/// let gray = ImageShape { height: 28, width: 20, channels: 1 };
/// assert_eq!(ImageShape::of(&[28, 20]), Some(gray));
/// assert_eq!(ImageShape::of(&[28, 20, 3]), Some(ImageShape { channels: 3, ..gray }));
/// assert_eq!(ImageShape::of(&[560]), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageShape {
    /// Rows of pixels.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
    /// Numbers of a pixel.
    pub channels: usize,
}

impl ImageShape {
    /// Of a sample of this shape: height × width, or height × width × channels.
    pub fn of(shape: &[usize]) -> Option<Self> {
        match *shape {
            [height, width] => Some(Self { height, width, channels: 1 }),
            [height, width, channels] => Some(Self { height, width, channels }),
            _ => None,
        }
    }

    /// Numbers of an image.
    fn len(self) -> usize {
        self.height * self.width * self.channels
    }

    /// An error unless samples of both tensors are such images.
    fn check(self, x: Tensor, y: Tensor) -> Result<(), OpError> {
        alike(&[x, y])?;
        let Self { height, width, channels } = self;
        if !x.is_batched() || x.sample_len() != self.len() {
            return Err(OpError::new(format!(
                "takes {x} as images of {height}×{width}×{channels}; a sample has one number for each channel of each pixel"
            )));
        }
        if height > MOST_PIXELS || width > MOST_PIXELS {
            return Err(OpError::new(format!(
                "takes images of {height}×{width} pixels; {MOST_PIXELS} along a side is the most"
            )));
        }
        Ok(())
    }

    pub(super) fn joined_to(self, kernel: Kernel) -> Kernel {
        kernel.size("HEIGHT", self.height).size("WIDTH", self.width).size("CHANNELS", self.channels)
    }

    /// One pixel, prime sizes with channels, and more rows than columns.
    fn examples() -> [Self; 3] {
        [[1, 1, 1], [5, 7, 3], [16, 13, 1]].map(|[height, width, channels]| Self { height, width, channels })
    }
}

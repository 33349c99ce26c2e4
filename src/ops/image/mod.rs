//! Images of other sizes, and the way back: zeros around them, and more pixels between theirs.

mod upsample;
mod zero_pad;

use crate::error::OpError;
use crate::ops::{ImageShape, Window, of_one_element};
use crate::program::kernel::{DeviceProfile, Kernel, Source, numbers, shader};
use crate::program::tensor::{Element, Tensor};

pub use upsample::{Interpolation, Upsample, UpsampleGradient};
pub use zero_pad::ZeroPad;

/// An error unless `x` are such images, and `y` some of other sides with as many channels.
fn check(image: ImageShape, x: Tensor, output: [usize; 2], y: Tensor) -> Result<(), OpError> {
    let ImageShape { height, width, channels } = image;
    of_one_element(&[x, y])?;
    if [height, width, channels, output[0], output[1]].contains(&0) {
        return Err(OpError::new(format!(
            "makes images of {output:?} pixels of images of {height}×{width}×{channels}; no size may be 0"
        )));
    }
    Window::check_sample(x, height * width, channels)?;
    Window::check_sample(y, output[0] * output[1], channels)?;
    if x.element == Element::Half && !channels.is_multiple_of(4) {
        return Err(OpError::new(format!("has {channels} channels of halves; it takes multiples of 4")));
    }
    Ok(())
}

/// A kernel over pixels and their channels, by fours where it can be, with the files that it is made of.
fn kernel(
    sources: Vec<Source>,
    image: ImageShape,
    output: [usize; 2],
    over: Tensor,
    device: &DeviceProfile,
) -> Kernel {
    let (mut files, invocations) = if image.channels.is_multiple_of(4) {
        (vec![numbers(over.element, device), shader!("pool/four.wgsl")], over.len() / 4)
    } else {
        (vec![shader!("pool/one.wgsl")], over.len())
    };
    let Kernel { workgroups, .. } = Kernel::per_element(files[0], invocations);
    files.push(shader!("image/sizes.wgsl"));
    files.extend(sources);
    let kernel = Kernel { sources: files, constants: Vec::new(), workgroups };
    image.joined_to(kernel).size("OUT_HEIGHT", output[0]).size("OUT_WIDTH", output[1])
}

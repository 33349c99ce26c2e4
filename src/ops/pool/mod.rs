//! Pools over the pixels that a window sees: maxima and means, and their derivatives.

mod average;
mod maximum;

use crate::error::OpError;
use crate::ops::Window;
use crate::ops::of_one_element;
use crate::program::kernel::{DeviceProfile, Kernel, Source, numbers, shader};
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

pub use average::{AveragePool, AveragePoolGradient};
pub use maximum::{MaxPool, MaxPoolGradient};

/// An error unless `x` are images and `y` what a window makes of them, channel by channel, and each place sees a pixel.
fn check(window: Window, x: Tensor, y: Tensor) -> Result<(), OpError> {
    window.check()?;
    of_one_element(&[x, y])?;
    let channels = channels(window, x);
    Window::check_sample(x, window.pixels(), channels)?;
    Window::check_sample(y, window.places(), channels)?;
    if x.element == Element::Half && !channels.is_multiple_of(4) {
        return Err(OpError::new(format!("has {channels} channels of halves; it takes multiples of 4")));
    }
    let Window { image, kernel, stride, padding, dilation, output } = window;
    let sees = |side: usize| {
        padding[side] < kernel[side] && (output[side] - 1) * stride[side] < image[side] + padding[side]
    };
    if dilation == [1; 2] && sees(0) && sees(1) {
        return Ok(());
    }
    Err(OpError::new(format!(
        "has windows of {kernel:?} with stride {stride:?}, padding {padding:?} and dilation {dilation:?} over {image:?} pixels; each \
         must see a pixel of the image, so take less padding, and dilation 1"
    )))
}

/// Numbers of a pixel.
fn channels(window: Window, x: Tensor) -> usize {
    x.cols / window.pixels().max(1)
}

/// A kernel over places or pixels and their channels, by fours where it can be, with the files that it is made of.
fn kernel(sources: Vec<Source>, window: Window, [x, over]: [Tensor; 2], device: &DeviceProfile) -> Kernel {
    let channels = channels(window, x);
    let (files, invocations) = if channels.is_multiple_of(4) {
        (vec![numbers(x.element, device), shader!("pool/four.wgsl")], over.len() / 4)
    } else {
        (vec![shader!("pool/one.wgsl")], over.len())
    };
    let sources = [files, vec![shader!("conv/window.wgsl")], sources].concat();
    let Kernel { workgroups, .. } = Kernel::per_element(sources[0], invocations);
    window.sizes(Kernel { sources, constants: Vec::new(), workgroups }).size("CHANNELS", channels)
}

/// Windows and channels for the tests.
fn shapes() -> Vec<(Window, usize)> {
    let padded = |window: Window, padding: [usize; 2]| {
        window.padding(padding, window.outputs(padding.map(|side| 2 * side)))
    };
    vec![
        (Window::new([8, 8], [2, 2]).stride([2, 2]), 4),
        (Window::new([7, 5], [2, 2]).stride([2, 2]), 3),
        (padded(Window::new([9, 7], [3, 3]).stride([2, 2]), [1, 1]), 8),
        (padded(Window::new([5, 6], [3, 2]), [2, 1]), 1),
        (Window::new([1, 1], [1, 1]), 1),
        (padded(Window::new([2, 3], [4, 3]).stride([1, 2]), [1, 1]), 5),
        // The last windows begin in the image and end behind it, as "same" padding has it.
        (Window::new([5, 5], [2, 2]).stride([2, 2]).padding([0, 0], [3, 3]), 4),
        // Some pixels lie between windows, and more behind the last ones.
        (Window::new([1, 9], [1, 2]).stride([2, 4]), 5),
        (padded(Window::new([6, 7], [2, 3]).stride([3, 3]), [1, 2]), 4),
    ]
}

/// Images and what a window makes of them, for the tests.
fn cases(tape: &mut Recorder, element: Element) -> Vec<(Window, [Tensor; 2])> {
    let all =
        shapes().into_iter().filter(|(_, channels)| element == Element::Real || channels.is_multiple_of(4));
    let mut images = |(window, channels): (Window, usize)| {
        let sizes = [("x", window.pixels()), ("y", window.places())];
        (window, sizes.map(|(name, pixels)| tape.batched_of(name, element, pixels * channels)))
    };
    all.map(&mut images).collect()
}

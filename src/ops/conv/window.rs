//! Which pixels the places of an output see.

use std::ops::Range;

use crate::error::OpError;
use crate::program::kernel::Kernel;
use crate::program::tensor::Tensor;

/// Which pixels of an image each place of the output of a convolution or a pool sees. Heights come before widths.
///
/// ```
/// use wgrad::ops::Window;
///
/// let window = Window::new([28, 28], [3, 3]).stride([2, 2]).padding([1, 1], [14, 14]);
/// assert_eq!((window.places(), window.taps()), (14 * 14, 9));
/// assert_eq!(window.pixel([0, 0], [0, 0]), None); // in the padding
/// assert_eq!(window.pixel([1, 1], [0, 0]), Some(28 + 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Pixels along the sides of the image.
    pub image: [usize; 2],
    /// Taps along the sides of the kernel.
    pub kernel: [usize; 2],
    /// Pixels from one place of the output to the next.
    pub stride: [usize; 2],
    /// Rows of padding above the image, and columns left of it; below and on the right there is as much as the output needs.
    pub padding: [usize; 2],
    /// Pixels from one tap to the next.
    pub dilation: [usize; 2],
    /// Places along the sides of the output.
    pub output: [usize; 2],
}

impl Window {
    /// A window without padding whose taps and places lie side by side.
    pub fn new(image: [usize; 2], kernel: [usize; 2]) -> Self {
        let [stride, dilation] = [[1; 2]; 2];
        let window = Self { image, kernel, stride, padding: [0; 2], dilation, output: [1; 2] };
        Self { output: window.outputs([0; 2]), ..window }
    }

    /// With places this far apart, as many as there are without padding.
    #[must_use]
    pub fn stride(self, stride: [usize; 2]) -> Self {
        let window = Self { stride, ..self };
        Self { output: window.outputs([0; 2]), ..window }
    }

    /// With taps this far apart, and as many places as there are without padding.
    #[must_use]
    pub fn dilation(self, dilation: [usize; 2]) -> Self {
        let window = Self { dilation, ..self };
        Self { output: window.outputs([0; 2]), ..window }
    }

    /// With so much padding above and on the left, and an output of this size.
    #[must_use]
    pub fn padding(self, padding: [usize; 2], output: [usize; 2]) -> Self {
        Self { padding, output, ..self }
    }

    /// Pixels that a window spans along each side.
    pub fn span(&self) -> [usize; 2] {
        [0, 1].map(|side| (self.kernel[side].max(1) - 1) * self.dilation[side] + 1)
    }

    /// Places along each side where the padding along it is this in all; none where the image is smaller than a window.
    pub fn outputs(&self, padding: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|side| {
            let room = (self.image[side] + padding[side]).checked_sub(self.span()[side]);
            room.map_or(0, |room| room / self.stride[side].max(1) + 1)
        })
    }

    /// Pixels of the image.
    pub fn pixels(&self) -> usize {
        self.image[0] * self.image[1]
    }

    /// Places of the output.
    pub fn places(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Pixels that a place sees, those of the padding included.
    pub fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// The number of the pixel that a tap of a place sees, if it is one of the image.
    #[inline(always)]
    pub fn pixel(&self, place: [usize; 2], tap: [usize; 2]) -> Option<usize> {
        let [y, x] = [0, 1].map(|side| {
            let at = place[side] * self.stride[side] + tap[side] * self.dilation[side];
            at.checked_sub(self.padding[side]).filter(|at| *at < self.image[side])
        });
        Some(y? * self.image[1] + x?)
    }

    /// Calls `f` with each place's number, each tap's and the pixel's that it sees, in this order.
    #[inline(always)]
    pub(crate) fn each(&self, mut f: impl FnMut(usize, usize, usize)) {
        for place in 0..self.places() {
            self.each_of(place, |tap, pixel| f(place, tap, pixel));
        }
    }

    /// Calls `f` with the number of each tap of a place that sees a pixel, and the pixel's.
    #[inline(always)]
    pub(crate) fn each_of(&self, place: usize, mut f: impl FnMut(usize, usize)) {
        let place = [place / self.output[1], place % self.output[1]];
        for y in 0..self.kernel[0] {
            for x in 0..self.kernel[1] {
                if let Some(pixel) = self.pixel(place, [y, x]) {
                    f(y * self.kernel[1] + x, pixel);
                }
            }
        }
    }

    /// The pixel that a tap of a place sees, if there is one.
    #[inline(always)]
    pub(in crate::ops) fn seen_at(&self, place: usize, tap: usize) -> Option<usize> {
        let [place, tap] = [(place, self.output[1]), (tap, self.kernel[1])]
            .map(|(number, width)| [number / width, number % width]);
        self.pixel(place, tap)
    }

    /// The pixels of the image that a place sees where taps lie side by side: some rows, and some columns of them.
    #[inline(always)]
    pub(in crate::ops) fn seen_by(&self, place: usize) -> [Range<usize>; 2] {
        let place = [place / self.output[1], place % self.output[1]];
        [0, 1].map(|side| {
            let first = place[side] * self.stride[side];
            let end = (first + self.kernel[side]).saturating_sub(self.padding[side]);
            first.saturating_sub(self.padding[side])..end.min(self.image[side])
        })
    }

    /// Whether no two places see one pixel, where taps lie side by side.
    pub(in crate::ops) fn lies_apart(&self) -> bool {
        [0, 1].iter().all(|side| self.stride[*side] >= self.kernel[*side])
    }

    /// An error unless it has places and taps.
    pub(crate) fn check(&self) -> Result<(), OpError> {
        let all = [self.image, self.kernel, self.stride, self.dilation, self.output];
        if all.iter().flatten().all(|size| *size > 0) {
            return Ok(());
        }
        let Self { image, kernel, stride, dilation, output, .. } = self;
        Err(OpError::new(format!(
            "sees {image:?} pixels through a kernel of {kernel:?}, stride {stride:?} and dilation {dilation:?}, for an output of \
             {output:?}; no size may be 0"
        )))
    }

    /// An error unless samples of a batched tensor, a row each, have so many numbers for each of `places`.
    pub(in crate::ops) fn check_sample(tensor: Tensor, places: usize, numbers: usize) -> Result<(), OpError> {
        if tensor.is_batched() && tensor.sample_len() == tensor.cols && tensor.cols == places * numbers {
            return Ok(());
        }
        Err(OpError::new(format!(
            "has a {tensor} tensor; it needs a row of {places} × {numbers} numbers for each sample"
        )))
    }

    /// A kernel that knows the window.
    pub(in crate::ops) fn sizes(&self, kernel: Kernel) -> Kernel {
        let sides = [
            (["HEIGHT", "WIDTH"], self.image),
            (["OUT_HEIGHT", "OUT_WIDTH"], self.output),
            (["KERNEL_HEIGHT", "KERNEL_WIDTH"], self.kernel),
            (["STRIDE_Y", "STRIDE_X"], self.stride),
            (["DILATION_Y", "DILATION_X"], self.dilation),
            (["TOP", "LEFT"], self.padding),
        ];
        let named = sides.into_iter().flat_map(|(names, sizes)| names.into_iter().zip(sizes));
        named.fold(kernel, |kernel, (name, size)| kernel.size(name, size))
    }
}

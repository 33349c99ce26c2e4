//! The sizes of a convolution, and which kernels they ask for.

use super::Window;
use crate::error::OpError;
use crate::ops::dense::bias_rows;
use crate::program::kernel::{Kernel, Source, shader};
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// The parts of a batch whose weight gradients are summed by themselves: enough for a few threads, and for the invocations of a GPU
/// where weights are few.
const PARTS: usize = 8;

/// Numbers of all parts together, at most, where there are more than two.
const MOST_PARTS: usize = 2 << 20;

/// The sizes of a convolution.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConvShape {
    pub(super) window: Window,
    pub(super) channels: usize,
    pub(super) filters: usize,
}

/// Height and width.
pub(super) type Sides = [usize; 2];

impl ConvShape {
    /// That of images of `x`; if it has not whole pixels, the check will say so.
    #[inline(always)]
    pub(super) fn of(window: Window, x: Tensor, filters: usize) -> Self {
        Self { window, channels: x.cols / window.pixels().max(1), filters }
    }

    /// Numbers that a place sees.
    #[inline(always)]
    pub(super) fn taps(&self) -> usize {
        self.window.taps() * self.channels
    }

    /// Numbers of an image's patches.
    pub(super) fn patches(&self) -> usize {
        self.window.places() * self.taps()
    }

    /// An error unless images, their outputs and a weight or its gradient fit.
    pub(super) fn check(&self, x: Tensor, y: Tensor, weight: Tensor) -> Result<(), OpError> {
        self.window.check()?;
        Window::check_sample(x, self.window.pixels(), self.channels)?;
        Window::check_sample(y, self.window.places(), self.filters)?;
        let [stride, dilation] = [self.window.stride, self.window.dilation];
        if (0..2).any(|side| stride[side] > 1 && dilation[side] > 1) {
            return Err(OpError::new(format!(
                "has stride {stride:?} and dilation {dilation:?}; one of both must be 1"
            )));
        }
        bias_rows(self.taps(), weight).map(drop)
    }

    /// An error unless numbers are halves only where they can be read by fours: all of `others`, and the images `x` as well where
    /// their channels let them.
    pub(super) fn check_elements(&self, x: Tensor, others: &[Tensor]) -> Result<(), OpError> {
        let element = others[0].element;
        let of_x = if self.channels.is_multiple_of(4) { element } else { Element::Real };
        let fits = element == Element::Real || element == Element::Half && self.filters.is_multiple_of(4);
        if fits && x.element == of_x && others.iter().all(|other| other.element == element) {
            return Ok(());
        }
        let elements: Vec<_> = [x].iter().chain(others).map(|tensor| tensor.element).collect();
        Err(OpError::new(format!(
            "has {} channels and {} filters, of {elements:?}; halves are for multiples of 4",
            self.channels, self.filters
        )))
    }

    /// The parts in which the weight's gradient is summed, for batches of up to `capacity` samples.
    pub(super) fn parts_of(&self, capacity: usize) -> usize {
        (MOST_PARTS / (self.taps() * self.filters)).clamp(2, PARTS).min(capacity)
    }

    /// Samples of a part: so many that the places of the parts before are a multiple of 4.
    #[inline(always)]
    pub(super) fn samples_of_part(&self, capacity: usize, parts: usize) -> usize {
        let places = self.window.places();
        let step = if places.is_multiple_of(4) {
            1
        } else if places.is_multiple_of(2) {
            2
        } else {
            4
        };
        capacity.div_ceil(parts).next_multiple_of(step)
    }

    /// The file that reads patches.
    pub(super) fn of_x(&self) -> Source {
        if self.is_single() {
            shader!("conv/x_single.wgsl")
        } else if self.channels.is_multiple_of(4) {
            shader!("conv/x_four.wgsl")
        } else {
            shader!("conv/x_one.wgsl")
        }
    }

    /// The file that reads weights and writes outputs.
    pub(super) fn of_w(&self) -> Source {
        if self.filters.is_multiple_of(4) { shader!("conv/w_four.wgsl") } else { shader!("conv/w_one.wgsl") }
    }

    fn is_single(&self) -> bool {
        self.channels == 1 && self.window.dilation[1] == 1
    }

    /// Taps as `of_x` reads them: rows of the kernel are filled to fours where there is one channel.
    pub(super) fn filled_taps(&self) -> usize {
        let [height, width] = self.window.kernel;
        if self.is_single() { height * width.next_multiple_of(4) } else { self.taps() }
    }

    /// A kernel that knows the sizes.
    pub(super) fn sizes(&self, kernel: Kernel) -> Kernel {
        self.window.sizes(kernel).size("CHANNELS", self.channels).size("FILTERS", self.filters)
    }

    /// Images that a convolution reads, of `element` where it may be, and those that it writes.
    pub(super) fn images(&self, tape: &mut Recorder, element: Element, names: [&str; 2]) -> [Tensor; 2] {
        let of_x = if self.channels.is_multiple_of(4) { element } else { Element::Real };
        let (inputs, outputs) = (self.window.pixels() * self.channels, self.window.places() * self.filters);
        [tape.batched_of(names[0], of_x, inputs), tape.batched_of(names[1], element, outputs)]
    }

    /// Shapes for the tests, each with 1 for a bias or 0: images of few pixels find the same faults as large ones.
    pub(super) fn cases() -> Vec<(Self, usize)> {
        let of = |image: Sides, kernel: Sides, [channels, filters]: Sides| Self {
            window: Window::new(image, kernel),
            channels,
            filters,
        };
        let padded = |shape: Self, padding: Sides| Self {
            window: shape.window.padding(padding, shape.window.outputs(padding.map(|side| 2 * side))),
            ..shape
        };
        let strided = |shape: Self, stride: Sides| Self { window: shape.window.stride(stride), ..shape };
        let mut cases = vec![
            (padded(of([6, 6], [3, 3], [16, 32]), [1, 1]), 1),
            (padded(strided(of([6, 6], [3, 3], [4, 8]), [2, 2]), [1, 1]), 0),
            (padded(of([6, 8], [3, 3], [1, 16]), [1, 1]), 1),
            (padded(strided(of([5, 7], [3, 3], [1, 4]), [2, 2]), [1, 1]), 0),
            (padded(of([3, 5], [3, 3], [3, 5]), [1, 1]), 1),
            (padded(strided(of([5, 4], [3, 3], [3, 4]), [2, 2]), [1, 1]), 1),
            (strided(of([4, 5], [1, 1], [4, 8]), [2, 2]), 1),
            (padded(strided(of([7, 6], [5, 5], [4, 3]), [3, 3]), [2, 2]), 1),
            (of([1, 1], [1, 1], [1, 1]), 1),
            (padded(of([3, 4], [5, 5], [1, 4]), [2, 2]), 1),
            (padded(of([2, 3], [5, 4], [4, 4]), [2, 2]), 0),
            (of([1, 6], [1, 3], [5, 1]), 0),
            (padded(strided(of([1, 9], [1, 4], [4, 8]), [1, 3]), [0, 2]), 1),
        ];
        let dilated = of([6, 7], [3, 2], [4, 4]);
        cases.push((Self { window: dilated.window.dilation([2, 3]), ..dilated }, 1));
        let dilated = of([5, 6], [3, 3], [1, 4]);
        cases.push((padded(Self { window: dilated.window.dilation([1, 2]), ..dilated }, [1, 2]), 0));
        // One row more below than above, as "same" padding has it.
        let below = strided(of([6, 6], [3, 3], [4, 4]), [2, 2]);
        cases.push((Self { window: below.window.padding([0, 0], [3, 3]), ..below }, 1));
        cases
    }

    /// Those that take halves.
    pub(super) fn half_cases() -> Vec<(Self, usize)> {
        Self::cases().into_iter().filter(|(shape, _)| shape.filters.is_multiple_of(4)).collect()
    }

    /// Some small ones of them.
    pub(super) fn few() -> Vec<(Self, usize)> {
        Self::cases().drain(4..7).collect()
    }
}

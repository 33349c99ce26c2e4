//! The sizes of a convolution by groups of channels.

use crate::error::OpError;
use crate::ops::Window;
use crate::ops::conv::shape::Sides;
use crate::program::kernel::{DeviceProfile, Kernel, Source, numbers, shader};
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// The parts of a batch whose weight gradients are summed by themselves, at most: weights are few, so parts are what keeps a GPU busy.
const PARTS: usize = 32;

/// The sizes of a convolution by groups.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupedShape {
    pub(super) window: Window,
    pub(super) groups: usize,
    pub(super) channels: usize,
    pub(super) filters: usize,
}

impl GroupedShape {
    /// That of images of `x`; if it has not whole pixels, the check will say so.
    #[inline(always)]
    pub(super) fn of(window: Window, groups: usize, x: Tensor, filters: usize) -> Self {
        Self { window, groups, channels: x.cols / window.pixels().max(1), filters }
    }

    /// Channels of a group.
    #[inline(always)]
    pub(super) fn inputs(&self) -> usize {
        self.channels / self.groups
    }

    /// Filters of a group.
    #[inline(always)]
    pub(super) fn outputs(&self) -> usize {
        self.filters / self.groups
    }

    /// Numbers that a filter sees of a place.
    #[inline(always)]
    pub(super) fn taps(&self) -> usize {
        self.window.taps() * self.inputs()
    }

    /// Whether each channel has one filter, which sees it alone.
    #[inline(always)]
    pub(super) fn is_depthwise(&self) -> bool {
        [self.channels, self.filters] == [self.groups; 2]
    }

    /// Whether four filters are computed at a time, and four channels: those of a group, or one of each of four groups.
    pub(super) fn by_fours(&self) -> bool {
        let fours = [self.channels, self.filters].iter().all(|count| count.is_multiple_of(4));
        fours && (self.is_depthwise() || self.outputs().is_multiple_of(4))
    }

    /// An error unless images, their outputs and a weight or its gradient fit.
    pub(super) fn check(&self, x: Tensor, y: Tensor, weight: Tensor) -> Result<(), OpError> {
        let Self { window, groups, channels, filters } = *self;
        window.check()?;
        if groups == 0 || !channels.is_multiple_of(groups) || !filters.is_multiple_of(groups) {
            return Err(OpError::new(format!(
                "has {channels} channels and {filters} filters in {groups} groups; both must be multiples of the groups"
            )));
        }
        Window::check_sample(x, window.pixels(), channels)?;
        Window::check_sample(y, window.places(), filters)?;
        crate::ops::dense::bias_rows(self.taps(), weight).map(drop)
    }

    /// An error unless all are of reals, or of halves where these can be read by fours.
    pub(super) fn check_elements(&self, tensors: &[Tensor]) -> Result<(), OpError> {
        crate::ops::of_one_element(tensors)?;
        if tensors[0].element == Element::Real || self.by_fours() {
            return Ok(());
        }
        let Self { groups, channels, filters, .. } = self;
        Err(OpError::new(format!(
            "has {channels} channels and {filters} filters of halves in {groups} groups; halves are for multiples of 4 of both, with \
             a multiple of 4 filters in each group or one channel and one filter"
        )))
    }

    /// The parts in which the weight's gradient is summed, for batches of up to `capacity` samples.
    pub(super) fn parts_of(&self, capacity: usize) -> usize {
        PARTS.min(capacity)
    }

    /// A kernel of `invocations` numbers, behind the files of its epilogue; `main` is what an invocation does.
    pub(super) fn kernel(
        &self,
        epilogue: Vec<Source>,
        [main, for_each]: [Source; 2],
        (element, count): (Element, usize),
        device: &DeviceProfile,
    ) -> Kernel {
        let (by, invocations) = if self.by_fours() {
            (vec![numbers(element, device), shader!("pool/four.wgsl")], count / 4)
        } else {
            (vec![shader!("pool/one.wgsl")], count)
        };
        let sources = [epilogue, by, vec![shader!("conv/window.wgsl"), for_each, main]].concat();
        let Kernel { workgroups, .. } = Kernel::per_element(sources[0], invocations);
        let kernel = self.window.sizes(Kernel { sources, constants: Vec::new(), workgroups });
        kernel.size("CHANNELS", self.inputs()).size("FILTERS", self.filters).size("GROUPS", self.groups)
    }

    /// The file that says what filters see of a pixel.
    pub(super) fn seen(&self) -> Source {
        match (self.by_fours(), self.is_depthwise()) {
            (true, true) => shader!("conv/grouped/depthwise_four.wgsl"),
            (true, false) => shader!("conv/grouped/four.wgsl"),
            (false, _) => shader!("conv/grouped/one.wgsl"),
        }
    }

    /// Images that a convolution reads, and those that it writes.
    pub(super) fn images(&self, tape: &mut Recorder, element: Element, names: [&str; 2]) -> [Tensor; 2] {
        let sizes = [self.window.pixels() * self.channels, self.window.places() * self.filters];
        [0, 1].map(|index| tape.batched_of(names[index], element, sizes[index]))
    }

    /// Shapes for the tests, each with 1 for a bias or 0.
    pub(super) fn cases() -> Vec<(Self, usize)> {
        let of = |image: Sides, kernel: Sides, [groups, channels, filters]: [usize; 3]| Self {
            window: Window::new(image, kernel),
            groups,
            channels,
            filters,
        };
        let padded = |shape: Self, padding: Sides| Self {
            window: shape.window.padding(padding, shape.window.outputs(padding.map(|side| 2 * side))),
            ..shape
        };
        let strided = |shape: Self| Self { window: shape.window.stride([2, 2]), ..shape };
        let dilated = of([5, 6], [3, 2], [4, 4, 8]);
        vec![
            (padded(of([5, 6], [3, 3], [8, 8, 8]), [1, 1]), 1),
            (padded(strided(of([7, 5], [3, 3], [3, 3, 3])), [1, 1]), 1),
            (padded(of([4, 5], [2, 3], [2, 8, 8]), [1, 0]), 0),
            (padded(strided(of([5, 5], [3, 3], [2, 6, 4])), [2, 1]), 1),
            (padded(Self { window: dilated.window.dilation([2, 1]), ..dilated }, [2, 1]), 1),
            (of([3, 4], [1, 1], [2, 4, 8]), 1),
            (of([1, 7], [1, 3], [4, 4, 4]), 0),
            (padded(of([2, 2], [4, 3], [1, 5, 3]), [2, 1]), 1),
        ]
    }

    /// Those that take halves.
    pub(super) fn half_cases() -> Vec<(Self, usize)> {
        Self::cases().into_iter().filter(|(shape, _)| shape.by_fours()).collect()
    }
}

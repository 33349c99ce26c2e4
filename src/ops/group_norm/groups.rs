//! How a row is cut into groups, and their statistics.

use crate::error::OpError;
use crate::ops::batch_norm::{check_epsilon, invert};
use crate::program::kernel::{DeviceProfile, Kernel, Source, numbers, shader};
use crate::program::real::Real;
use crate::program::tensor::{Element, Tensor};

/// The groups of neighbouring channels of each row, over all of its places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Groups {
    pub(super) channels: usize,
    pub(super) groups: usize,
    pub(super) epsilon: f32,
}

impl Groups {
    /// Channels of a group.
    fn width(&self) -> usize {
        self.channels / self.groups
    }

    /// An error unless `x` has whole places of channels, those whole groups, halves by fours only, and each parameter is a row of the channels.
    pub(super) fn check(&self, x: Tensor, parameters: &[Tensor]) -> Result<(), OpError> {
        let Self { channels, groups, epsilon } = *self;
        check_epsilon(epsilon)?;
        if !channels.is_multiple_of(groups) {
            return Err(OpError::new(format!("cuts {channels} channels into {groups} groups of equal size")));
        }
        if !x.cols.is_multiple_of(channels) {
            return Err(OpError::new(format!(
                "normalises {x} by {channels} channels; it needs rows of whole places"
            )));
        }
        if x.element == Element::Half && !self.width().is_multiple_of(4) {
            let width = self.width();
            return Err(OpError::new(format!(
                "has groups of {width} channels of halves; it takes multiples of 4"
            )));
        }
        let is_row =
            |row: &Tensor| !row.is_batched() && row.shape() == [1, channels] && row.element == Element::Real;
        match parameters.iter().find(|row| !is_row(row)) {
            Some(row) => Err(OpError::new(format!(
                "takes {row} for the {channels} channels of {x}; it needs one row that is not of the batch"
            ))),
            None => Ok(()),
        }
    }

    /// The mean of each channel's group in a row, and what its numbers are multiplied by once the mean is gone: `1 / √(var + ε)`.
    #[inline(always)]
    pub(super) fn moments<T: Real>(&self, x: &[T], means: &mut [T], inverses: &mut [T]) {
        means.fill(T::zero());
        for place in x.chunks_exact(self.channels) {
            for (sum, x) in means.iter_mut().zip(place) {
                *sum += *x;
            }
        }
        self.average(means, x.len());
        inverses.fill(T::zero());
        for place in x.chunks_exact(self.channels) {
            for (channel, squares) in inverses.iter_mut().enumerate() {
                let away = place[channel] - means[channel];
                *squares += away * away;
            }
        }
        self.average(inverses, x.len());
        invert(inverses, self.epsilon);
    }

    /// Each channel's sum over a row of so many numbers becomes the mean of its group.
    #[inline(always)]
    pub(super) fn average<T: Real>(&self, sums: &mut [T], numbers: usize) {
        let count = T::of((numbers / self.groups) as f64);
        for group in sums.chunks_exact_mut(self.channels / self.groups) {
            let mean = group.iter().copied().sum::<T>() / count;
            group.fill(mean);
        }
    }

    /// The file that applies an activation to what an invocation takes at once.
    pub(super) fn activated(&self) -> Source {
        if self.width().is_multiple_of(4) {
            shader!("batch_norm/activated_four.wgsl")
        } else {
            shader!("batch_norm/activated_one.wgsl")
        }
    }

    /// A kernel over the groups of rows like those of `x`.
    pub(super) fn kernel(&self, main: Source, x: Tensor, device: &DeviceProfile) -> Kernel {
        let of_group = x.cols / self.groups;
        let kernel =
            Kernel::by_lanes(main, x.rows * self.groups, of_group).with(shader!("group_norm/moments.wgsl"));
        let (at_once, kernel) = if self.width().is_multiple_of(4) {
            let kernel = kernel.with(shader!("group_norm/sum_four.wgsl")).with(shader!("pool/four.wgsl"));
            (4, kernel.with(numbers(x.element, device)))
        } else {
            (1, kernel.with(shader!("group_norm/sum_one.wgsl")).with(shader!("pool/one.wgsl")))
        };
        let kernel = kernel.size("COUNT", of_group / at_once).constant("EPSILON", self.epsilon);
        if self.groups == 1 && x.cols == self.channels {
            return kernel.with(shader!("group_norm/row.wgsl"));
        }
        let kernel = kernel.with(shader!("group_norm/groups.wgsl")).size("GROUPS", self.groups);
        kernel.size("CHANNELS", self.channels / at_once)
    }
}

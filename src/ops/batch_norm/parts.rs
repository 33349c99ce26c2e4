//! The parts of a batch whose statistics are taken by themselves, and what they come to.

use std::ops::Range;

use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, Source, numbers, shader};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// The parts of a batch: enough for a few threads, and for the invocations of a GPU.
const PARTS: usize = 16;

/// Pixels that an invocation takes through what it knows of a channel.
const STRETCH: usize = 32;

/// Places of a pixel's numbers that a workgroup of `shaders/batch_norm/lanes.wgsl` takes, at most.
const MOST_PLACES: usize = 16;

/// How the numbers of a batch are cut into channels and parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    pub(super) channels: usize,
    /// Pixels of a sample.
    pub(super) pixels: usize,
    pub(super) parts: usize,
    /// Samples of a part.
    pub(super) samples: usize,
}

impl Parts {
    /// The files that know the sizes.
    const FILES: [Source; 2] = [shader!("batch_norm/sizes.wgsl"), shader!("batch_norm/parts.wgsl")];

    /// Those of images of `x` with a row of two numbers a channel for each part; if they do not fit, the check says so.
    #[inline(always)]
    pub(super) fn of(x: Tensor, rows: Tensor) -> Self {
        let channels = (rows.cols / 2).max(1);
        let (parts, of_sample) = (rows.rows.max(1), x.sample_len().max(1));
        let samples = (x.len() / of_sample).div_ceil(parts);
        Self { channels, pixels: of_sample / channels, parts, samples }
    }

    /// A tensor of two numbers a channel for each part of `x`.
    pub(super) fn tensor(tape: &mut Recorder, name: &str, x: Tensor, channels: usize) -> Tensor {
        let capacity = x.len() / x.sample_len().max(1);
        tape.tensor(name, Element::Real, PARTS.min(capacity), 2 * channels)
    }

    /// An error unless `x` has whole pixels of these channels, and halves by fours only.
    pub(super) fn check(&self, x: Tensor, rows: Tensor) -> Result<(), OpError> {
        let is_whole = rows.cols == 2 * self.channels && self.pixels * self.channels == x.sample_len();
        if !x.is_batched() || rows.is_batched() || rows.element != Element::Real || !is_whole {
            return Err(OpError::new(format!(
                "normalises {x} by {rows}; it needs two numbers a channel for each part of the batch, and whole pixels"
            )));
        }
        if x.element == Element::Half && !self.channels.is_multiple_of(4) {
            let channels = self.channels;
            return Err(OpError::new(format!("has {channels} channels of halves; it takes multiples of 4")));
        }
        Ok(())
    }

    /// Samples of a part in a batch of `live` ones.
    #[inline(always)]
    pub(super) fn samples_of(&self, part: usize, live: usize) -> Range<usize> {
        (part * self.samples).min(live)..((part + 1) * self.samples).min(live)
    }

    /// The numbers of a part.
    #[inline(always)]
    pub(super) fn numbers_of(&self, part: usize, live: usize) -> Range<usize> {
        let (Range { start, end }, of_sample) = (self.samples_of(part, live), self.pixels * self.channels);
        start * of_sample..end * of_sample
    }

    /// Means and variances of all channels, from those of the parts (Chan, Golub and LeVeque, *Algorithms for computing the sample
    /// variance*, 1983).
    #[inline(always)]
    pub(super) fn statistics<'r, T: Real>(
        &self,
        moments: &[T],
        live: usize,
        room: &'r mut [T],
    ) -> [&'r mut [T]; 2] {
        let (means, variances) = room[..2 * self.channels].split_at_mut(self.channels);
        means.fill(T::zero());
        variances.fill(T::zero());
        let share = |part| T::of(self.samples_of(part, live).len() as f64 / live as f64);
        for (part, row) in moments.chunks_exact(2 * self.channels).enumerate() {
            let share = share(part);
            for (mean, of_part) in means.iter_mut().zip(row) {
                *mean += share * *of_part;
            }
        }
        for (part, row) in moments.chunks_exact(2 * self.channels).enumerate() {
            let share = share(part);
            let (of_part, spread) = row.split_at(self.channels);
            for (channel, variance) in variances.iter_mut().enumerate() {
                let away = of_part[channel] - means[channel];
                *variance += share * (spread[channel] + away * away);
            }
        }
        [means, variances]
    }

    /// The files that know four channels, or one, of numbers like `x`.
    pub(super) fn width(&self, x: Element, device: &DeviceProfile) -> Vec<Source> {
        if self.channels.is_multiple_of(4) {
            vec![numbers(x, device), shader!("pool/four.wgsl"), Self::FILES[0], Self::FILES[1]]
        } else {
            vec![shader!("pool/one.wgsl"), Self::FILES[0], Self::FILES[1]]
        }
    }

    /// Places of a pixel's numbers in a kernel.
    pub(super) fn places(&self) -> usize {
        if self.channels.is_multiple_of(4) { self.channels / 4 } else { self.channels }
    }

    /// A kernel of these files, which knows the sizes.
    pub(super) fn kernel(&self, sources: Vec<Source>, workgroups: usize) -> Kernel {
        let kernel = Kernel { sources, constants: Vec::new(), workgroups };
        let kernel = kernel.size("CHANNELS", self.channels).size("PIXELS", self.pixels);
        kernel.size("PARTS", self.parts).size("SAMPLES", self.samples)
    }

    /// A kernel that adds up over each part, with this file last.
    pub(super) fn by_parts(&self, x: Element, sources: &[Source], device: &DeviceProfile) -> Kernel {
        let mut all = self.width(x, device);
        all.push(shader!("batch_norm/lanes.wgsl"));
        all.extend(sources);
        let width = self.places().next_power_of_two().min(MOST_PLACES);
        let blocks = self.places().div_ceil(width);
        self.kernel(all, self.parts * blocks).size("WIDTH", width)
    }

    /// A kernel over all numbers like those of `x`, by stretches of pixels, with these files last.
    pub(super) fn by_stretches(&self, x: Tensor, sources: &[Source], device: &DeviceProfile) -> Kernel {
        let mut all = self.width(x.element, device);
        all.extend([shader!("batch_norm/statistics.wgsl"), shader!("batch_norm/stretch.wgsl")]);
        all.extend(sources);
        let lanes = (x.len() / self.channels).div_ceil(STRETCH);
        let Kernel { workgroups, .. } = Kernel::per_element(all[0], lanes * self.places());
        self.kernel(all, workgroups).size("LANES", lanes)
    }
}

/// An error unless `ε` is positive.
pub(in crate::ops) fn check_epsilon(epsilon: f32) -> Result<(), OpError> {
    if epsilon > 0.0 && epsilon.is_finite() {
        return Ok(());
    }
    Err(OpError::new(format!("adds {epsilon} to variances; it must be finite and more than 0")))
}

/// An error unless `ε` is positive, and scales and shifts are two rows.
pub(super) fn check_affine(affine: Tensor, channels: usize, epsilon: f32) -> Result<(), OpError> {
    check_epsilon(epsilon)?;
    if affine.is_batched() || affine.shape() != [2, channels] || affine.element != Element::Real {
        return Err(OpError::new(format!(
            "takes {affine} for {channels} channels; it needs a row of scales and one of shifts"
        )));
    }
    Ok(())
}

/// `1 / √(variance + ε)` in the place of each variance.
#[inline(always)]
pub(in crate::ops) fn invert<T: Real>(variances: &mut [T], epsilon: f32) {
    let epsilon = T::of(epsilon.into());
    for variance in variances {
        *variance = (*variance + epsilon).sqrt().recip();
    }
}

/// Images, channels and parts for the tests: pixels, channels, parts.
pub(super) fn shapes() -> [(usize, usize, usize); 6] {
    [(9, 4, 4), (6, 16, 3), (1, 3, 2), (5, 1, 1), (2, 72, 5), (35, 8, 8)]
}

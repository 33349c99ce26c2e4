//! The derivative of a normalisation with respect to its input.

use super::channels::{OnChannels, for_all_channels};
use super::moments::BatchMoments;
use super::parts::{Parts, check_affine, invert};
use crate::error::OpError;
use crate::ops::{of_one_element, some};
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, OpCases, Scale, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike};

/// `dx = scale / √(variance + ε) ⊙ (dy - mean dy - z mean(dy ⊙ z))` with `z = (x - mean) / √(variance + ε)`, the means over all pixels
/// of the batch (Ioffe and Szegedy, *Batch Normalization*, 2015). Where the statistics do not depend on the batch, it is
/// `scale / √(variance + ε) ⊙ dy`.
///
/// # Shapes
/// `dy`, `dx`, `x`: batch × (pixels · channels), all of reals, or of halves where channels are a multiple of 4; `moments`, `sums`: parts
/// × (2 · channels); `affine`: 2 × channels.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::BatchNormGradient;
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("batch norm gradient", 1);
/// let [dy, dx] = ["dy", "dx"].map(|name| tape.batched(name, 1));
/// let [moments, affine] = [("moments", 1, 2), ("affine", 2, 1)].map(|(name, rows, cols)| tape.tensor(name, Element::Real, rows, cols));
/// tape.push(BatchNormGradient { moments, affine, dy, dx, of_batch: None, epsilon: 1.0 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(moments, Values::Real(&[0.0, 3.0]))?; // a mean of 0 and a variance of 3
/// cpu.write(affine, Values::Real(&[4.0, 0.0]))?;
/// cpu.write(dy, Values::Real(&[5.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(dx)?, [10.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchNormGradient {
    /// Means and variances, a row for each part of the batch.
    pub moments: Tensor,
    /// A row of scales and one of shifts.
    pub affine: Tensor,
    /// Gradient of the result.
    pub dy: Tensor,
    /// Gradient of the input.
    pub dx: Tensor,
    /// The input, and what [`BatchNormSums`](super::BatchNormSums) writes, where the moments are those of the input.
    pub of_batch: Option<[Tensor; 2]>,
    /// `ε`.
    pub epsilon: f32,
}

impl BatchNormGradient {
    #[inline(always)]
    fn parts(&self) -> Parts {
        Parts::of(self.dy, self.moments)
    }

    /// What the numbers of a channel are differentiated by.
    #[inline(always)]
    fn constants<'r, T: Real>(&self, views: &Views<'_, T>, room: &'r mut [T]) -> Constants<'r, T> {
        let (parts, live) = (self.parts(), views.batch.rows as usize);
        let [moments, affine, sums] = [0, 1, 5].map(|index| views.input(index));
        let channels = parts.channels;
        let (statistics, room) = room.split_at_mut(2 * channels);
        let (factors, room) = room.split_at_mut(channels);
        let (slopes, plain) = room[..2 * channels].split_at_mut(channels);
        let [means, inverses] = parts.statistics(moments, live, statistics);
        invert(inverses, self.epsilon);
        for (channel, factor) in factors.iter_mut().enumerate() {
            *factor = affine[channel] * inverses[channel];
        }
        let count = T::of((live * parts.pixels) as f64);
        slopes.fill(T::zero());
        plain.fill(T::zero());
        for row in sums.chunks_exact(2 * channels) {
            for channel in 0..channels {
                slopes[channel] += row[channel];
                plain[channel] += row[channels + channel];
            }
        }
        for channel in 0..channels {
            slopes[channel] *= inverses[channel] / count;
            plain[channel] /= count;
        }
        Constants { means, factors, slopes, plain }
    }
}

/// Numbers of each channel; slopes and plain shares are 0 where statistics do not depend on the batch.
#[derive(Clone, Copy)]
struct Constants<'a, T> {
    means: &'a [T],
    factors: &'a [T],
    slopes: &'a [T],
    plain: &'a [T],
}

/// Images and their gradients.
struct Differentiated<'a, T> {
    channels: usize,
    constants: Constants<'a, T>,
    /// Nothing where statistics do not depend on the batch.
    x: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<T: Real> OnChannels for Differentiated<'_, T> {
    #[inline(always)]
    fn run<const N: usize>(&mut self, column: usize) {
        let Constants { means, factors, slopes, plain } = self.constants;
        let [means, factors, slopes, plain]: [[T; N]; 4] =
            [some(means, column), some(factors, column), some(slopes, column), some(plain, column)];
        for first in (column..self.dy.len()).step_by(self.channels) {
            let mut dx: [T; N] = some(self.dy, first);
            if !self.x.is_empty() {
                let x: [T; N] = some(self.x, first);
                for (channel, dx) in dx.iter_mut().enumerate() {
                    *dx -= plain[channel] + (x[channel] - means[channel]) * slopes[channel];
                }
            }
            for (dx, factor) in dx.iter_mut().zip(&factors) {
                *dx *= *factor;
            }
            self.dx[first..first + N].copy_from_slice(&dx);
        }
    }
}

impl Op for BatchNormGradient {
    const NAME: &'static str = "batch_norm.gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let reads = [self.moments, self.affine, self.dy].map(|tensor| (Use::In, tensor));
        let mut operands = reads.to_vec();
        operands.push((Use::Out, self.dx));
        operands.extend(self.of_batch.into_iter().flatten().map(|tensor| (Use::In, tensor)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        let Self { moments, affine, dy, dx, of_batch, epsilon } = *self;
        let x = of_batch.map_or(dy, |[x, _]| x);
        alike(&[dy, dx, x])?;
        of_one_element(&[dy, dx, x])?;
        alike(&[moments, of_batch.map_or(moments, |[_, sums]| sums)])?;
        check_affine(affine, self.parts().channels, epsilon)?;
        self.parts().check(dy, moments)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let mut room = vec![T::zero(); self.scratch()];
        let Constants { means, factors, slopes, plain } = self.constants(views, &mut room);
        let (dy, dx, x) = (views.input(2), views.output(3), views.input(4));
        for (at, (dy, dx)) in dy.iter().zip(dx).enumerate() {
            let channel = at % self.parts().channels;
            let away = x.get(at).map_or(T::zero(), |x| *x - means[channel]);
            *dx = factors[channel] * (*dy - (plain[channel] + away * slopes[channel]));
        }
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let room = views.scratch();
        let constants = self.constants(views, room);
        let (dy, dx, x, channels) = (views.input(2), views.output(3), views.input(4), self.parts().channels);
        for_all_channels(channels, &mut Differentiated { channels, constants, x, dy, dx });
    }

    fn scratch(&self) -> usize {
        5 * self.parts().channels
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let common = match self.of_batch {
            Some(_) => shader!("batch_norm/of_batch.wgsl"),
            None => shader!("batch_norm/fixed.wgsl"),
        };
        let sources = [shader!("batch_norm/one_norm.wgsl"), common, shader!("batch_norm/gradient.wgsl")];
        self.parts().by_stretches(self.dy, &sources, device).constant("EPSILON", self.epsilon)
    }

    /// As exact as the normalisation itself.
    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        Some(Scale::Output)
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        6.0 * self.dx.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 0 { Domain::NonNegative } else { Domain::Any }
    }
}

impl OpCases for BatchNormGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Real)
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half)
    }
}

impl BatchNormGradient {
    /// Cases by turns of the batch's statistics and of fixed ones.
    fn of(tape: &mut Recorder, element: Element) -> Vec<Self> {
        let before = BatchMoments::of(tape, element);
        let mut case = |(number, BatchMoments { x, moments }): (usize, BatchMoments)| {
            let affine = tape.tensor("affine", Element::Real, 2, moments.cols / 2);
            let [dy, dx] = ["dy", "dx"].map(|name| tape.tensor_like(name, x));
            let sums = tape.tensor_like("sums", moments);
            let of_batch = (number % 3 != 2).then_some([x, sums]);
            Self { moments, affine, dy, dx, of_batch, epsilon: 1e-5 }
        };
        before.into_iter().enumerate().map(&mut case).collect()
    }
}

//! Mean and variance of each channel in the parts of a batch.

use super::channels::{OnChannels, Plain, Squares, for_all_channels, sums};
use super::parts::{Parts, shapes};
use crate::error::OpError;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Scale, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// The mean and the variance of each channel in each part of the batch, from which [`BatchNorm`](super::BatchNorm) finds those of the
/// whole. The variance is the mean of `(x - mean)²`, in which nothing cancels. It has no derivative: that of the normalisation is one through
/// the moments as well.
///
/// # Shapes
/// `x`: batch × (pixels · channels), of reals, or of halves where channels are a multiple of 4; `moments`: parts × (2 · channels), in
/// each row the means and behind them the variances.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::BatchMoments;
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("moments", 2);
/// let x = tape.batched("x", 2); // two pixels of one channel
/// let moments = tape.tensor("moments", Element::Real, 1, 2);
/// tape.push(BatchMoments { x, moments });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 3.0, 5.0, 7.0]))?;
/// cpu.run(id, &[Batch::of(2)])?;
/// assert_eq!(cpu.read(moments)?, [4.0, 5.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchMoments {
    /// What is to be normalised, channels last.
    pub x: Tensor,
    /// Means and variances, a row for each part.
    pub moments: Tensor,
}

impl BatchMoments {
    /// The moments of images with so many channels, in a new tensor.
    pub fn new(tape: &mut Recorder, x: Tensor, channels: usize) -> Self {
        Self { x, moments: Parts::tensor(tape, "batch_norm.moments", x, channels) }
    }

    #[inline(always)]
    pub(super) fn parts(&self) -> Parts {
        Parts::of(self.x, self.moments)
    }
}

impl Op for BatchMoments {
    const NAME: &'static str = "batch_norm.moments";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.moments)]
    }

    fn check(&self) -> Result<(), OpError> {
        self.parts().check(self.x, self.moments)
    }

    fn split(&self) -> Split {
        Split::Parts
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (parts, live) = (self.parts(), views.batch.rows as usize);
        let (x, moments) = (views.input(0), views.output(1));
        for (part, row) in views.span.clone().zip(moments.chunks_exact_mut(2 * parts.channels)) {
            row.fill(T::zero());
            let numbers = &x[parts.numbers_of(part, live)];
            let count = T::of((numbers.len() / parts.channels).max(1) as f64);
            let (means, variances) = row.split_at_mut(parts.channels);
            for pixel in numbers.chunks_exact(parts.channels) {
                for (sum, x) in means.iter_mut().zip(pixel) {
                    *sum += *x;
                }
            }
            for mean in means.iter_mut() {
                *mean /= count;
            }
            for pixel in numbers.chunks_exact(parts.channels) {
                for (channel, sum) in variances.iter_mut().enumerate() {
                    let away = pixel[channel] - means[channel];
                    *sum += away * away;
                }
            }
            for variance in variances {
                *variance /= count;
            }
        }
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let (parts, live) = (self.parts(), views.batch.rows as usize);
        let (x, moments) = (views.input(0), views.output(1));
        for (part, row) in views.span.clone().zip(moments.chunks_exact_mut(2 * parts.channels)) {
            let numbers = &x[parts.numbers_of(part, live)];
            for_all_channels(parts.channels, &mut Moments { channels: parts.channels, numbers, row });
        }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        self.parts().by_parts(self.x.element, &[shader!("batch_norm/moments.wgsl")], device)
    }

    /// Sums over a part are rounded once a pixel.
    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        Some(Scale::Output)
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        4.0 * self.x.len() as f64
    }
}

/// Numbers, and the row of their moments.
struct Moments<'a, T> {
    channels: usize,
    numbers: &'a [T],
    row: &'a mut [T],
}

impl<T: Real> OnChannels for Moments<'_, T> {
    #[inline(always)]
    fn run<const N: usize>(&mut self, column: usize) {
        let (channels, len) = (self.channels, self.numbers.len());
        let count = T::of((len / channels).max(1) as f64);
        let [mut means]: [[T; N]; 1] = sums(channels, column, len, &Plain(self.numbers));
        for mean in &mut means {
            *mean /= count;
        }
        let [mut variances] = sums(channels, column, len, &Squares(self.numbers, means));
        for variance in &mut variances {
            *variance /= count;
        }
        let (of_means, of_variances) = self.row.split_at_mut(channels);
        of_means[column..column + N].copy_from_slice(&means);
        of_variances[column..column + N].copy_from_slice(&variances);
    }
}

impl OpCases for BatchMoments {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Real)
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half)
    }
}

impl BatchMoments {
    /// Cases of this element.
    pub(super) fn of(tape: &mut Recorder, element: Element) -> Vec<Self> {
        let fits = |channels: usize| element == Element::Real || channels.is_multiple_of(4);
        let mut case = |(pixels, channels, parts): (usize, usize, usize)| Self {
            x: tape.batched_of("x", element, pixels * channels),
            moments: tape.tensor("moments", Element::Real, parts, 2 * channels),
        };
        shapes().into_iter().filter(|(_, channels, _)| fits(*channels)).map(&mut case).collect()
    }
}

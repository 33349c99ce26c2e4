//! What the gradients of a normalisation are summed up to.

use super::channels::{OnChannels, Terms, for_all_channels, sums};
use super::moments::BatchMoments;
use super::parts::{Parts, invert};
use crate::error::OpError;
use crate::ops::{of_one_element, some};
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, OpCases, Scale, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike};

/// `Σ dy ⊙ z` and `Σ dy` of each channel over each part of the batch, with `z = (x - mean) / √(variance + ε)`: parts of the gradients of
/// scale and shift.
///
/// # Shapes
/// `x`, `dy`: batch × (pixels · channels), both of reals, or of halves where channels are a multiple of 4; `moments`, `sums`: parts ×
/// (2 · channels).
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::BatchNormSums;
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("sums", 2);
/// let [x, dy] = ["x", "dy"].map(|name| tape.batched(name, 1));
/// let [moments, sums] = ["moments", "sums"].map(|name| tape.tensor(name, Element::Real, 1, 2));
/// tape.push(BatchNormSums { moments, x, dy, sums, epsilon: 1e-5 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(moments, Values::Real(&[2.0, 1.0]))?; // a mean of 2 and a variance of 1
/// cpu.write(x, Values::Real(&[1.0, 3.0]))?;
/// cpu.write(dy, Values::Real(&[5.0, 6.0]))?;
/// cpu.run(id, &[Batch::of(2)])?;
/// let sums = cpu.read(sums)?;
/// assert!((sums[0] - 1.0).abs() < 1e-4 && sums[1] == 11.0);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchNormSums {
    /// Means and variances of the batch, a row for each part.
    pub moments: Tensor,
    /// What was normalised.
    pub x: Tensor,
    /// Gradient of the result.
    pub dy: Tensor,
    /// The sums, a row for each part.
    pub sums: Tensor,
    /// `ε`.
    pub epsilon: f32,
}

impl BatchNormSums {
    #[inline(always)]
    fn parts(&self) -> Parts {
        Parts::of(self.x, self.moments)
    }

    /// Means of the channels, and inverse deviations.
    #[inline(always)]
    fn means_and_inverses<'r, T: Real>(&self, views: &Views<'_, T>, room: &'r mut [T]) -> [&'r [T]; 2] {
        let [means, inverses] = self.parts().statistics(views.input(0), views.batch.rows as usize, room);
        invert(inverses, self.epsilon);
        [means, inverses]
    }
}

impl Op for BatchNormSums {
    const NAME: &'static str = "batch_norm.sums";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.moments), (Use::In, self.x), (Use::In, self.dy), (Use::Out, self.sums)]
    }

    fn check(&self) -> Result<(), OpError> {
        alike(&[self.x, self.dy])?;
        of_one_element(&[self.x, self.dy])?;
        alike(&[self.moments, self.sums])?;
        self.parts().check(self.x, self.moments)
    }

    fn split(&self) -> Split {
        Split::Parts
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let mut room = vec![T::zero(); self.moments.cols];
        let [means, inverses] = self.means_and_inverses(views, &mut room);
        let (parts, live) = (self.parts(), views.batch.rows as usize);
        let (x, dy, sums) = (views.input(1), views.input(2), views.output(3));
        for (part, row) in views.span.clone().zip(sums.chunks_exact_mut(2 * parts.channels)) {
            row.fill(T::zero());
            let (products, plain) = row.split_at_mut(parts.channels);
            for at in parts.numbers_of(part, live) {
                let channel = at % parts.channels;
                products[channel] += dy[at] * (x[at] - means[channel]);
                plain[channel] += dy[at];
            }
            for (sum, inverse) in products.iter_mut().zip(inverses) {
                *sum *= *inverse;
            }
        }
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let room = views.scratch();
        let [means, inverses] = self.means_and_inverses(views, room);
        let (parts, live) = (self.parts(), views.batch.rows as usize);
        let (x, dy, sums) = (views.input(1), views.input(2), views.output(3));
        let channels = parts.channels;
        for (part, row) in views.span.clone().zip(sums.chunks_exact_mut(2 * channels)) {
            let numbers = parts.numbers_of(part, live);
            let (x, dy) = (&x[numbers.clone()], &dy[numbers]);
            for_all_channels(channels, &mut PartSums { channels, means, inverses, x, dy, row });
        }
    }

    fn scratch(&self) -> usize {
        self.moments.cols
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let sources = [
            shader!("batch_norm/one_norm.wgsl"),
            shader!("batch_norm/statistics.wgsl"),
            shader!("batch_norm/sums.wgsl"),
        ];
        self.parts().by_parts(self.x.element, &sources, device).constant("EPSILON", self.epsilon)
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

    fn domain(&self, index: usize) -> Domain {
        if index == 0 { Domain::NonNegative } else { Domain::Any }
    }
}

/// The numbers of a part, and the row of their sums.
struct PartSums<'a, T> {
    channels: usize,
    means: &'a [T],
    inverses: &'a [T],
    x: &'a [T],
    dy: &'a [T],
    row: &'a mut [T],
}

impl<T: Real> OnChannels for PartSums<'_, T> {
    #[inline(always)]
    fn run<const N: usize>(&mut self, column: usize) {
        let terms = Products { x: self.x, dy: self.dy, means: some(self.means, column) };
        let [mut products, plain]: [[T; N]; 2] = sums(self.channels, column, self.x.len(), &terms);
        for (sum, inverse) in products.iter_mut().zip(&self.inverses[column..]) {
            *sum *= *inverse;
        }
        let (of_products, of_plain) = self.row.split_at_mut(self.channels);
        of_products[column..column + N].copy_from_slice(&products);
        of_plain[column..column + N].copy_from_slice(&plain);
    }
}

/// `dy ⊙ (x - mean)` and `dy`.
struct Products<'a, T, const N: usize> {
    x: &'a [T],
    dy: &'a [T],
    means: [T; N],
}

impl<T: Real, const N: usize> Terms<T, N, 2> for Products<'_, T, N> {
    #[inline(always)]
    fn of(&self, first: usize) -> [[T; N]; 2] {
        let (mut products, dy) = (some(self.x, first), some(self.dy, first));
        for (channel, product) in products.iter_mut().enumerate() {
            let away: T = *product - self.means[channel];
            *product = dy[channel] * away;
        }
        [products, dy]
    }
}

impl OpCases for BatchNormSums {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Real)
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half)
    }
}

impl BatchNormSums {
    fn of(tape: &mut Recorder, element: Element) -> Vec<Self> {
        let before = BatchMoments::of(tape, element);
        let mut case = |BatchMoments { x, moments }: BatchMoments| {
            let [dy, sums] = [("dy", x), ("sums", moments)].map(|(name, like)| tape.tensor_like(name, like));
            Self { moments, x, dy, sums, epsilon: 1e-5 }
        };
        before.into_iter().map(&mut case).collect()
    }
}

//! Batch normalisation, and its derivative: statistics are taken of parts of the batch, which every step that needs those of the whole
//! brings together.

mod channels;
mod folded;
mod gradient;
mod moments;
mod parts;
mod running;
mod sums;
mod two;

use crate::error::OpError;
use crate::ops::activation::{Activate, Activation};
use crate::ops::binary::Binary;
use crate::ops::{Fold, add_each, of_one_element, some};
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, Source, shader};
use crate::program::op::{AnyOp, Domain, Op, OpCases, Scale, Split, Use, Views, by_turns};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike};

use channels::{OnChannels, for_all_channels};
pub use folded::FoldedNorm;
pub use gradient::BatchNormGradient;
pub use moments::BatchMoments;
use parts::{Parts, check_affine};
pub(super) use parts::{check_epsilon, invert};
pub use running::{AllRunningMoments, RunningMoments};
pub use sums::BatchNormSums;
pub use two::TwoNorms;

/// `y = f((x - mean) / √(variance + ε) ⊙ scale + shift)` of each channel over all pixels of the batch (Ioffe and Szegedy, *Batch
/// Normalization*, 2015), with another tensor added before the activation where a skip connection ends here.
///
/// # Shapes
/// `x`, `added`, `y`: batch × (pixels · channels), all of reals, or of halves where channels are a multiple of 4; `moments`: parts ×
/// (2 · channels), as [`BatchMoments`] writes them, or one row of means and variances; `affine`: 2 × channels.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::layers::Identity;
/// use wgrad::ops::{BatchMoments, BatchNorm};
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("batch norm", 2);
/// let [x, y] = ["x", "y"].map(|name| tape.batched(name, 1));
/// let moments = tape.tensor("moments", Element::Real, 2, 2);
/// let affine = tape.tensor("affine", Element::Real, 2, 1);
/// tape.push(BatchMoments { x, moments });
/// let activation = Identity.into();
/// tape.push(BatchNorm { moments, affine, x, y, added: None, activation, of_batch: true, epsilon: 1e-5 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(affine, Values::Real(&[1.0, 10.0]))?;
/// cpu.write(x, Values::Real(&[1.0, 3.0]))?;
/// cpu.run(id, &[Batch::of(2)])?;
/// let y = cpu.read(y)?;
/// assert!((y[0] - 9.0).abs() < 1e-4 && (y[1] - 11.0).abs() < 1e-4);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchNorm {
    /// Means and variances, a row for each part of the batch.
    pub moments: Tensor,
    /// A row of scales and one of shifts.
    pub affine: Tensor,
    /// What is normalised, channels last.
    pub x: Tensor,
    /// The result.
    pub y: Tensor,
    /// What is added before the activation.
    pub added: Option<Tensor>,
    /// `f`; one whose slope is known from its output.
    pub activation: Activation,
    /// Whether the moments are those of `x`, so that its gradient is one through them as well; else they are fixed numbers.
    pub of_batch: bool,
    /// `ε`, which keeps channels of equal numbers finite.
    pub epsilon: f32,
}

/// Pixels whose activation follows while they are in the first cache.
const FEW_PIXELS: usize = 64;

impl BatchNorm {
    #[inline(always)]
    fn parts(&self) -> Parts {
        Parts::of(self.x, self.moments)
    }

    /// What is known of the channels, in so much room as moments take.
    #[inline(always)]
    fn channels<'v, T: Real>(
        &self,
        [moments, affine]: [&'v [T]; 2],
        live: usize,
        room: &'v mut [T],
    ) -> Channels<'v, T> {
        let [means, factors] = self.parts().statistics(moments, live, room);
        invert(factors, self.epsilon);
        let (scales, shifts) = affine.split_at(self.affine.cols);
        for (factor, scale) in factors.iter_mut().zip(scales) {
            *factor *= *scale;
        }
        Channels { means, factors, shifts }
    }

    /// The gradients of scale and shift, and of `x`.
    fn gradients(&self, tape: &mut Recorder, dy: Tensor) {
        let Self { moments, affine, x, epsilon, .. } = *self;
        let sums = tape.tensor_like("batch_norm.sums", moments);
        tape.push(BatchNormSums { moments, x, dy, sums, epsilon });
        tape.contribute(affine, |tape, gradient| Fold::record(tape, sums, gradient));
        let of_batch = self.of_batch.then_some([x, sums]);
        tape.contribute(x, |tape, dx| {
            tape.push(BatchNormGradient { moments, affine, dy, dx, of_batch, epsilon });
        });
    }

    /// This step with an activation of its output, if that is possible.
    pub(crate) fn with_activation(&self, step: &Activate) -> Option<Self> {
        let Activate { activation, y, .. } = step;
        step.fits(&self.activation, self.y).then(|| Self {
            activation: activation.clone(),
            y: *y,
            ..self.clone()
        })
    }

    /// This step with what a sum adds to its output, if that is possible.
    pub(crate) fn with_sum(&self, step: &Binary) -> Option<Self> {
        let alone = self.added.is_none() && self.activation == Activation::identity();
        let added = step.added_to(self.y).filter(|_| alone)?;
        Some(Self { added: Some(added), y: step.y, ..self.clone() })
    }

    /// The files of the activation, by fours or single numbers.
    fn activated(&self) -> Vec<Source> {
        let mut sources = self.activation.sources().to_vec();
        sources.push(if self.parts().channels.is_multiple_of(4) {
            shader!("batch_norm/activated_four.wgsl")
        } else {
            shader!("batch_norm/activated_one.wgsl")
        });
        sources
    }
}

impl Op for BatchNorm {
    const NAME: &'static str = "batch_norm";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let reads = [self.moments, self.affine, self.x].map(|tensor| (Use::In, tensor));
        let mut operands = reads.to_vec();
        operands.push((Use::Out, self.y));
        operands.extend(self.added.map(|added| (Use::In, added)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        let Self { moments, affine, x, y, added, epsilon, .. } = *self;
        let all = [x, y, added.unwrap_or(x)];
        alike(&all)?;
        of_one_element(&all)?;
        check_affine(affine, self.parts().channels, epsilon)?;
        self.parts().check(x, moments)?;
        self.activation.check_fused()
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let mut room = vec![T::zero(); self.moments.cols];
        let [moments, affine, x, added] = [0, 1, 2, 4].map(|index| views.input(index));
        let channels = self.channels([moments, affine], views.batch.rows as usize, &mut room);
        let y = views.output(3);
        for (at, (x, y)) in x.iter().zip(&mut *y).enumerate() {
            *y = channels.normalized(at, *x);
        }
        add_each(added, y);
        self.activation.apply(y);
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let [moments, affine, x, added] = [0, 1, 2, 4].map(|index| views.input(index));
        let (live, y) = (views.batch.rows as usize, views.output(3));
        let channels = self.channels([moments, affine], live, views.scratch());
        let few = FEW_PIXELS * self.affine.cols;
        let mut added = added.chunks(few);
        for (x, y) in x.chunks(few).zip(y.chunks_mut(few)) {
            channels.write::<false>(x, y);
            add_each(added.next().unwrap_or_default(), y);
            self.activation.apply(y);
        }
    }

    fn scratch(&self) -> usize {
        self.moments.cols
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let mut sources = self.activated();
        sources.push(match self.added {
            Some(_) => shader!("batch_norm/added.wgsl"),
            None => shader!("batch_norm/alone.wgsl"),
        });
        sources.extend([shader!("batch_norm/one_norm.wgsl"), shader!("batch_norm/apply.wgsl")]);
        let mut kernel = self.parts().by_stretches(self.x, &sources, device);
        kernel.constants.extend(self.activation.constants());
        kernel.constant("EPSILON", self.epsilon)
    }

    fn fused(&self, earlier: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        let first: &Self = earlier.as_any().downcast_ref()?;
        let pair = TwoNorms { first: first.clone(), second: self.clone() };
        Op::check(&pair).is_ok().then(|| Box::new(pair) as Box<dyn AnyOp>)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dz) = self.activation.preactivation_gradient(tape, self.y) else { return };
        if let Some(added) = self.added {
            tape.contribute_same(added, dz);
        }
        self.gradients(tape, dz);
    }

    /// Its statistics are sums of many shares.
    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        Some(Scale::Output)
    }

    fn before_activation(&self) -> Option<Self> {
        let plain = Activation::identity();
        (self.activation != plain).then(|| Self { activation: plain, ..self.clone() })
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

/// Numbers of each channel.
#[derive(Clone, Copy)]
struct Channels<'a, T> {
    means: &'a [T],
    /// Scales over deviations.
    factors: &'a [T],
    shifts: &'a [T],
}

impl<T: Real> Channels<'_, T> {
    /// The normalised number that has this place among those of all pixels.
    #[inline(always)]
    fn normalized(&self, at: usize, x: T) -> T {
        let channel = at % self.means.len();
        (x - self.means[channel]) * self.factors[channel] + self.shifts[channel]
    }

    /// Writes the normalised numbers, or adds them to what is there.
    #[inline(always)]
    fn write<const ADDS: bool>(&self, x: &[T], y: &mut [T]) {
        for_all_channels(self.means.len(), &mut Normalized::<T, ADDS> { channels: *self, x, y });
    }
}

/// What is normalised, and what comes out.
struct Normalized<'a, T, const ADDS: bool> {
    channels: Channels<'a, T>,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Real, const ADDS: bool> OnChannels for Normalized<'_, T, ADDS> {
    #[inline(always)]
    fn run<const N: usize>(&mut self, column: usize) {
        let Channels { means, factors, shifts } = self.channels;
        let step = means.len();
        let [means, factors, shifts]: [[T; N]; 3] =
            [some(means, column), some(factors, column), some(shifts, column)];
        for first in (column..self.x.len()).step_by(step) {
            let mut made: [T; N] = some(self.x, first);
            for (channel, made) in made.iter_mut().enumerate() {
                *made = (*made - means[channel]) * factors[channel] + shifts[channel];
            }
            for (y, made) in self.y[first..first + N].iter_mut().zip(&made) {
                *y = if ADDS { *y + *made } else { *made };
            }
        }
    }
}

impl OpCases for BatchNorm {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Real)
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half)
    }
}

impl BatchNorm {
    fn of(tape: &mut Recorder, element: Element) -> Vec<Self> {
        let all: Vec<_> = BatchMoments::of(tape, element).into_iter().map(|op| (op.x, op.moments)).collect();
        let activations = match element {
            Element::Half => vec![Activation::identity()],
            _ => Activation::examples().into_iter().filter(Activation::slope_from_output).collect(),
        };
        let mut case = |(number, (activation, (x, moments))): (usize, (Activation, (Tensor, Tensor)))| {
            let affine = tape.tensor("affine", Element::Real, 2, moments.cols / 2);
            let added = (number % 2 == 1).then(|| tape.tensor_like("added", x));
            let y = tape.tensor_like("y", x);
            Self { moments, affine, x, y, added, activation, of_batch: false, epsilon: 1e-5 }
        };
        let turns = by_turns(activations, &all, &all[..2]);
        turns.into_iter().enumerate().map(&mut case).collect()
    }
}

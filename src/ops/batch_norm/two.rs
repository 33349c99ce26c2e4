//! The sum of two normalisations, where a block of a net and its shortcut end in one each.

use super::moments::BatchMoments;
use super::{BatchNorm, Channels, FEW_PIXELS};
use crate::error::OpError;
use crate::ops::activation::{Activate, Activation};
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, OpCases, Scale, Split, Use, Views, by_turns};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike};

/// A [`BatchNorm`] without an activation, and one that adds what it writes: in one step, which keeps only the sum.
///
/// # Shapes
/// As theirs, of images of one shape.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::layers::{Identity, Relu};
/// use wgrad::ops::{BatchNorm, TwoNorms};
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("two norms", 1);
/// let [a, b, normal, y] = ["a", "b", "normal", "y"].map(|name| tape.batched(name, 1));
/// let moments = tape.tensor("moments", Element::Real, 1, 2);
/// let affine = tape.tensor("affine", Element::Real, 2, 1);
/// let activation = Identity.into();
/// let first = BatchNorm { moments, affine, x: a, y: normal, added: None, activation, of_batch: false, epsilon: 1.0 };
/// let second = BatchNorm { x: b, y, added: Some(normal), activation: Relu.into(), ..first.clone() };
/// tape.push(TwoNorms { first, second });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(moments, Values::Real(&[0.0, 3.0]))?; // a mean of 0 and a variance of 3
/// cpu.write(affine, Values::Real(&[1.0, 0.0]))?;
/// cpu.write(a, Values::Real(&[6.0]))?;
/// cpu.write(b, Values::Real(&[4.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [5.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TwoNorms {
    /// The norm whose result is added; it is not written.
    pub first: BatchNorm,
    /// The norm that adds it.
    pub second: BatchNorm,
}

impl TwoNorms {
    /// This step with an activation of its output, if that is possible.
    pub(crate) fn with_activation(&self, step: &Activate) -> Option<Self> {
        Some(Self { second: self.second.with_activation(step)?, ..self.clone() })
    }

    /// What is known of the channels of both.
    #[inline(always)]
    fn channels<'v, T: Real>(&self, views: &Views<'v, T>, room: &'v mut [T]) -> [Channels<'v, T>; 2] {
        let live = views.batch.rows as usize;
        let [second, first] = [[0, 1], [4, 5]].map(|norm| norm.map(|index| views.input(index)));
        let (room, other) = room.split_at_mut(self.first.moments.cols);
        [self.first.channels(first, live, room), self.second.channels(second, live, other)]
    }
}

impl Op for TwoNorms {
    const NAME: &'static str = "batch_norm.two";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let Self { first, second } = self;
        let of = |norm: &BatchNorm| [norm.moments, norm.affine, norm.x].map(|tensor| (Use::In, tensor));
        let mut operands = of(second).to_vec();
        operands.push((Use::Out, second.y));
        operands.extend(of(first));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        let Self { first, second } = self;
        Op::check(first)?;
        Op::check(second)?;
        alike(&[first.x, second.x])?;
        alike(&[first.moments, second.moments])?;
        let is_sum = first.added.is_none() && second.added == Some(first.y);
        if is_sum && first.activation == Activation::identity() && first.epsilon == second.epsilon {
            return Ok(());
        }
        Err("adds two norms; the first has no activation, the second adds what it writes, and both have one ε".into())
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let mut room = vec![T::zero(); self.scratch()];
        let [first, second] = self.channels(views, &mut room);
        let (added, x, y) = (views.input(6), views.input(2), views.output(3));
        for (at, y) in y.iter_mut().enumerate() {
            *y = first.normalized(at, added[at]) + second.normalized(at, x[at]);
        }
        self.second.activation.apply(y);
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let room = views.scratch();
        let [first, second] = self.channels(views, room);
        let (added, x, y) = (views.input(6), views.input(2), views.output(3));
        let few = FEW_PIXELS * self.first.affine.cols;
        for ((added, x), y) in added.chunks(few).zip(x.chunks(few)).zip(y.chunks_mut(few)) {
            first.write::<false>(added, y);
            second.write::<true>(x, y);
            self.second.activation.apply(y);
        }
    }

    fn scratch(&self) -> usize {
        2 * self.first.moments.cols
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let Self { second, .. } = self;
        let mut sources = second.activated();
        sources.extend([
            shader!("batch_norm/two_norms.wgsl"),
            shader!("batch_norm/added_norm.wgsl"),
            shader!("batch_norm/apply.wgsl"),
        ]);
        let mut kernel = second.parts().by_stretches(second.x, &sources, device);
        kernel.constants.extend(second.activation.constants());
        kernel.constant("EPSILON", second.epsilon)
    }

    /// As exact as each of both.
    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        Some(Scale::Output)
    }

    fn before_activation(&self) -> Option<Self> {
        let second = Op::before_activation(&self.second)?;
        Some(Self { second, ..self.clone() })
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        Op::flops(&self.first) + Op::flops(&self.second)
    }

    fn domain(&self, index: usize) -> Domain {
        if index.is_multiple_of(4) { Domain::NonNegative } else { Domain::Any }
    }
}

impl OpCases for TwoNorms {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let activations = Activation::examples().into_iter().filter(Activation::slope_from_output);
        Self::of(tape, Element::Real, activations.take(3).collect())
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half, vec![Activation::identity()])
    }
}

impl TwoNorms {
    fn of(tape: &mut Recorder, element: Element, activations: Vec<Activation>) -> Vec<Self> {
        let all: Vec<_> = BatchMoments::of(tape, element).into_iter().map(|op| (op.x, op.moments)).collect();
        let mut norm = |(x, moments): (Tensor, Tensor), added, activation| BatchNorm {
            moments: tape.tensor_like("moments", moments),
            affine: tape.tensor("affine", Element::Real, 2, moments.cols / 2),
            x: tape.tensor_like("x", x),
            y: tape.tensor_like("y", x),
            added,
            activation,
            of_batch: false,
            epsilon: 1e-5,
        };
        let mut case = |(activation, images): (Activation, (Tensor, Tensor))| {
            let first = norm(images, None, Activation::identity());
            Self { second: norm(images, Some(first.y), activation), first }
        };
        by_turns(activations, &all, &all[..1]).into_iter().map(&mut case).collect()
    }
}

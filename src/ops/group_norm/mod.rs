//! Group normalisation, of which layer normalisation is the case of one group, and its derivative.

mod gradient;
mod groups;

use crate::error::OpError;
use crate::ops::activation::{Activate, Activation};
use crate::ops::binary::{Binary, Operation};
use crate::ops::of_one_element;
use crate::ops::reduce::sum_places;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Scale, Split, Use, Views, by_turns};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike};

pub use gradient::GroupNormGradient;
use groups::Groups;

/// `y = f((x - mean) / √(var + ε) ⊙ scale + shift)`, by the statistics of each group of neighbouring channels over all places of a row
/// (Wu and He, *Group Normalization*, 2018). One group over a row of one place is layer normalisation (Ba, Kiros and Hinton, *Layer
/// Normalization*, 2016). The variance is the mean of `(x - mean)²`, in which nothing cancels; it overflows where an `x - mean` is beyond
/// 10¹⁹.
///
/// # Shapes
/// `x`, `y`: batch × (places · channels), of reals, or of halves where the channels of a group are a multiple of 4; `scale`, `shift`:
/// 1 × channels, not of the batch.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::layers::Identity;
/// use wgrad::ops::GroupNorm;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("group norm", 1);
/// let [x, y] = ["x", "y"].map(|name| tape.batched(name, 4));
/// let activation = Identity.into();
/// tape.push(GroupNorm { x, affine: None, y, channels: 2, groups: 2, activation, epsilon: 1e-5 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 20.0, 3.0, 10.0]))?; // two places of two channels
/// cpu.run(id, &[Batch::of(1)])?;
/// for (y, expected) in cpu.read(y)?.into_iter().zip([-1.0, 1.0, 1.0, -1.0]) {
///     assert!((y - expected).abs() < 1e-4_f32);
/// }
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GroupNorm {
    /// What is normalised, channels last.
    pub x: Tensor,
    /// What normalised numbers are multiplied by, and what is added to them then; neither where there is none.
    pub affine: Option<[Tensor; 2]>,
    /// The result.
    pub y: Tensor,
    /// Numbers of a place.
    pub channels: usize,
    /// Groups that the channels are cut into.
    pub groups: usize,
    /// `f`; one whose slope is known from its output.
    pub activation: Activation,
    /// `ε`, which keeps groups of equal numbers finite.
    pub epsilon: f32,
}

impl GroupNorm {
    #[inline(always)]
    fn groups(&self) -> Groups {
        Groups { channels: self.channels, groups: self.groups, epsilon: self.epsilon }
    }

    #[inline(always)]
    fn normalize<T: Real>(&self, views: &mut Views<'_, T>, room: &mut [T]) {
        let (x, y, scale, shift) = (views.input(0), views.output(1), views.input(2), views.input(3));
        let (cols, channels) = (self.x.cols, self.channels);
        let (means, inverses) = room.split_at_mut(channels);
        for (x, y) in x.chunks_exact(cols).zip(y.chunks_exact_mut(cols)) {
            self.groups().moments(x, means, inverses);
            for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
                for (channel, y) in y.iter_mut().enumerate() {
                    *y = (x[channel] - means[channel]) * inverses[channel];
                }
                for (y, (scale, shift)) in y.iter_mut().zip(scale.iter().zip(shift)) {
                    *y = *y * *scale + *shift;
                }
            }
            self.activation.apply(y);
        }
    }

    /// The gradients of scale and shift: sums over the batch of `dy ⊙ (x - mean) / √(var + ε)` and of `dy`.
    fn parameters(&self, tape: &mut Recorder, dy: Tensor) {
        let Some([scale, shift]) = self.affine else { return };
        let dy = tape.reals(dy);
        tape.contribute(scale, |tape, gradient| {
            let x = tape.reals(self.x);
            let [normal, terms] =
                ["group_norm.normal", "group_norm.terms"].map(|name| tape.tensor_like(name, x));
            let activation = Activation::identity();
            tape.push(Self { x, affine: None, y: normal, activation, ..self.clone() });
            tape.push(Binary { operation: Operation::Product, a: dy, b: normal, y: terms });
            sum_places(tape, terms, gradient);
        });
        tape.contribute(shift, |tape, gradient| sum_places(tape, dy, gradient));
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
}

impl Op for GroupNorm {
    const NAME: &'static str = "group_norm";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.x), (Use::Out, self.y)];
        operands.extend(self.affine.into_iter().flatten().map(|row| (Use::In, row)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        alike(&[self.x, self.y])?;
        of_one_element(&[self.x, self.y])?;
        self.groups().check(self.x, self.affine.as_ref().map_or(&[], |rows| rows))?;
        self.activation.check_fused()
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let mut room = vec![T::zero(); self.scratch()];
        self.normalize(views, &mut room);
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let room = views.scratch();
        self.normalize(views, room);
    }

    fn scratch(&self) -> usize {
        2 * self.channels
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let affine = match self.affine {
            Some(_) => shader!("group_norm/affine.wgsl"),
            None => shader!("group_norm/plain.wgsl"),
        };
        let mut kernel =
            self.groups().kernel(shader!("group_norm/forward.wgsl"), self.x, device).with(affine);
        kernel.sources.push(self.groups().activated());
        kernel.sources.extend(self.activation.sources());
        kernel.constants.extend(self.activation.constants());
        kernel
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = self.activation.preactivation_gradient(tape, self.y) else { return };
        let Self { x, channels, groups, epsilon, .. } = *self;
        let scale = self.affine.map(|[scale, _]| scale);
        tape.contribute(x, |tape, dx| {
            tape.push(GroupNormGradient { x, dy, scale, dx, channels, groups, epsilon });
        });
        self.parameters(tape, dy);
    }

    /// Sums of a group's numbers are rounded once a number, which is of the size of an approximation.
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
        8.0 * self.x.len() as f64
    }
}

impl OpCases for GroupNorm {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Real)
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half)
    }
}

/// Places, channels and groups for the tests.
type Shape = (usize, usize, usize);

/// Rows of one group first, short and long, and by ones and by fours.
const SHAPES: [Shape; 10] = [
    (1, 13, 1),
    (1, 260, 1),
    (1, 1, 1),
    (1, 257, 1),
    (9, 4, 1),
    (35, 15, 3),
    (3, 3, 3),
    (7, 8, 2),
    (1, 12, 3),
    (35, 16, 2),
];

impl GroupNorm {
    /// A case of each shape that this element fits, by turns with scale and shift and without.
    fn without_activation(tape: &mut Recorder, element: Element) -> Vec<Self> {
        let fits =
            |(_, channels, groups): &Shape| element == Element::Real || (channels / groups).is_multiple_of(4);
        let mut case = |(number, (places, channels, groups)): (usize, Shape)| {
            let [x, y] = ["x", "y"].map(|name| tape.batched_of(name, element, places * channels));
            let affine = ["scale", "shift"].map(|name| tape.tensor(name, Element::Real, 1, channels));
            let (affine, activation) = ((number % 3 != 0).then_some(affine), Activation::identity());
            Self { x, affine, y, channels, groups, activation, epsilon: 1e-5 }
        };
        SHAPES.into_iter().filter(fits).enumerate().map(&mut case).collect()
    }

    /// The same, and some of them with each activation.
    fn of(tape: &mut Recorder, element: Element) -> Vec<Self> {
        let cases = Self::without_activation(tape, element);
        let activations = match element {
            Element::Half => vec![Activation::identity()],
            _ => Activation::examples().into_iter().filter(Activation::slope_from_output).collect(),
        };
        let numbers: Vec<usize> = (0..cases.len()).collect();
        let turns = by_turns(activations, &numbers, &numbers[1..3]).into_iter();
        turns.map(|(activation, number)| Self { activation, ..cases[number].clone() }).collect()
    }
}

//! The derivative of a normalisation with respect to its input.

use super::GroupNorm;
use super::groups::Groups;
use crate::error::OpError;
use crate::ops::of_one_element;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Scale, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike};

/// `dx = (g - mean g - z mean(g ⊙ z)) / √(var + ε)` over each group of a row, with `g = dy ⊙ scale` and `z = (x - mean) / √(var + ε)`
/// (Wu and He, *Group Normalization*, 2018, by the chain rule).
///
/// # Shapes
/// `x`, `dy`, `dx`: batch × (places · channels), all of reals, or of halves where the channels of a group are a multiple of 4; `scale`:
/// 1 × channels, not of the batch.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::GroupNormGradient;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("group norm gradient", 1);
/// let [x, dy, dx] = ["x", "dy", "dx"].map(|name| tape.batched(name, 3));
/// tape.push(GroupNormGradient { x, dy, scale: None, dx, channels: 3, groups: 1, epsilon: 1e-5 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 3.0, 8.0]))?;
/// cpu.write(dy, Values::Real(&[5.0, 5.0, 5.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// // A norm takes away what all numbers of a group have in common.
/// assert!(cpu.read(dx)?.iter().all(|dx| dx.abs() < 1e-5));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GroupNormGradient {
    /// What was normalised.
    pub x: Tensor,
    /// Gradient of the result.
    pub dy: Tensor,
    /// What normalised numbers were multiplied by, if by anything.
    pub scale: Option<Tensor>,
    /// Gradient of `x`.
    pub dx: Tensor,
    /// Numbers of a place.
    pub channels: usize,
    /// Groups that the channels are cut into.
    pub groups: usize,
    /// `ε`.
    pub epsilon: f32,
}

impl GroupNormGradient {
    #[inline(always)]
    fn groups(&self) -> Groups {
        Groups { channels: self.channels, groups: self.groups, epsilon: self.epsilon }
    }

    #[inline(always)]
    fn differentiate<T: Real>(&self, views: &mut Views<'_, T>, room: &mut [T]) {
        let (x, dy, dx, scale) = (views.input(0), views.input(1), views.output(2), views.input(3));
        let (cols, channels) = (self.x.cols, self.channels);
        let (moments, means_of_g) = room.split_at_mut(2 * channels);
        let (means, inverses) = moments.split_at_mut(channels);
        let (plain, products) = means_of_g.split_at_mut(channels);
        for ((x, dy), dx) in x.chunks_exact(cols).zip(dy.chunks_exact(cols)).zip(dx.chunks_exact_mut(cols)) {
            self.groups().moments(x, means, inverses);
            plain.fill(T::zero());
            products.fill(T::zero());
            dx.copy_from_slice(dy);
            for (x, g) in x.chunks_exact(channels).zip(dx.chunks_exact_mut(channels)) {
                for (g, scale) in g.iter_mut().zip(scale) {
                    *g *= *scale;
                }
                for channel in 0..channels {
                    plain[channel] += g[channel];
                    products[channel] += g[channel] * ((x[channel] - means[channel]) * inverses[channel]);
                }
            }
            self.groups().average(plain, cols);
            self.groups().average(products, cols);
            for (x, dx) in x.chunks_exact(channels).zip(dx.chunks_exact_mut(channels)) {
                for (channel, dx) in dx.iter_mut().enumerate() {
                    let z = (x[channel] - means[channel]) * inverses[channel];
                    *dx = inverses[channel] * (*dx - plain[channel] - z * products[channel]);
                }
            }
        }
    }
}

impl Op for GroupNormGradient {
    const NAME: &'static str = "group_norm.gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.x), (Use::In, self.dy), (Use::Out, self.dx)];
        operands.extend(self.scale.map(|scale| (Use::In, scale)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        alike(&[self.x, self.dy, self.dx])?;
        of_one_element(&[self.x, self.dy, self.dx])?;
        self.groups().check(self.x, self.scale.as_slice())
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let mut room = vec![T::zero(); self.scratch()];
        self.differentiate(views, &mut room);
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let room = views.scratch();
        self.differentiate(views, room);
    }

    fn scratch(&self) -> usize {
        4 * self.channels
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let scaled = match self.scale {
            Some(_) => shader!("group_norm/scaled.wgsl"),
            None => shader!("group_norm/unscaled.wgsl"),
        };
        self.groups().kernel(shader!("group_norm/gradient.wgsl"), self.x, device).with(scaled)
    }

    /// As exact as the normalisation itself.
    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        Some(Scale::Operand(1))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        16.0 * self.x.len() as f64
    }
}

impl OpCases for GroupNormGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Real)
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half)
    }
}

impl GroupNormGradient {
    /// The gradients of the normalisation's cases, each with scale and without.
    fn of(tape: &mut Recorder, element: Element) -> Vec<Self> {
        let forward = GroupNorm::without_activation(tape, element);
        let mut case = |GroupNorm { x, affine, y, channels, groups, epsilon, .. }: GroupNorm| {
            let scale = affine.map(|[scale, _]| scale);
            Self { x, dy: y, scale, dx: tape.tensor_like("dx", x), channels, groups, epsilon }
        };
        forward.into_iter().map(&mut case).collect()
    }
}

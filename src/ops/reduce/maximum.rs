//! The derivative of maxima.

use super::strips::{self, Strips};
use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Tensor, alike};

/// The place of the first largest of some numbers, or of the first that is none, and itself.
#[inline(always)]
pub(super) fn first_largest<T: Real>(numbers: impl Iterator<Item = T>) -> (usize, T) {
    let larger = |x: T, best: T| x > best || x.is_nan() && !best.is_nan();
    let best = |best: (usize, T), (at, x): (usize, T)| if larger(x, best.1) { (at, x) } else { best };
    numbers.enumerate().fold((0, T::neg_infinity()), best)
}

/// `dx = dy` at the first largest number of each strip that [`Reduce`](super::Reduce) makes one of, and 0 elsewhere.
///
/// # Shapes
/// `x`, `dx`: (samples · k) × n; `dy`: (samples · k) × 1 or samples × n.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::MaximumGradient;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("maximum gradient", 1);
/// let [x, dy, dx] = [("x", 3), ("dy", 1), ("dx", 3)].map(|(name, cols)| tape.batched(name, cols));
/// tape.push(MaximumGradient { x, dy, dx });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 5.0, 5.0]))?;
/// cpu.write(dy, Values::Real(&[2.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(dx)?, [0.0, 2.0, 0.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MaximumGradient {
    /// What was reduced.
    pub x: Tensor,
    /// Gradient of the maxima.
    pub dy: Tensor,
    /// Gradient of `x`.
    pub dx: Tensor,
}

impl Op for MaximumGradient {
    const NAME: &'static str = "reduce.maximum_gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::In, self.dy), (Use::Out, self.dx)]
    }

    fn check(&self) -> Result<(), OpError> {
        alike(&[self.x, self.dx])?;
        strips::check(self.x, self.dy)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, dy, dx) = (views.input(0), views.input(1), views.output(2));
        let strips = Strips::of(self.x, self.dy);
        dx.fill(T::zero());
        for (strip, dy) in dy.iter().enumerate() {
            let (at, _) = first_largest(strips.numbers(x, strip));
            dx[strips.place(strip, at)] = *dy;
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let strips = Strips::of(self.x, self.dy);
        let kernel = strips.kernel(shader!("reduce/maximum_gradient.wgsl"), self.dy);
        kernel.with(shader!("reduce/first_largest.wgsl"))
    }

    fn flops(&self) -> f64 {
        self.x.len() as f64
    }
}

impl OpCases for MaximumGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let shapes = strips::cases(tape);
        let mut case = |[x, dy]: [Tensor; 2]| Self { x, dy, dx: tape.tensor_like("dx", x) };
        shapes.into_iter().map(&mut case).collect()
    }
}

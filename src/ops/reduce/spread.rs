//! The derivative of sums and means.

use super::strips::{self, Strips};
use super::{Reduce, Reduction};
use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// Each number of `x` for all numbers of `y` that a reduction makes one of: as it is, or divided by how many there are.
///
/// # Shapes
/// `x`: (samples · k) × 1, for all columns of a row, or samples × n, for all k rows of a sample; `y`: (samples · k) × n.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{Reduction, Spread};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("spread", 1);
/// let (x, y) = (tape.batched("x", 1), tape.batched("y", 3));
/// tape.push(Spread { reduction: Reduction::Mean, x, y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[6.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [2.0; 3]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Spread {
    /// Whose derivative it is: a sum's, or a mean's, for which it divides.
    pub reduction: Reduction,
    /// What is spread.
    pub x: Tensor,
    /// Where it goes.
    pub y: Tensor,
}

impl Op for Spread {
    const NAME: &'static str = "spread";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        if self.reduction == Reduction::Maximum {
            return Err("spreads a sum or a mean, and is asked for a maximum".into());
        }
        strips::check(self.y, self.x)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        let strips = Strips::of(self.y, self.x);
        let factor = T::of(self.reduction.factor(strips.count));
        for (strip, x) in x.iter().enumerate() {
            for j in 0..strips.count {
                y[strips.place(strip, j)] = factor * *x;
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let strips = Strips::of(self.y, self.x);
        let kernel = Kernel::per_element(shader!("reduce/spread.wgsl"), self.y.len());
        strips.sizes(kernel).constant("FACTOR", self.reduction.factor(strips.count))
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let reduction = self.reduction;
        tape.contribute(self.x, |tape, dx| tape.push(Reduce { reduction, x: dy, y: dx }));
    }

    fn flops(&self) -> f64 {
        self.y.len() as f64
    }
}

impl OpCases for Spread {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let shapes = strips::cases(tape);
        let each = |reduction| shapes.iter().map(move |[y, x]| Self { reduction, x: *x, y: *y });
        [Reduction::Sum, Reduction::Mean].into_iter().flat_map(each).collect()
    }
}

//! Softmax over each row, and its derivative.

use crate::error::OpError;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, Source, shader};
use crate::program::op::{Domain, Op, OpCases, Scale, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;
use crate::program::tensor::alike;

/// `y = e^(x - max x) / Σ e^(x - max x)` over each row.
///
/// # Shapes
/// `x`, `y`: batch × classes.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::Softmax;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("softmax", 1);
/// let [x, y] = ["scores", "probabilities"].map(|name| tape.batched(name, 2));
/// tape.push(Softmax { x, y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1000.0, 1000.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [0.5, 0.5]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Softmax {
    /// Scores.
    pub x: Tensor,
    /// Probabilities.
    pub y: Tensor,
}

impl Op for Softmax {
    const NAME: &'static str = "softmax";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        alike(&[self.x, self.y])
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        for (x, y) in x.chunks_exact(self.x.cols).zip(y.chunks_exact_mut(self.x.cols)) {
            let top = x.iter().copied().fold(T::neg_infinity(), T::max);
            for (y, x) in y.iter_mut().zip(x) {
                *y = (*x - top).exp_nonpositive();
            }
            let sum: T = y.iter().copied().sum();
            for y in y {
                *y /= sum;
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        by_rows(shader!("softmax.wgsl"), self.x)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let y = self.y;
        tape.contribute(self.x, |tape, dx| tape.push(SoftmaxGradient { y, dy, dx }));
    }

    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        Some(Scale::Output)
    }

    fn flops(&self) -> f64 {
        4.0 * self.x.len() as f64
    }
}

impl OpCases for Softmax {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        [1, 13, 97, 257].map(|cols| Self { x: tape.batched("x", cols), y: tape.batched("y", cols) }).to_vec()
    }
}

/// `dx = y ⊙ (dy - Σ dy y)` over each row; as `y dy - y Σ dy y`, where no difference overflows.
///
/// # Shapes
/// `y`, `dy`, `dx`: batch × classes.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::SoftmaxGradient;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("softmax gradient", 1);
/// let [y, dy, dx] = ["y", "dy", "dx"].map(|name| tape.batched(name, 2));
/// tape.push(SoftmaxGradient { y, dy, dx });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(y, Values::Real(&[0.5, 0.5]))?;
/// cpu.write(dy, Values::Real(&[1.0, 0.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(dx)?, [0.25, -0.25]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SoftmaxGradient {
    /// Probabilities.
    pub y: Tensor,
    /// Gradient of the probabilities.
    pub dy: Tensor,
    /// Gradient of the scores.
    pub dx: Tensor,
}

impl Op for SoftmaxGradient {
    const NAME: &'static str = "softmax.gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.y), (Use::In, self.dy), (Use::Out, self.dx)]
    }

    fn check(&self) -> Result<(), OpError> {
        alike(&[self.y, self.dy, self.dx])
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (y, dy, dx) = (views.input(0), views.input(1), views.output(2));
        let cols = self.y.cols;
        for ((y, dy), dx) in y.chunks_exact(cols).zip(dy.chunks_exact(cols)).zip(dx.chunks_exact_mut(cols)) {
            let sum: T = y.iter().zip(dy).map(|(y, dy)| *y * *dy).sum();
            for (dx, (y, dy)) in dx.iter_mut().zip(y.iter().zip(dy)) {
                *dx = *y * *dy - *y * sum;
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        by_rows(shader!("softmax_gradient.wgsl"), self.y)
    }

    /// As exact as the softmax itself: a difference of numbers no larger than `dy`.
    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        Some(Scale::Operand(1))
    }

    fn flops(&self) -> f64 {
        4.0 * self.y.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 0 { Domain::Unit } else { Domain::Any }
    }
}

impl OpCases for SoftmaxGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |cols| Self {
            y: tape.batched("y", cols),
            dy: tape.batched("dy", cols),
            dx: tape.batched("dx", cols),
        };
        [1, 13, 97, 257].map(&mut case).to_vec()
    }
}

fn by_rows(source: Source, rows: Tensor) -> Kernel {
    Kernel::by_lanes(source, rows.rows, rows.cols).size("COLS", rows.cols)
}

//! Some of the columns, and the way back.

use super::of_batch;
use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// `y`: as many columns of `x` as it has, from `start` on.
///
/// # Shapes
/// `x`: batch × n; `y`: batch × m, with `start + m` at most n.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::Slice;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("slice", 1);
/// let (x, y) = (tape.batched("x", 4), tape.batched("y", 2));
/// tape.push(Slice { x, start: 1, y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 2.0, 3.0, 4.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [2.0, 3.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Slice {
    /// Where columns are taken from.
    pub x: Tensor,
    /// The first of them.
    pub start: usize,
    /// The columns.
    pub y: Tensor,
}

impl Op for Slice {
    const NAME: &'static str = "slice";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        of_batch(&[self.x, self.y])?;
        if self.start + self.y.cols <= self.x.cols {
            return Ok(());
        }
        Err(OpError::new(format!(
            "takes {} columns of {} from column {} on",
            self.y.cols, self.x, self.start
        )))
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y, cols) = (views.input(0), views.output(1), self.y.cols);
        for (x, y) in x.chunks_exact(self.x.cols).zip(y.chunks_exact_mut(cols)) {
            y.copy_from_slice(&x[self.start..self.start + cols]);
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("columns/slice.wgsl"), self.y.len());
        kernel.size("WIDTH", self.x.cols).size("START", self.start).size("COLS", self.y.cols)
    }

    /// The gradient between columns of zeros.
    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let start = self.start;
        tape.contribute(self.x, |tape, dx| tape.push(Pad { x: dy, start, y: dx }));
    }

    fn flops(&self) -> f64 {
        0.0
    }
}

impl OpCases for Slice {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        [(1, 0, 1), (13, 0, 7), (13, 6, 7), (200, 67, 101)]
            .map(|(of, start, cols)| {
                let (x, y) = (tape.batched("x", of), tape.batched("y", cols));
                Self { x, start, y }
            })
            .to_vec()
    }
}

/// `y`: the columns of `x` from `start` on, and 0 in all others: the derivative of [`Slice`].
///
/// # Shapes
/// `x`: batch × m; `y`: batch × n, with `start + m` at most n.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::Pad;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("pad", 1);
/// let (x, y) = (tape.batched("x", 2), tape.batched("y", 4));
/// tape.push(Pad { x, start: 1, y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 2.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [0.0, 1.0, 2.0, 0.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pad {
    /// The columns.
    pub x: Tensor,
    /// Where the first of them goes.
    pub start: usize,
    /// Where they are put.
    pub y: Tensor,
}

impl Op for Pad {
    const NAME: &'static str = "pad";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        of_batch(&[self.x, self.y])?;
        if self.start + self.x.cols <= self.y.cols {
            return Ok(());
        }
        Err(OpError::new(format!("puts {} columns in {} from column {} on", self.x.cols, self.y, self.start)))
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y, cols) = (views.input(0), views.output(1), self.x.cols);
        y.fill(T::zero());
        for (x, y) in x.chunks_exact(cols).zip(y.chunks_exact_mut(self.y.cols)) {
            y[self.start..self.start + cols].copy_from_slice(x);
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("columns/pad.wgsl"), self.y.len());
        kernel.size("WIDTH", self.x.cols).size("START", self.start).size("COLS", self.y.cols)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let start = self.start;
        tape.contribute(self.x, |tape, dx| tape.push(Slice { x: dy, start, y: dx }));
    }

    fn flops(&self) -> f64 {
        0.0
    }
}

impl OpCases for Pad {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let case = |Slice { x, start, y }: Slice| Self { x: y, start, y: x };
        Slice::cases(tape).into_iter().map(case).collect()
    }
}

//! Rows become columns.

use super::shape;
use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// `y = xᵀ` of each sample's matrix, which is its own derivative.
///
/// # Shapes
/// `x`: (samples · k) × c; `y`: (samples · c) × k.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::Transpose;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("transpose", 1);
/// let x = tape.batched("x", 2 * 3).with_rows_per_sample(2);
/// let y = tape.batched("y", 2 * 3).with_rows_per_sample(3);
/// tape.push(Transpose { x, y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Transpose {
    /// The matrices.
    pub x: Tensor,
    /// The same, turned around.
    pub y: Tensor,
}

impl Op for Transpose {
    const NAME: &'static str = "transpose";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        let ([rows, cols], [y_rows, y_cols]) = (shape(self.x)?, shape(self.y)?);
        if [rows, cols] == [y_cols, y_rows] {
            return Ok(());
        }
        Err(OpError::new(format!("turns matrices of {rows}×{cols} into ones of {y_rows}×{y_cols}")))
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        let (len, cols, rows) = (self.x.sample_len(), self.x.cols, self.y.cols);
        for (x, y) in x.chunks_exact(len).zip(y.chunks_exact_mut(len)) {
            for (at, y) in y.iter_mut().enumerate() {
                *y = x[at % rows * cols + at / rows];
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("samples/transpose.wgsl"), self.y.len());
        kernel.size("ROWS", self.y.cols).size("COLS", self.x.cols)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        tape.contribute(self.x, |tape, dx| tape.push(Self { x: dy, y: dx }));
    }

    fn flops(&self) -> f64 {
        0.0
    }
}

impl OpCases for Transpose {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        [(1, 1), (7, 13), (67, 5)]
            .map(|(rows, cols)| {
                let [x, y] = ["x", "y"].map(|name| tape.batched(name, rows * cols));
                let cols = x.sample_len() / rows;
                Self { x: x.with_rows_per_sample(rows), y: y.with_rows_per_sample(cols) }
            })
            .to_vec()
    }
}

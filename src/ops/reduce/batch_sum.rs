//! Sums over the batch: gradients of parameters that are the same for every row.

use super::{Reduce, Reduction};
use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// Columns that a workgroup of `shaders/reduce/batch_sum.wgsl` adds up.
const COLUMNS: usize = 8;

/// The sums of all columns over the rows of the batch, in an order that depends on the number of rows alone.
///
/// # Shapes
/// `x`: batch × n; `y`: 1 × n, not of the batch.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::BatchSum;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("batch sum", 2);
/// let (x, y) = (tape.batched("x", 2), tape.tensor("y", Element::Real, 1, 2));
/// tape.push(BatchSum { x, y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 2.0, 3.0, 4.0]))?;
/// cpu.run(id, &[Batch::of(2)])?;
/// assert_eq!(cpu.read(y)?, [4.0, 6.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchSum {
    /// What is added up.
    pub x: Tensor,
    /// The sums.
    pub y: Tensor,
}

impl Op for BatchSum {
    const NAME: &'static str = "batch_sum";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        let Self { x, y } = self;
        if x.is_batched() && !y.is_batched() && y.shape() == [1, x.cols] {
            return Ok(());
        }
        Err(OpError::new(format!(
            "adds up the batch's rows of {x} to {y}; it needs one row that is not of the batch"
        )))
    }

    fn split(&self) -> Split {
        Split::Output
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        y.fill(T::zero());
        for row in x.chunks_exact(self.x.cols) {
            for (sum, x) in y.iter_mut().zip(row) {
                *sum += *x;
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let (sources, workgroups) = (vec![shader!("reduce/batch_sum.wgsl")], self.x.cols.div_ceil(COLUMNS));
        let kernel = Kernel { sources, constants: Vec::new(), workgroups };
        kernel.with(shader!("lanes/tree.wgsl")).size("COLS", self.x.cols)
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((self.clone(), self.x.rows))
    }

    fn flops(&self) -> f64 {
        self.x.len() as f64
    }
}

/// Adds up all places of the batch to a row of channels: each sample's first, which keeps a GPU busy, and then the batch.
pub(in crate::ops) fn sum_places(tape: &mut Recorder, x: Tensor, y: Tensor) {
    let places = x.sample_len() / y.cols;
    let mut sums = x.with_rows_per_sample(places);
    if places > 1 {
        sums = tape.batched("gradient.sums", y.cols).with_rows_per_sample(1);
        tape.push(Reduce { reduction: Reduction::Sum, x: x.with_rows_per_sample(places), y: sums });
    }
    tape.push(BatchSum { x: sums, y });
}

impl OpCases for BatchSum {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case =
            |cols| Self { x: tape.batched("x", cols), y: tape.tensor("y", Element::Real, 1, cols) };
        [1, 13, 200].map(&mut case).to_vec()
    }
}

//! The rows of all batches in one table.

use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// `table[first + i] = rows[i]`: how losses, predictions and latents of an epoch wait to be read at its end.
///
/// # Shapes
/// `rows`: batch × n; `table`: samples × n.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::Collect;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("collect", 2);
/// let (rows, table) = (tape.batched("rows", 1), tape.tensor("table", Element::Real, 4, 1));
/// tape.push(Collect { rows, table });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(rows, Values::Real(&[0.5, 0.25]))?;
/// cpu.run(id, &[Batch { first: 2, ..Batch::of(2) }])?;
/// assert_eq!(cpu.read(table)?, [0.0, 0.0, 0.5, 0.25]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Collect {
    /// Of this batch.
    pub rows: Tensor,
    /// Of all samples; rows of other batches stay.
    pub table: Tensor,
}

impl Op for Collect {
    const NAME: &'static str = "collect";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.rows), (Use::InOut, self.table)]
    }

    fn check(&self) -> Result<(), OpError> {
        let of_samples = self.rows.per_sample.is_some_and(|rows| rows.get() == 1);
        if self.rows.cols == self.table.cols && of_samples && !self.table.is_batched() {
            return Ok(());
        }
        Err(OpError::new(format!("collects {} rows in a {} table", self.rows, self.table)))
    }

    fn split(&self) -> Split {
        Split::Whole
    }

    fn places(&self) -> Option<usize> {
        Some(self.table.rows)
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (rows, table) = (views.input(0), views.output(1));
        let start = views.batch.first as usize * self.rows.cols;
        table[start..start + rows.len()].copy_from_slice(rows);
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        Kernel::per_element(shader!("collect.wgsl"), self.rows.len()).size("COLS", self.rows.cols)
    }

    fn flops(&self) -> f64 {
        0.0
    }

    fn bytes(&self) -> f64 {
        (2 * self.rows.len() * self.rows.element.bytes()) as f64
    }
}

impl OpCases for Collect {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let capacity = tape.capacity();
        let mut case = |cols| Self {
            rows: tape.batched("rows", cols),
            table: tape.tensor("table", Element::Real, capacity + 5, cols),
        };
        [1, 13, 784].map(&mut case).to_vec()
    }
}

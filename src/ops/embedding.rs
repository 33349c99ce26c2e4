//! Rows of a table, and the table's gradient.

use std::num::NonZeroUsize;

use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// `out[i] = table[ids[i]]`, row by row. A number beyond the table makes a row that is not a number, so that it shows.
///
/// # Shapes
/// `ids`: samples × k or (samples · k) × 1, unsigned integers; `table`: n × c, not of the batch; `out`: (samples · k) × c.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::Embedding;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("embedding", 1);
/// let (ids, table) = (tape.batched_of("ids", Element::U32, 2), tape.tensor("table", Element::Real, 3, 2));
/// let out = tape.batched("out", 2 * 2).with_rows_per_sample(2);
/// tape.push(Embedding { ids, table, out });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(ids, Values::U32(&[2, 0]))?;
/// cpu.write(table, Values::Real(&[0.0, 0.5, 1.0, 1.5, 2.0, 2.5]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(out)?, [2.0, 2.5, 0.0, 0.5]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Embedding {
    /// Row numbers: tokens.
    pub ids: Tensor,
    /// The rows.
    pub table: Tensor,
    /// The rows that were asked for.
    pub out: Tensor,
}

/// An error unless there is a row of `rows` for each number, as wide as the table.
fn check(ids: Tensor, table: Tensor, rows: Tensor) -> Result<(), OpError> {
    if ids.element != Element::U32 || !ids.is_batched() || table.is_batched() {
        return Err(OpError::new(format!(
            "takes rows of {table} by {ids} numbers of {:?}; it needs integers of the batch",
            ids.element
        )));
    }
    if rows.cols == table.cols && rows.per_sample == NonZeroUsize::new(ids.sample_len()) {
        return Ok(());
    }
    let count = ids.sample_len();
    Err(OpError::new(format!(
        "takes {count} rows a sample of {table} to {rows}; it needs as many rows a sample, as wide as the table"
    )))
}

impl Op for Embedding {
    const NAME: &'static str = "embedding";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.ids), (Use::In, self.table), (Use::Out, self.out)]
    }

    fn check(&self) -> Result<(), OpError> {
        check(self.ids, self.table, self.out)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (ids, table, out) = (views.integers(0), views.input(1), views.output(2));
        let cols = self.table.cols;
        for (row, id) in out.chunks_exact_mut(cols).zip(ids) {
            match table.get(*id as usize * cols..(*id as usize + 1) * cols) {
                Some(found) => row.copy_from_slice(found),
                None => row.fill(T::nan()),
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("embedding/rows.wgsl"), self.out.len());
        sizes(kernel, self.ids, self.table)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.out) else { return };
        let ids = self.ids;
        tape.contribute(self.table, |tape, gradient| tape.push(EmbeddingGradient { ids, dy, gradient }));
    }

    fn flops(&self) -> f64 {
        0.0
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 0 { Domain::Below(self.table.rows) } else { Domain::Any }
    }
}

impl OpCases for Embedding {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        [(1, 1, 1), (3, 7, 13), (5, 41, 64)]
            .map(|(count, rows, cols)| {
                let (ids, out) =
                    (tape.batched_of("ids", Element::U32, count), tape.batched("out", count * cols));
                let out = out.with_rows_per_sample(ids.sample_len());
                Self { ids, table: tape.tensor("table", Element::Real, rows, cols), out }
            })
            .to_vec()
    }
}

fn sizes(kernel: Kernel, ids: Tensor, table: Tensor) -> Kernel {
    kernel.size("IDS", ids.sample_len()).size("ROWS", table.rows).size("COLS", table.cols)
}

/// The sum, for each row of the table, of the gradients of its uses in the batch, in their order. Every row looks through all numbers of
/// the batch, so that no two write the same place and the result is the same each time.
///
/// # Shapes
/// `ids`: samples × k or (samples · k) × 1, unsigned integers; `dy`: (samples · k) × c; `gradient`: n × c, not of the batch.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::EmbeddingGradient;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("embedding gradient", 1);
/// let ids = tape.batched_of("ids", Element::U32, 2);
/// let dy = tape.batched("dy", 2 * 2).with_rows_per_sample(2);
/// let gradient = tape.tensor("gradient", Element::Real, 3, 2);
/// tape.push(EmbeddingGradient { ids, dy, gradient });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(ids, Values::U32(&[2, 2]))?; // a row that is used twice
/// cpu.write(dy, Values::Real(&[1.0, 2.0, 3.0, 4.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(gradient)?, [0.0, 0.0, 0.0, 0.0, 4.0, 6.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct EmbeddingGradient {
    /// Row numbers.
    pub ids: Tensor,
    /// Gradient of the rows that were asked for.
    pub dy: Tensor,
    /// Gradient of the table.
    pub gradient: Tensor,
}

impl Op for EmbeddingGradient {
    const NAME: &'static str = "embedding.gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.ids), (Use::In, self.dy), (Use::Out, self.gradient)]
    }

    fn check(&self) -> Result<(), OpError> {
        check(self.ids, self.gradient, self.dy)
    }

    fn split(&self) -> Split {
        Split::Output
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (ids, dy, gradient) = (views.integers(0), views.input(1), views.output(2));
        let cols = self.gradient.cols;
        gradient.fill(T::zero());
        for (row, id) in dy.chunks_exact(cols).zip(ids) {
            if views.span.contains(&(*id as usize)) {
                let at = (*id as usize - views.span.start) * cols;
                for (sum, dy) in gradient[at..at + cols].iter_mut().zip(row) {
                    *sum += *dy;
                }
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("embedding/gradient.wgsl"), self.gradient.len());
        sizes(kernel, self.ids, self.gradient)
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((self.clone(), self.ids.len()))
    }

    fn flops(&self) -> f64 {
        self.dy.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 0 { Domain::Below(self.gradient.rows) } else { Domain::Any }
    }
}

impl OpCases for EmbeddingGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let case = |Embedding { ids, table, out }: Embedding| Self { ids, dy: out, gradient: table };
        Embedding::cases(tape).into_iter().map(case).collect()
    }
}

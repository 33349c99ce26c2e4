//! Whether a row's largest score is that of its label.

use crate::error::OpError;
use crate::ops::Collect;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{AnyOp, Domain, Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, equal_rows_per_sample};

/// The place of a row's first largest number.
#[inline(always)]
pub(crate) fn first_largest<T: Real>(row: &[T]) -> usize {
    (1..row.len()).fold(0, |best, j| if row[j] > row[best] { j } else { best })
}

/// An error unless a tensor holds an integer a row.
pub(crate) fn one_label_a_row(labels: Tensor) -> Result<(), OpError> {
    match (labels.cols, labels.element) {
        (1, Element::U32) => Ok(()),
        (_, element) => {
            Err(OpError::new(format!("takes one label a row, an integer, and gets {labels} of {element:?}")))
        }
    }
}

/// `hits = 1` where the first largest score of a row is its label's, else 0; their mean is the accuracy.
///
/// # Shapes
/// `scores`: batch × classes; `labels`: batch × 1, integers; `hits`: batch × 1; `table`: samples × 1.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::Hits;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("hits", 2);
/// let (scores, labels) = (tape.batched("scores", 2), tape.batched_of("labels", Element::U32, 1));
/// let hits = tape.batched("hits", 1);
/// tape.push(Hits { scores, labels, hits, table: None });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(scores, Values::Real(&[0.1, 0.9, 0.8, 0.2]))?;
/// cpu.write(labels, Values::U32(&[1, 1]))?;
/// cpu.run(id, &[Batch::of(2)])?;
/// assert_eq!(cpu.read(hits)?, [1.0, 0.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Hits {
    /// Logits or probabilities.
    pub scores: Tensor,
    /// The class of each sample.
    pub labels: Tensor,
    /// 1 or 0 for each sample.
    pub hits: Tensor,
    /// Where the hits of all samples are collected, if that is no step of its own.
    pub table: Option<Tensor>,
}

impl Op for Hits {
    const NAME: &'static str = "hits";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.scores), (Use::In, self.labels), (Use::Out, self.hits)];
        operands.extend(self.table.map(|table| (Use::InOut, table)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        equal_rows_per_sample(&[self.scores, self.labels, self.hits])?;
        one_label_a_row(self.labels)?;
        if self.hits.cols != 1 {
            return Err(OpError::new(format!("writes {} hits; they have one column", self.hits)));
        }
        match self.table {
            Some(table) => Op::check(&Collect { rows: self.hits, table }),
            None => Ok(()),
        }
    }

    fn split(&self) -> Split {
        if self.table.is_some() { Split::Whole } else { Split::Rows }
    }

    fn places(&self) -> Option<usize> {
        self.table.map(|table| table.rows)
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (scores, labels, hits) = (views.input(0), views.integers(1), views.output(2));
        for (i, row) in scores.chunks_exact(self.scores.cols).enumerate() {
            hits[i] = if first_largest(row) == labels[i] as usize { T::one() } else { T::zero() };
        }
        if self.table.is_some() {
            views.output(3)[views.batch.first as usize..][..hits.len()].copy_from_slice(hits);
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let put = match self.table {
            Some(_) => shader!("hits/table.wgsl"),
            None => shader!("hits/batch.wgsl"),
        };
        let kernel = Kernel::per_element(shader!("hits/rows.wgsl"), self.hits.rows).with(put);
        kernel.size("COLS", self.scores.cols)
    }

    fn merged(&self, later: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        let Collect { rows, table } = *later.as_any().downcast_ref()?;
        let fits = self.table.is_none() && rows == self.hits;
        fits.then(|| Box::new(Self { table: Some(table), ..self.clone() }) as Box<dyn AnyOp>)
    }

    fn flops(&self) -> f64 {
        self.scores.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 1 { Domain::Below(self.scores.cols) } else { Domain::Any }
    }
}

impl OpCases for Hits {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let samples = tape.capacity() + 5;
        let mut case = |(cols, in_table): (usize, bool)| Self {
            scores: tape.batched("scores", cols),
            labels: tape.batched_of("labels", Element::U32, 1),
            hits: tape.batched("hits", 1),
            table: in_table.then(|| tape.tensor("table", Element::Real, samples, 1)),
        };
        [(1, false), (3, true), (13, false), (97, false), (97, true)].map(&mut case).to_vec()
    }
}

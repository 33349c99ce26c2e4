//! Whether a row's largest score is that of its label.

use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Tensor, equal_rows_per_sample};

/// The place of a row's first largest number.
#[inline(always)]
pub(crate) fn first_largest<T: Real>(row: &[T]) -> usize {
    (1..row.len()).fold(0, |best, j| if row[j] > row[best] { j } else { best })
}

/// `hits = 1` where the first largest score of a row is its label's, else 0; their mean is the accuracy.
///
/// # Shapes
/// `scores`: batch × classes; `labels`, `hits`: batch × 1.
#[derive(Clone, Debug)]
pub struct Hits {
    /// Logits or probabilities.
    pub scores: Tensor,
    /// The class of each sample.
    pub labels: Tensor,
    /// 1 or 0 for each sample.
    pub hits: Tensor,
}

impl Op for Hits {
    const NAME: &'static str = "hits";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.scores), (Use::In, self.labels), (Use::Out, self.hits)]
    }

    fn check(&self) -> Result<(), String> {
        equal_rows_per_sample(&[self.scores, self.labels, self.hits])?;
        if self.labels.cols == 1 && self.hits.cols == 1 {
            return Ok(());
        }
        Err(format!("compares {} labels and writes {} hits; both have one column", self.labels, self.hits))
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (scores, labels, hits) = (views.input(0), views.input(1), views.output(2));
        for (i, row) in scores.chunks_exact(self.scores.cols).enumerate() {
            let best = T::of(first_largest(row) as f64);
            hits[i] = if best == labels[i] { T::one() } else { T::zero() };
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        Kernel::per_element(shader!("hits.wgsl"), self.hits.rows).size("COLS", self.scores.cols)
    }

    fn flops(&self) -> f64 {
        self.scores.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 1 { Domain::Below(self.scores.cols) } else { Domain::Any }
    }

    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |cols| Self {
            scores: tape.batched("scores", cols),
            labels: tape.batched("labels", 1),
            hits: tape.batched("hits", 1),
        };
        [1, 3, 13, 97].map(&mut case).to_vec()
    }
}

//! Where the numbers lie that are reduced to one.

use std::num::NonZeroUsize;

use crate::error::OpError;
use crate::program::kernel::{Kernel, Source, shader};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// The numbers of `x` that each number of `y` is made of: `count` of them, `inner` apart. The next strip begins beside the one
/// before, until those between two numbers of it are used up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strips {
    pub(super) count: usize,
    pub(super) inner: usize,
    /// Strips of a sample.
    of_sample: usize,
}

/// An error unless a number of `y` belongs to each row of `x`, or to each column of a sample's rows.
pub(super) fn check(x: Tensor, y: Tensor) -> Result<(), OpError> {
    if x.is_batched() && (is_of_columns(x, y) || y.per_sample == Some(NonZeroUsize::MIN) && y.cols == x.cols)
    {
        return Ok(());
    }
    let rows = |t: Tensor| t.per_sample.map_or(0, NonZeroUsize::get);
    Err(OpError::new(format!(
        "reduces a {x} tensor of {} rows a sample to a {y} one of {}; it needs one number a row, or one row a sample of as many columns",
        rows(x),
        rows(y)
    )))
}

fn is_of_columns(x: Tensor, y: Tensor) -> bool {
    y.cols == 1 && y.per_sample == x.per_sample
}

impl Strips {
    /// Those between tensors that [`check`] has let pass.
    #[inline(always)]
    pub(super) fn of(x: Tensor, y: Tensor) -> Self {
        let of_sample = y.sample_len();
        let (count, inner) =
            if is_of_columns(x, y) { (x.cols, 1) } else { (x.sample_len() / x.cols, x.cols) };
        Self { count, inner, of_sample }
    }

    /// Where number `j` of a strip is.
    #[inline(always)]
    pub(super) fn place(self, strip: usize, j: usize) -> usize {
        strip / self.inner * self.count * self.inner + strip % self.inner + j * self.inner
    }

    /// The numbers of a strip.
    #[inline(always)]
    pub(super) fn numbers<T: Copy>(self, x: &[T], strip: usize) -> impl Iterator<Item = T> {
        x[self.place(strip, 0)..].iter().copied().step_by(self.inner).take(self.count)
    }

    /// A kernel over the strips, of which there is one for each number of `y`.
    pub(super) fn kernel(self, source: Source, y: Tensor) -> Kernel {
        self.sizes(Kernel::by_lanes(source, y.len(), self.count))
    }

    /// A kernel that knows where strips are.
    pub(super) fn sizes(self, kernel: Kernel) -> Kernel {
        let kernel = kernel.with(shader!("reduce/strips.wgsl"));
        kernel.size("COUNT", self.count).size("INNER", self.inner).size("OUTPUTS", self.of_sample)
    }
}

/// Numbers that a processor adds up side by side.
const SIDE_BY_SIDE: usize = 16;

/// Adds rows to their sums.
#[inline(always)]
pub(in crate::ops) fn add_rows<T: Real>(rows: &[T], sums: &mut [T]) {
    match sums {
        [] => {}
        [sum] => {
            let mut parts = [T::zero(); SIDE_BY_SIDE];
            add_by_fours(rows, &mut parts);
            for part in parts.iter().chain(rows.chunks_exact(SIDE_BY_SIDE).remainder()) {
                *sum += *part;
            }
        }
        _ => add_by_fours(rows, sums),
    }
}

/// Adds whole rows, four at a time, since each sum waits for the one before it.
#[inline(always)]
fn add_by_fours<T: Real>(rows: &[T], sums: &mut [T]) {
    let width = sums.len();
    let fours = rows.chunks_exact(4 * width);
    for row in fours.remainder().chunks_exact(width) {
        for (sum, number) in sums.iter_mut().zip(row) {
            *sum += *number;
        }
    }
    for four in fours {
        let [a, b, c, d] = [0, 1, 2, 3].map(|row| &four[row * width..][..width]);
        for (column, sum) in sums.iter_mut().enumerate() {
            *sum += (a[column] + b[column]) + (c[column] + d[column]);
        }
    }
}

/// Tensors to reduce, and what they are reduced to: over columns and over rows, few and many.
pub(super) fn cases(tape: &mut Recorder) -> Vec<[Tensor; 2]> {
    let mut cases = [1, 13, 257].map(|cols| [tape.batched("x", cols), tape.batched("y", 1)]).to_vec();
    cases.extend([(1, 1), (7, 13), (257, 1)].map(|(rows, cols)| {
        let (x, y) = (tape.batched("x", rows * cols), tape.batched("y", cols));
        [x.with_rows_per_sample(rows), y.with_rows_per_sample(1)]
    }));
    cases
}

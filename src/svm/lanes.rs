//! Kernel values in f64, of one row with many.
//!
//! They are made of differences, `exp(−γ Σ (x − s)²)`, which lose no digits however far the rows are spread.

use ndarray::ArrayView2;

use crate::program::real::Real as _;
use crate::program::vectorised::Loops;

/// Rows that are computed side by side.
pub(super) const LANES: usize = 16;

/// Rows in groups of [`LANES`], each group feature by feature. The last group is filled up with zeros.
#[derive(Debug, Clone)]
pub(super) struct Lanes {
    values: Vec<[f32; LANES]>,
    features: usize,
    groups: usize,
}

impl Lanes {
    /// Takes some rows.
    pub(super) fn new(rows: ArrayView2<'_, f32>, some: impl ExactSizeIterator<Item = usize>) -> Self {
        let (features, groups) = (rows.ncols(), some.len().div_ceil(LANES));
        let mut values = vec![[0.0; LANES]; groups * features];
        for (i, row) in some.enumerate() {
            let group = &mut values[i / LANES * features..][..features];
            for (to, from) in group.iter_mut().zip(rows.row(row)) {
                to[i % LANES] = *from;
            }
        }
        Self { values, features, groups }
    }

    /// The number of rows, a multiple of [`LANES`].
    pub(super) fn padded(&self) -> usize {
        self.groups * LANES
    }

    /// Writes a row, counted from 0.
    pub(super) fn copy_row(&self, i: usize, into: &mut [f64]) {
        let group = &self.values[i / LANES * self.features..][..self.features];
        for (to, from) in into.iter_mut().zip(group) {
            *to = f64::from(from[i % LANES]);
        }
    }

    /// Writes the kernel of `point` with each row, and with a row of zeros at the end where the last group has room.
    pub(super) fn kernel(&self, gamma: f64, point: &[f64], into: &mut [f64]) {
        KernelRow { lanes: self, gamma, point, into }.run();
    }

    /// The sum of the kernel values of `point` with each row, times its weight; there is a weight for each of
    /// [`padded`](Self::padded) rows.
    pub(super) fn sum(&self, gamma: f64, point: &[f64], weights: &[f64]) -> f64 {
        Sum { lanes: self, gamma, point, weights }.run()
    }
}

struct KernelRow<'a> {
    lanes: &'a Lanes,
    gamma: f64,
    point: &'a [f64],
    into: &'a mut [f64],
}

impl Loops for KernelRow<'_> {
    type Output = ();

    #[inline(always)]
    fn compute(self) {
        let (into, _) = self.into.as_chunks_mut::<LANES>();
        for (group, into) in self.lanes.values.chunks_exact(self.lanes.features).zip(into) {
            *into = kernel(group, self.gamma, self.point);
        }
    }
}

struct Sum<'a> {
    lanes: &'a Lanes,
    gamma: f64,
    point: &'a [f64],
    weights: &'a [f64],
}

impl Loops for Sum<'_> {
    type Output = f64;

    #[inline(always)]
    fn compute(self) -> f64 {
        let mut sums = [0.0; LANES];
        let (weights, _) = self.weights.as_chunks::<LANES>();
        for (group, weights) in self.lanes.values.chunks_exact(self.lanes.features).zip(weights) {
            let kernel = kernel(group, self.gamma, self.point);
            for lane in 0..LANES {
                sums[lane] += weights[lane] * kernel[lane];
            }
        }
        sums.iter().sum()
    }
}

/// The kernel values of a group.
#[inline(always)]
fn kernel(group: &[[f32; LANES]], gamma: f64, point: &[f64]) -> [f64; LANES] {
    let mut squares = [0.0; LANES];
    for (values, s) in group.iter().zip(point) {
        for (sum, x) in squares.iter_mut().zip(values) {
            let difference = f64::from(*x) - s;
            *sum += difference * difference;
        }
    }
    let mut kernel = squares;
    for value in &mut kernel {
        *value = (-gamma * *value).exp_nonpositive();
    }
    kernel
}

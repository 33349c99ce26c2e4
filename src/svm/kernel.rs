//! The radial basis function kernel in blocks: one matrix product, then one pass of exponentials.
//!
//! Every row x is first mapped to √γ (x − m), where m is the mean of the rows at hand. The kernel does not notice
//! the shift, the numbers become of order one whatever the features' scale, and
//! `exp(−γ‖x − s‖²) = exp(2 x·s − ‖x‖² − ‖s‖²)` loses no digits to large offsets in f32.

use crate::real::Real;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, Axis, Zip, s};

/// Points per block: a block of kernel values (`POINTS` × `SUPPORT` f32) stays in the second-level cache.
pub(super) const POINTS: usize = 128;
const SUPPORT: usize = 512;

/// The map x ↦ √γ (x − m) under which the kernel is `exp(−‖x − s‖²)`.
#[derive(Debug, Clone)]
pub(super) struct Embedding {
    mean: Array1<f64>,
    scale: f64,
}

impl Embedding {
    /// Takes m from `rows`, which must not be empty.
    pub(super) fn new(rows: ArrayView2<'_, f32>, gamma: f64) -> Self {
        let sum = rows.fold_axis(Axis(0), 0.0, |sum: &f64, &x| sum + f64::from(x));
        Self { mean: sum / rows.nrows() as f64, scale: gamma.sqrt() }
    }

    pub(super) fn apply(&self, rows: ArrayView2<'_, f32>) -> Embedded {
        let mut mapped = Array2::zeros(rows.dim());
        for (mut to, from) in mapped.outer_iter_mut().zip(rows.outer_iter()) {
            for ((to, &from), mean) in to.iter_mut().zip(from).zip(&self.mean) {
                *to = (self.scale * (f64::from(from) - mean)) as f32;
            }
        }
        let norms = mapped.outer_iter().map(|row| row.iter().map(|x| x * x).sum()).collect();
        Embedded { rows: mapped, norms }
    }
}

/// Rows under an [`Embedding`], with their squared norms.
#[derive(Debug, Clone)]
pub(super) struct Embedded {
    rows: Array2<f32>,
    norms: Array1<f32>,
}

impl Embedded {
    pub(super) fn select(&self, rows: &[usize]) -> Self {
        Self { rows: self.rows.select(Axis(0), rows), norms: self.norms.select(Axis(0), rows) }
    }

    pub(super) fn largest_norm(&self) -> f32 {
        self.norms.iter().copied().fold(0.0, f32::max)
    }
}

/// The functions `f_p(x) = Σ_s K(x, s) w_sp` over support rows s, one for every column p of w.
#[derive(Debug, Clone)]
pub(super) struct Expansion {
    support: Embedded,
    weights: Array2<f32>,
}

impl Expansion {
    /// `support` and `weights` have one row per support vector.
    pub(super) fn new(support: Embedded, weights: Array2<f32>) -> Self {
        Self { support, weights }
    }

    /// Evaluates every function at every point: points × functions.
    pub(super) fn evaluate(&self, points: &Embedded) -> Array2<f32> {
        let mut values = Array2::zeros((points.rows.nrows(), self.weights.ncols()));
        let mut tile = Array2::zeros((points.rows.nrows(), SUPPORT));
        for start in (0..self.weights.nrows()).step_by(SUPPORT) {
            let support = start..self.weights.nrows().min(start + SUPPORT);
            let mut kernel = tile.slice_mut(s![.., ..support.len()]);
            let rows = self.support.rows.slice(s![support.clone(), ..]);
            general_mat_mul(2.0, &points.rows, &rows.t(), 0.0, &mut kernel);
            let support_norms = self.support.norms.slice(s![support.clone()]);
            for (row, norm) in kernel.outer_iter_mut().zip(&points.norms) {
                Zip::from(row).and(support_norms).for_each(|value, support_norm| {
                    *value = (*value - norm - support_norm).exp_nonpositive();
                });
            }
            general_mat_mul(1.0, &kernel, &self.weights.slice(s![support, ..]), 1.0, &mut values);
        }
        values
    }
}

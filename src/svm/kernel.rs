//! The radial basis function kernel in blocks: one matrix product, then one pass of exponentials.
//!
//! Every row x is first mapped to √γ (x − m), where m is the mean of the rows at hand. The kernel does not notice
//! the shift, the numbers become of order one whatever the features' scale, and
//! `exp(−γ‖x − s‖²) = exp(2 x·s − ‖x‖² − ‖s‖²)` loses no digits to large offsets in f32.

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
                    *value = exp_of_nonpositive(*value - norm - support_norm);
                });
            }
            general_mat_mul(1.0, &kernel, &self.weights.slice(s![support, ..]), 1.0, &mut values);
        }
        values
    }
}

/// e^x for x ≤ 0 without a branch or a call, so that a loop over it becomes vector instructions.
///
/// With n = round(x / ln 2) and r = x − n ln 2, e^x = 2^n e^r; |r| ≤ ln 2 / 2, where the Taylor polynomial of degree
/// 6 is exact to 1.3e-7. ln 2 is subtracted in two parts so that n ln 2 is not rounded. x above 0 (a rounded
/// distance) counts as 0; x below −87, and a distance that overflowed, give e^−87 ≈ 1.6e-38, next to the smallest
/// normal f32.
pub(super) fn exp_of_nonpositive(x: f32) -> f32 {
    // Adding 1.5 · 2^23 rounds to an integer, which then stands in the low bits of the sum.
    const ROUNDER: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = if x > -87.0 { x } else { -87.0 };
    let x = if x < 0.0 { x } else { 0.0 };
    let shifted = x * std::f32::consts::LOG2_E + ROUNDER;
    let n = shifted - ROUNDER;
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    let high = 1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0)));
    let e_r = 1.0 + r * (1.0 + r * (0.5 + r * high));
    e_r * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_accurate_to_f32() {
        for i in 0..=870_000 {
            let x = -(i as f32) * 1e-4;
            let exact = f64::from(x).exp();
            let error = (f64::from(exp_of_nonpositive(x)) - exact).abs() / exact;
            assert!(error < 3e-7, "exp({x}) is off by {error:e}");
        }
    }

    #[test]
    fn the_exponential_is_bounded_outside_its_range() {
        assert_eq!(exp_of_nonpositive(1e-3), 1.0);
        for x in [-87.5, -1e30, f32::NEG_INFINITY, f32::NAN] {
            assert!((0.0..2e-38).contains(&exp_of_nonpositive(x)), "exp({x})");
        }
    }
}

//! The Karush-Kuhn-Tucker conditions of a binary problem, checked on all of its rows.
//!
//! With the margin `m = y f(x)` of a row, the optimum has m ≥ 1 where α = 0, m = 1 where 0 < α < C, and m ≤ 1 where
//! α = C (Cortes and Vapnik, "Support-Vector Networks", 1995). Margins of all rows come from the fast f32 kernel; the
//! few too close to call are computed again in f64.

use ndarray::{Array1, Axis, array};

use super::SvmError;
use super::binary::{BinaryProblem, BinarySolution};
use super::kernel::Expansion;
use crate::backend::Backend;

/// By how much a margin may miss its condition; the usual choice for support vector machines.
pub(super) const TOLERANCE: f64 = 1e-3;
/// Error of one f32 kernel value, generously, plus as much for every unit of `‖x‖²`, from which rounding comes.
const KERNEL_ERROR: f64 = 2e-6;

impl BinaryProblem<'_, '_> {
    /// The margins of all rows, to f32 accuracy.
    pub(super) fn margins(
        &self,
        solution: &BinarySolution,
        backend: &mut dyn Backend,
    ) -> Result<Vec<f64>, SvmError> {
        let embedded = &self.training.embedded;
        let support = embedded.select(&self.row_numbers(&solution.support));
        let weights = solution.support.iter().map(|&position| solution.weights[position] as f32);
        let weights = Array1::from_iter(weights).insert_axis(Axis(1));
        let expansion = Expansion::new(&support, weights.view(), array![solution.rho as f32].view());
        let values = expansion.evaluate(&embedded.select(&self.rows), backend)?;
        let margin = |(position, value): (usize, &f32)| self.margin(position, f64::from(*value));
        Ok(values.iter().enumerate().map(margin).collect())
    }

    /// The rows, ascending, that miss their condition by more than [`TOLERANCE`]: surely so if `exact`, else by the
    /// f32 margins alone.
    pub(super) fn violators(&self, solution: &BinarySolution, margins: &[f64], exact: bool) -> Vec<usize> {
        let slack = if exact { self.margin_error(solution) } else { 0.0 };
        (0..self.rows.len())
            .filter(|&i| self.violation(solution.weights[i], margins[i]) > TOLERANCE - slack)
            .filter(|&i| {
                !exact || self.violation(solution.weights[i], self.exact_margin(solution, i)) > TOLERANCE
            })
            .collect()
    }

    fn violation(&self, weight: f64, margin: f64) -> f64 {
        let alpha = weight.abs();
        if alpha == 0.0 {
            1.0 - margin
        } else if alpha < self.training.c {
            (margin - 1.0).abs()
        } else {
            margin - 1.0
        }
    }

    /// A bound on the error of the f32 margins.
    fn margin_error(&self, solution: &BinarySolution) -> f64 {
        let spread = f64::from(self.training.embedded.largest_norm());
        KERNEL_ERROR * (1.0 + spread) * solution.weights.iter().map(|weight| weight.abs()).sum::<f64>()
    }

    fn exact_margin(&self, solution: &BinarySolution, position: usize) -> f64 {
        let row = |position: usize| self.training.latents.row(self.rows[position]);
        let x = row(position);
        let kernel = |s: usize| {
            let squares = x.iter().zip(row(s)).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2));
            (-self.training.gamma * squares.sum::<f64>()).exp()
        };
        let sum: f64 = solution.support.iter().map(|&s| solution.weights[s] * kernel(s)).sum();
        self.margin(position, sum - solution.rho)
    }

    fn margin(&self, position: usize, value: f64) -> f64 {
        if self.is_positive(position) { value } else { -value }
    }
}

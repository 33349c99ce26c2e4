//! One two-class problem, solved exactly although no kernel matrix of all its rows is ever made.
//!
//! linfa's solver holds a dense kernel matrix and starts from zero. Here it sees a subset of the rows; those outside
//! that violate their optimality condition enter the next subset and those that do not matter leave it. Every round
//! raises the dual objective, and once no row is left to enter, the solution of the subset is that of all rows
//! (chaining: Osuna, Freund and Girosi, "An Improved Training Algorithm for Support Vector Machines", 1997).

use linfa::traits::Fit;
use linfa::{DatasetBase, ParamGuard};
use linfa_svm::Svm;
use ndarray::{Array1, ArrayView2, Axis};

use super::SvmError;
use super::kernel::Embedded;
use super::optimality::TOLERANCE;
use crate::backend::Backend;

/// Rows of the first subset: enough for a rough boundary, few enough to cost next to nothing.
const FIRST_SUBSET: usize = 400;
/// Rows with a larger margin leave the subset; support vectors have margins up to 1.
const KEPT_MARGIN: f64 = 1.05;
/// The first round's tolerance: while the boundary still moves, precision is wasted.
const FIRST_GAP: f64 = 0.5;
/// What the tolerance is divided by from round to round.
const SHARPENING: f64 = 10.0;
/// The last round's tolerance; linfa bounds the sum of the two worst violations.
const LAST_GAP: f64 = 0.5 * TOLERANCE;
/// Several times what heavily overlapping classes were seen to need.
const MAX_ROUNDS: usize = 60;

/// What all pairs of classes share.
pub(super) struct Training<'l> {
    pub(super) latents: ArrayView2<'l, f32>,
    /// The latents as the fast kernel wants them.
    pub(super) embedded: Embedded,
    pub(super) gamma: f64,
    pub(super) c: f64,
    pub(super) max_subset: usize,
    /// Makes the backend that computes the kernels of a pair of classes.
    pub(super) backend: &'l MakeBackend<'l>,
}

/// Opens a backend; called from several threads.
pub(super) type MakeBackend<'m> = dyn Fn() -> crate::Result<Box<dyn Backend>> + Sync + 'm;

/// The problem of telling two classes apart. Its rows are known by their position in `rows`.
pub(super) struct BinaryProblem<'a, 'l> {
    pub(super) training: &'a Training<'l>,
    pub(super) classes: [u32; 2],
    /// Row numbers of the latents: the first class (+1), then the second (−1).
    pub(super) rows: Vec<usize>,
    /// How many of `rows` are of the first class.
    pub(super) positives: usize,
}

/// The decision function `f(x) = Σ_i weights[i] · K(x, row i) − rho` of a [`BinaryProblem`].
pub(super) struct BinarySolution {
    /// Positions of the support vectors, ascending.
    pub(super) support: Vec<usize>,
    /// `α y` of every row, 0 except for support vectors.
    pub(super) weights: Vec<f64>,
    pub(super) rho: f64,
}

impl BinaryProblem<'_, '_> {
    /// Solves the problem: every row keeps its optimality condition to within [`TOLERANCE`].
    pub(super) fn solve(&self) -> Result<BinarySolution, SvmError> {
        let mut backend = (self.training.backend)()?;
        let mut subset = self.first_subset();
        let mut gap = FIRST_GAP;
        let mut violations = 0;
        for round in 1..=MAX_ROUNDS {
            let solution = self.solve_subset(&subset, gap)?;
            let last = gap <= LAST_GAP;
            let margins = self.margins(&solution, &mut *backend)?;
            let violators = self.violators(&solution, &margins, last);
            if last && violators.is_empty() {
                return Ok(solution);
            }
            violations = violators.len();
            let outside = |row: &usize| subset.binary_search(row).is_err();
            let entering: Vec<_> = violators.into_iter().filter(outside).collect();
            if last && entering.is_empty() {
                return Err(self.not_converged(round, violations));
            }
            gap = if entering.is_empty() { LAST_GAP } else { (gap / SHARPENING).max(LAST_GAP) };
            subset = self.next_subset(&subset, entering, &solution, &margins)?;
        }
        Err(self.not_converged(MAX_ROUNDS, violations))
    }

    /// The label y of a row, as a truth value.
    pub(super) fn is_positive(&self, position: usize) -> bool {
        position < self.positives
    }

    /// Rows at even steps through both classes.
    fn first_subset(&self) -> Vec<usize> {
        let size = FIRST_SUBSET.min(self.training.max_subset);
        let step = self.rows.len().div_ceil(size - 1);
        (0..self.positives).step_by(step).chain((self.positives..self.rows.len()).step_by(step)).collect()
    }

    /// Runs linfa's solver, without its shrinking: that reads gradients of bounded rows which it does not keep up to
    /// date.
    fn solve_subset(&self, subset: &[usize], gap: f64) -> Result<BinarySolution, SvmError> {
        let failed = |source: linfa_svm::SvmError| SvmError::Solver {
            classes: self.classes,
            source: Box::new(source),
        };
        let &Training { latents, gamma, c, .. } = self.training;
        let records = latents.select(Axis(0), &self.row_numbers(subset)).mapv(f64::from);
        let targets: Array1<bool> = subset.iter().map(|&position| self.is_positive(position)).collect();
        let params = Svm::<f64, bool>::params().gaussian_kernel(1.0 / gamma).pos_neg_weights(c, c).eps(gap);
        let data = DatasetBase::new(records.view(), targets.view());
        let svm = params.check().map_err(failed)?.fit(&data).map_err(failed)?;
        let mut weights = vec![0.0; self.rows.len()];
        for (&position, weight) in subset.iter().zip(svm.alpha) {
            weights[position] = weight;
        }
        let support = subset.iter().copied().filter(|&position| weights[position] != 0.0).collect();
        Ok(BinarySolution { support, weights, rho: svm.rho })
    }

    /// Keeps the rows that matter and adds the worst violators, at most doubling the subset.
    fn next_subset(
        &self,
        subset: &[usize],
        mut entering: Vec<usize>,
        solution: &BinarySolution,
        margins: &[f64],
    ) -> Result<Vec<usize>, SvmError> {
        let matters = |&i: &usize| solution.weights[i] != 0.0 || margins[i] < KEPT_MARGIN;
        let mut next: Vec<_> = subset.iter().copied().filter(matters).collect();
        let limit = self.training.max_subset;
        if next.len() >= limit && !entering.is_empty() {
            return Err(SvmError::SubsetLimit { classes: self.classes, rows: self.rows.len(), limit });
        }
        entering.sort_by(|&a, &b| margins[a].total_cmp(&margins[b]));
        entering.truncate(subset.len().min(limit - next.len()));
        next.extend(entering);
        next.sort_unstable();
        Ok(next)
    }

    /// The row numbers at some positions.
    pub(super) fn row_numbers(&self, positions: &[usize]) -> Vec<usize> {
        positions.iter().map(|&position| self.rows[position]).collect()
    }

    fn not_converged(&self, rounds: usize, violations: usize) -> SvmError {
        let &Training { gamma, c, .. } = self.training;
        SvmError::NotConverged { classes: self.classes, rounds, violations, c, gamma }
    }
}

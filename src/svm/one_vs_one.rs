//! Fits a binary machine to every pair of classes and gathers them over one set of support vectors.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::binary::{BinaryProblem, BinarySolution, MakeBackend, Training};
use super::kernel::Embedding;
use super::parts::{MAX_CLASSES, class_pairs};
use super::{RbfSvmParams, RbfSvmParts, SvmError};

/// Fits checked input.
pub(super) fn fit<'l>(
    params: &RbfSvmParams,
    gamma: f64,
    latents: ArrayView2<'l, f32>,
    labels: &[u32],
    backend: &'l MakeBackend<'l>,
    on_pair: impl Fn(usize, usize) + Sync,
) -> Result<RbfSvmParts, SvmError> {
    let classes = group_rows(labels)?;
    let embedded = Embedding::new(latents, gamma).apply(latents);
    let training = Training { latents, embedded, gamma, c: params.c, max_subset: params.max_subset, backend };
    let pairs: Vec<_> = class_pairs(&classes).collect();
    let done = Mutex::new(0);
    let solve = |(positive, negative): &(&ClassRows, &ClassRows)| {
        let solution = solve_pair(&training, positive, negative)?;
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        *done += 1;
        on_pair(*done, pairs.len());
        Ok(solution)
    };
    let solutions = pairs.par_iter().map(solve).collect::<Result<Vec<_>, SvmError>>()?;
    let support = union_of_support(&solutions);
    Ok(RbfSvmParts {
        support_vectors: latents.select(Axis(0), &support),
        coefficients: coefficient_matrix(&solutions, &support),
        rho: solutions.iter().map(|solution| solution.rho as f32).collect(),
        gamma,
        c: params.c,
        classes: classes.iter().map(|class| class.label).collect(),
    })
}

/// The row numbers of one class, ascending.
struct ClassRows {
    label: u32,
    rows: Vec<usize>,
}

/// The machine of one pair of classes.
struct PairSolution {
    /// `α y` of every support vector, by its row number.
    weights: Vec<(usize, f64)>,
    rho: f64,
}

fn solve_pair(
    training: &Training<'_>,
    positive: &ClassRows,
    negative: &ClassRows,
) -> Result<PairSolution, SvmError> {
    let problem = BinaryProblem {
        training,
        classes: [positive.label, negative.label],
        rows: [positive.rows.as_slice(), negative.rows.as_slice()].concat(),
        positives: positive.rows.len(),
    };
    let BinarySolution { support, weights, rho } = problem.solve()?;
    let weights = support.iter().map(|&position| (problem.rows[position], weights[position])).collect();
    Ok(PairSolution { weights, rho })
}

/// The rows of every class, labels ascending.
fn group_rows(labels: &[u32]) -> Result<Vec<ClassRows>, SvmError> {
    let mut groups = BTreeMap::<u32, Vec<usize>>::new();
    for (row, &label) in labels.iter().enumerate() {
        groups.entry(label).or_default().push(row);
    }
    if groups.len() > MAX_CLASSES {
        return Err(SvmError::TooManyClasses { classes: groups.len(), limit: MAX_CLASSES });
    }
    let classes: Vec<_> = groups.into_iter().map(|(label, rows)| ClassRows { label, rows }).collect();
    match classes.as_slice() {
        [only] => Err(SvmError::OneClass { class: only.label, rows: labels.len() }),
        _ => Ok(classes),
    }
}

fn union_of_support(solutions: &[PairSolution]) -> Vec<usize> {
    let weights = solutions.iter().flat_map(|solution| &solution.weights);
    weights.map(|&(row, _)| row).collect::<BTreeSet<_>>().into_iter().collect()
}

fn coefficient_matrix(solutions: &[PairSolution], support: &[usize]) -> Array2<f32> {
    let mut matrix = Array2::zeros((support.len(), solutions.len()));
    for (mut column, solution) in matrix.columns_mut().into_iter().zip(solutions) {
        for (row, weight) in &solution.weights {
            if let Ok(position) = support.binary_search(row) {
                column[position] = *weight as f32;
            }
        }
    }
    matrix
}

//! Fits a binary machine to every pair of classes and gathers them over one set of support vectors.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::binary::{BinaryProblem, BinarySolution, Points};
use super::kernel::{Embedding, MakeBackend, Scanner};
use super::params::check_positive;
use super::parts::{MAX_CLASSES, class_pairs, opponent};
use super::watch::{Audience, OnProgress, Watch};
use super::{RbfSvmParams, RbfSvmParts, SvmError, SvmWarning};

/// libsvm's limit of iterations, and how many each row has at least.
const MOST_ITERATIONS: u64 = 10_000_000;
const ITERATIONS_PER_ROW: u64 = 100;

/// Fits checked input.
pub(super) fn fit(
    params: &RbfSvmParams,
    gamma: f64,
    latents: ArrayView2<'_, f32>,
    labels: &[u32],
    backend: &MakeBackend<'_>,
    on_progress: &OnProgress<'_>,
) -> Result<(RbfSvmParts, Vec<SvmWarning>), SvmError> {
    let classes = group_rows(labels)?;
    let names: Vec<u32> = classes.iter().map(|class| class.label).collect();
    params.class_weights.check_labels(&names)?;
    let embedded = Embedding::new(latents, gamma).apply(latents);
    let numbers: Vec<usize> = (0..classes.len()).collect();
    let pairs: Vec<(usize, usize)> = class_pairs(&numbers).map(|(a, b)| (*a, *b)).collect();
    let audience = Audience::new(pairs.len(), on_progress);
    let at_once = rayon::current_num_threads().min(pairs.len());
    let solve = |&(first, second): &(usize, usize)| {
        let [positive, negative] = [first, second].map(|class| &classes[class]);
        let rows = [positive.rows.as_slice(), &negative.rows].concat();
        let penalty = |class: &ClassRows| {
            let weight = params.class_weights.of(class.label, class.rows.len(), labels.len(), classes.len());
            let penalty = params.c * weight;
            check_positive(penalty).map(|()| penalty).map_err(|value| {
                let why = format!("C × weight is {:e} × {weight:e} = {value:e}, out of range", params.c);
                SvmError::InvalidClassWeight { label: class.label, why }
            })
        };
        let problem = BinaryProblem {
            points: Points { latents: latents.view(), rows: &rows, gamma },
            classes: [positive.label, negative.label],
            positives: positive.rows.len(),
            penalties: [penalty(positive)?, penalty(negative)?],
            tolerance: params.tolerance,
            cache_bytes: params.cache_megabytes.saturating_mul(1 << 20) / at_once,
        };
        let limit = MOST_ITERATIONS.max(ITERATIONS_PER_ROW * rows.len() as u64);
        let mut watch = Watch::new(&audience, problem.classes, params.max_iterations.unwrap_or(limit));
        let solution = problem.solve(&mut Scanner::new(&embedded, backend), &mut watch)?;
        if params.require_convergence
            && let Some(warning) = solution.warning
        {
            return Err(SvmError::NotConverged { warning });
        }
        watch.done()?;
        Ok(PairSolution::new([first, second], &rows, solution))
    };
    let solutions = pairs.par_iter().map(solve).collect::<Result<Vec<_>, SvmError>>()?;
    let warnings = solutions.iter().filter_map(|solution| solution.warning.clone()).collect();
    Ok((gather(params.c, gamma, latents, &classes, &solutions), warnings))
}

/// The row numbers of one class, ascending.
struct ClassRows {
    label: u32,
    rows: Vec<usize>,
}

/// The machine of one pair of classes.
struct PairSolution {
    classes: [usize; 2],
    /// The signed coefficient of every support vector, by its row number.
    alpha: BTreeMap<usize, f64>,
    rho: f64,
    warning: Option<SvmWarning>,
}

impl PairSolution {
    fn new(classes: [usize; 2], rows: &[usize], solution: BinarySolution) -> Self {
        let BinarySolution { alpha, rho, warning } = solution;
        let alpha = rows.iter().copied().zip(alpha).filter(|(_, alpha)| *alpha != 0.0).collect();
        Self { classes, alpha, rho, warning }
    }

    /// The other class, seen from a row of `class`; `None` if that is not one of the two.
    fn opponent(&self, class: usize) -> Option<usize> {
        let [first, second] = self.classes;
        if class == first {
            Some(second)
        } else if class == second {
            Some(first)
        } else {
            None
        }
    }
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

/// Puts the support vectors of all pairs in one list, class by class.
fn gather(
    c: f64,
    gamma: f64,
    latents: ArrayView2<'_, f32>,
    classes: &[ClassRows],
    solutions: &[PairSolution],
) -> RbfSvmParts {
    let (mut support, mut support_labels, mut coefficients) = (Vec::new(), Vec::new(), Vec::new());
    for (class, ClassRows { label, rows }) in classes.iter().enumerate() {
        let against: Vec<_> =
            solutions.iter().filter_map(|solution| Some((solution.opponent(class)?, solution))).collect();
        for row in rows {
            if against.iter().all(|(_, solution)| !solution.alpha.contains_key(row)) {
                continue;
            }
            let mut of_row = vec![0.0; classes.len() - 1];
            for (other, solution) in &against {
                of_row[opponent(class, *other)] = solution.alpha.get(row).copied().unwrap_or_default();
            }
            support.push(*row);
            support_labels.push(*label);
            coefficients.push(of_row);
        }
    }
    let shape = (support.len(), classes.len() - 1);
    RbfSvmParts {
        support_vectors: latents.select(Axis(0), &support),
        support_labels,
        coefficients: Array2::from_shape_fn(shape, |(row, column)| coefficients[row][column]),
        rho: solutions.iter().map(|solution| solution.rho).collect(),
        gamma,
        c,
        classes: classes.iter().map(|class| class.label).collect(),
    }
}

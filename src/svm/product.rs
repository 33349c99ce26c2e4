//! All pairs' decisions at once, in f32 on any backend, with a bound of their error.

use ndarray::{Array1, Array2, ArrayView2};

use super::RbfSvmParts;
use super::kernel::{Embedding, ErrorBound, Expansion};
use super::parts::{class_pairs, opponent};
use crate::backend::Backend;
use crate::error::Result;

/// Most pairs whose decisions are summed as one dense layer, in which most weights are 0: those of 20 classes.
const MOST_PAIRS: usize = 190;
/// The largest error at the support vectors themselves with which this is of use: margins are of order 1.
const LARGEST_ERROR: f64 = 0.5;

/// Decisions as dense layers.
#[derive(Debug, Clone)]
pub(super) struct Product {
    embedding: Embedding,
    expansion: Expansion,
    bounds: Vec<ErrorBound>,
}

impl Product {
    /// `None` where it would be of no use: many classes, or rows too far apart for f32.
    pub(super) fn new(parts: &RbfSvmParts) -> Option<Self> {
        let classes: Vec<usize> = (0..parts.classes.len()).collect();
        let pairs: Vec<_> = class_pairs(&classes).collect();
        if pairs.len() > MOST_PAIRS {
            return None;
        }
        let embedding = Embedding::new(parts.support_vectors.view(), parts.gamma);
        let support = embedding.apply(parts.support_vectors.view());
        let mut weights = Array2::zeros((support.count(), pairs.len()));
        let mut bounds = Vec::new();
        for (pair, (first, second)) in pairs.into_iter().enumerate() {
            let (mut magnitude, mut terms) = (0.0, 0);
            for (row, label) in parts.support_labels.iter().enumerate() {
                let column = if *label == parts.classes[*first] {
                    opponent(*first, *second)
                } else if *label == parts.classes[*second] {
                    opponent(*second, *first)
                } else {
                    continue;
                };
                let alpha = parts.coefficients[[row, column]];
                weights[[row, pair]] = alpha as f32;
                magnitude += alpha.abs();
                terms += usize::from(alpha != 0.0);
            }
            bounds.push(ErrorBound::new(&support, magnitude, terms));
        }
        let norms = (0..support.count()).map(|row| support.norm(row));
        let mean_norm = norms.sum::<f64>() / support.count() as f64;
        let useful = bounds.iter().all(|bound| bound.at(mean_norm) <= LARGEST_ERROR);
        let rho: Array1<f32> = parts.rho.mapv(|rho| rho as f32);
        useful.then(|| Self {
            embedding,
            expansion: Expansion::new(&support, weights.view(), rho.view()),
            bounds,
        })
    }

    /// For every row the pairs' decisions and bounds of their errors.
    pub(super) fn decisions(
        &self,
        rows: ArrayView2<'_, f32>,
        backend: &mut dyn Backend,
    ) -> Result<Vec<Vec<(f64, f64)>>> {
        let points = self.embedding.apply(rows);
        let values = self.expansion.evaluate(&points, backend)?;
        let of_row = |row: usize| {
            let norm = points.norm(row);
            let errors = self.bounds.iter().map(|bound| bound.at(norm));
            values.row(row).iter().map(|value| f64::from(*value)).zip(errors).collect()
        };
        Ok((0..rows.nrows()).map(of_row).collect())
    }
}

//! How often each class was taken for each.

use std::collections::BTreeSet;

use ndarray::{Array2, Axis};

use super::{MetricsError, Scores};

/// Most classes that are told apart: the matrix has their number squared.
const MAX_CLASSES: usize = 1000;

/// The weights of the samples of each class (row) that were predicted to be of each class (column).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Confusion {
    /// All that occur, ascending.
    pub(super) labels: Vec<u32>,
    pub(super) matrix: Array2<f64>,
}

impl Confusion {
    /// Of pairs of labels, as many true as predicted ones.
    pub(super) fn new(
        truth: &[u32],
        predicted: &[u32],
        weight: impl Fn(usize) -> f64,
    ) -> Result<Self, MetricsError> {
        if truth.is_empty() {
            return Err(MetricsError::Empty);
        }
        let labels: BTreeSet<u32> = truth.iter().chain(predicted).copied().collect();
        let labels: Vec<u32> = labels.into_iter().collect();
        if labels.len() > MAX_CLASSES {
            return Err(MetricsError::TooManyClasses { classes: labels.len(), limit: MAX_CLASSES });
        }
        let mut matrix = Array2::zeros((labels.len(), labels.len()));
        for (sample, (row, column)) in truth.iter().zip(predicted).enumerate() {
            if let (Ok(row), Ok(column)) = (labels.binary_search(row), labels.binary_search(column)) {
                matrix[[row, column]] += weight(sample);
            }
        }
        Ok(Self { labels, matrix })
    }

    /// The share of the diagonal.
    pub(super) fn accuracy(&self) -> f64 {
        ratio(self.matrix.diag().sum(), self.matrix.sum())
    }

    /// The weight of the samples that are truly of the class at this place.
    pub(super) fn support(&self, place: usize) -> f64 {
        self.matrix.index_axis(Axis(0), place).sum()
    }

    /// The scores of the class at this place.
    pub(super) fn scores(&self, place: usize) -> Scores {
        let (hits, support) = (self.matrix[[place, place]], self.support(place));
        let predicted = self.matrix.index_axis(Axis(1), place).sum();
        Scores {
            precision: ratio(hits, predicted),
            recall: ratio(hits, support),
            f1: ratio(2.0 * hits, support + predicted),
        }
    }

    /// The scores of a class, which are 0 where it does not occur.
    pub(super) fn scores_of(&self, class: u32) -> Scores {
        self.labels.binary_search(&class).map_or_else(|_| Scores::default(), |place| self.scores(place))
    }

    /// The mean of the classes' scores, each with the weight of its place.
    pub(super) fn average(&self, weight: impl Fn(usize) -> f64) -> Scores {
        let (mut sum, mut total) = (Scores::default(), 0.0);
        for place in 0..self.labels.len() {
            let (scores, weight) = (self.scores(place), weight(place));
            sum.precision += weight * scores.precision;
            sum.recall += weight * scores.recall;
            sum.f1 += weight * scores.f1;
            total += weight;
        }
        Scores { precision: sum.precision / total, recall: sum.recall / total, f1: sum.f1 / total }
    }
}

/// `part / whole`, and 0 for 0/0.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

//! Applying a fitted machine to many rows at once.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::params::check_finite;
use super::parts::class_pairs;
use super::{RbfSvm, SvmError};
use crate::backend::{Backend, Cpu};

/// Fewer rows take less time in f64 than a program takes to compile.
const FEW: usize = 256;

/// What a machine says of a row.
///
/// ```
/// use wgrad::ndarray::array;
/// use wgrad::svm::RbfSvm;
///
/// let latents = array![[0.0, 0.1], [0.2, 0.0], [3.0, 3.1], [3.2, 2.9]];
/// let svm = RbfSvm::params().fit(latents.view(), &[7, 7, 9, 9])?;
/// let said = svm.classify(array![[0.1, 0.1], [1.6, 1.6]].view())?;
/// assert_eq!(said[0].label, 7);
/// assert!(said[0].margin > said[1].margin); // the second row is between both classes
/// # Ok::<(), wgrad::svm::SvmError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Classified {
    /// The label.
    pub label: u32,
    /// The least decision value for this label against any other one: 1 and more is beyond every margin, and below 0 the
    /// label lost to another that has no more votes in all.
    pub margin: f64,
}

impl RbfSvm {
    /// The labels of rows: every pair of classes votes for one of its two, and the class with the most votes wins, among
    /// equals the lowest label.
    ///
    /// Decisions are computed in f32 where a bound of its error leaves no doubt about the winner, else in f64, so that
    /// the labels are those of [`decision_values`](Self::decision_values). The bound grows with `(‖x‖ + ‖s‖)²` around
    /// the mean of the support vectors s, times γ and `Σ |α|`.
    ///
    /// # Shapes
    /// `latents` is rows × features of the fit; one label per row comes back.
    ///
    /// # Errors
    /// [`SvmError::Width`] if the features differ in number from the fitted ones, [`SvmError::NotFinite`] if one of
    /// them is NaN or infinite.
    pub fn predict(&self, latents: ArrayView2<'_, f32>) -> Result<Vec<u32>, SvmError> {
        self.predict_on(&mut Cpu::<f32>::new()?, latents)
    }

    /// The same with the decisions in f32 from a backend of one's own.
    ///
    /// # Errors
    /// As [`RbfSvm::predict`], and a device that cannot run it.
    pub fn predict_on(
        &self,
        backend: &mut dyn Backend,
        latents: ArrayView2<'_, f32>,
    ) -> Result<Vec<u32>, SvmError> {
        self.check_rows(latents)?;
        let classes = &self.parts.classes;
        let winners = match &self.product {
            Some(product) if latents.nrows() >= FEW => {
                let decisions = product.decisions(latents, backend)?;
                decisions.iter().map(|decisions| sure_winner(classes.len(), decisions)).collect()
            }
            _ => vec![None; latents.nrows()],
        };
        let decide = |(row, winner): (usize, Option<usize>)| match winner {
            Some(class) => classes[class],
            None => classes[vote(classes.len(), &self.decisions.of(latents.row(row), &mut Vec::new()))],
        };
        Ok(winners.into_par_iter().enumerate().map(decide).collect())
    }

    /// The labels of rows with their margins.
    ///
    /// ```
    /// # use wgrad::ndarray::array;
    /// # use wgrad::svm::RbfSvm;
    /// let svm = RbfSvm::params().fit(array![[0.0], [1.0]].view(), &[3, 8])?;
    /// let [near, between] = svm.classify(array![[1.2], [0.51]].view())?[..] else { panic!("two rows") };
    /// assert_eq!([near.label, between.label], [8, 8]);
    /// assert!(near.margin > 0.4 && between.margin < 0.1);
    /// # Ok::<(), wgrad::svm::SvmError>(())
    /// ```
    ///
    /// # Errors
    /// As [`RbfSvm::predict`].
    pub fn classify(&self, latents: ArrayView2<'_, f32>) -> Result<Vec<Classified>, SvmError> {
        let decisions = self.decision_values(latents)?;
        let classes = &self.parts.classes;
        let classify = |decisions: Vec<f64>| {
            let winner = vote(classes.len(), &decisions);
            Classified { label: classes[winner], margin: margin(classes.len(), winner, &decisions) }
        };
        Ok(decisions.outer_iter().map(|decisions| classify(decisions.to_vec())).collect())
    }

    /// The decision value of every pair of classes in f64, in the order of [`super::RbfSvmParts`]; above 0 it speaks for
    /// the first class of the pair.
    ///
    /// # Shapes
    /// `latents` is rows × features of the fit, the result rows × pairs.
    ///
    /// # Errors
    /// As [`RbfSvm::predict`].
    pub fn decision_values(&self, latents: ArrayView2<'_, f32>) -> Result<Array2<f64>, SvmError> {
        self.check_rows(latents)?;
        Ok(self.decisions.all(latents))
    }

    fn check_rows(&self, latents: ArrayView2<'_, f32>) -> Result<(), SvmError> {
        let (expected, found) = (self.features(), latents.ncols());
        if found != expected {
            return Err(SvmError::Width { expected, found });
        }
        check_finite(latents)
    }
}

/// Every pair of classes with its decision; above 0 speaks for the first.
fn duels<T: Copy>(classes: usize, decisions: &[T]) -> Vec<([usize; 2], T)> {
    let numbers: Vec<usize> = (0..classes).collect();
    class_pairs(&numbers).zip(decisions).map(|((a, b), decision)| ([*a, *b], *decision)).collect()
}

/// The class that wins all its pairs whatever the errors are.
fn sure_winner(classes: usize, decisions: &[(f64, f64)]) -> Option<usize> {
    let mut wins = vec![0; classes];
    for ([first, second], (decision, error)) in duels(classes, decisions) {
        if decision > error {
            wins[first] += 1;
        } else if decision < -error {
            wins[second] += 1;
        }
    }
    wins.iter().position(|wins| *wins == classes - 1)
}

/// The class that wins most of its pairs. A decision above 0 is a vote for the first class of the pair, any other for
/// the second; the first class with the most votes wins, as in libsvm.
fn vote(classes: usize, decisions: &[f64]) -> usize {
    let mut votes = vec![0_usize; classes];
    for ([first, second], decision) in duels(classes, decisions) {
        votes[if decision > 0.0 { first } else { second }] += 1;
    }
    let best = votes.iter().copied().max().unwrap_or_default();
    votes.iter().position(|votes| *votes == best).unwrap_or_default()
}

/// The least decision for the winner.
fn margin(classes: usize, winner: usize, decisions: &[f64]) -> f64 {
    let mut least = f64::INFINITY;
    for ([first, second], decision) in duels(classes, decisions) {
        if first == winner {
            least = least.min(decision);
        } else if second == winner {
            least = least.min(-decision);
        }
    }
    least
}

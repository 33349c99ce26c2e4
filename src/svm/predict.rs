//! Applying a fitted machine to many rows at once.

use ndarray::{Array2, ArrayView1, ArrayView2};

use super::params::check_finite;
use super::parts::class_pairs;
use super::{RbfSvm, SvmError};
use crate::backend::{Backend, Cpu};

impl RbfSvm {
    /// Classifies rows: every pair of classes votes for one of its two, and the class with the most votes wins, among
    /// equals the lowest label.
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

    /// The same on a backend of one's own.
    ///
    /// # Errors
    /// As [`RbfSvm::predict`], and a device that cannot run it.
    pub fn predict_on(
        &self,
        backend: &mut dyn Backend,
        latents: ArrayView2<'_, f32>,
    ) -> Result<Vec<u32>, SvmError> {
        let decisions = self.decision_values_on(backend, latents)?;
        Ok(decisions.outer_iter().map(|decisions| vote(&self.parts.classes, decisions)).collect())
    }

    /// The decision value of every pair of classes, in the order of [`super::RbfSvmParts`]; above 0 it speaks for the
    /// first class of the pair.
    ///
    /// # Shapes
    /// `latents` is rows × features of the fit, the result rows × pairs.
    ///
    /// # Errors
    /// As [`RbfSvm::predict`].
    pub fn decision_values(&self, latents: ArrayView2<'_, f32>) -> Result<Array2<f32>, SvmError> {
        self.decision_values_on(&mut Cpu::<f32>::new()?, latents)
    }

    /// The same on a backend of one's own.
    ///
    /// # Errors
    /// As [`RbfSvm::predict_on`].
    pub fn decision_values_on(
        &self,
        backend: &mut dyn Backend,
        latents: ArrayView2<'_, f32>,
    ) -> Result<Array2<f32>, SvmError> {
        let (expected, found) = (self.features(), latents.ncols());
        if found != expected {
            return Err(SvmError::Width { expected, found });
        }
        check_finite(latents)?;
        if latents.is_empty() {
            return Ok(Array2::zeros((0, self.parts.rho.len())));
        }
        Ok(self.expansion.evaluate(&self.embedding.apply(latents), backend)?)
    }
}

/// The class that wins most of its pairs. A decision above 0 is a vote for the first class of the pair, any other for
/// the second; the first class with the most votes wins, as in libsvm.
fn vote(classes: &[u32], decisions: ArrayView1<'_, f32>) -> u32 {
    let positions: Vec<usize> = (0..classes.len()).collect();
    let mut votes = vec![0_usize; classes.len()];
    for ((&first, &second), &decision) in class_pairs(&positions).zip(decisions) {
        votes[if decision > 0.0 { first } else { second }] += 1;
    }
    let best = votes.iter().copied().max().unwrap_or_default();
    votes.iter().zip(classes).find(|(count, _)| **count == best).map_or(0, |(_, &class)| class)
}

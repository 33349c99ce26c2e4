//! Applying a fitted machine to many rows at once.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use super::kernel::POINTS;
use super::params::check_finite;
use super::parts::class_pairs;
use super::{RbfSvm, SvmError};

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
        self.map_decisions(latents, |decisions| vote(&self.parts.classes, decisions))
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
        let rows = self.map_decisions(latents, |decisions| decisions.to_vec())?;
        Ok(Array2::from_shape_fn((rows.len(), self.parts.rho.len()), |(row, pair)| rows[row][pair]))
    }

    /// Maps the decision values of every row. Blocks have a fixed size, so that threads do not change the result.
    fn map_decisions<T: Send>(
        &self,
        latents: ArrayView2<'_, f32>,
        map: impl Fn(ArrayView1<'_, f32>) -> T + Sync,
    ) -> Result<Vec<T>, SvmError> {
        let (expected, found) = (self.features(), latents.ncols());
        if found != expected {
            return Err(SvmError::Width { expected, found });
        }
        check_finite(latents)?;
        let blocks: Vec<_> = latents.axis_chunks_iter(Axis(0), POINTS).collect();
        let map_block = |block: &ArrayView2<'_, f32>| {
            let sums = self.expansion.evaluate(&self.embedding.apply(block.view()));
            let decisions = sums - &self.parts.rho;
            decisions.outer_iter().map(&map).collect::<Vec<_>>()
        };
        Ok(blocks.par_iter().flat_map_iter(map_block).collect())
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

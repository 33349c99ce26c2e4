//! A first guess: linfa's solver on a sample of the rows.

use linfa::traits::Fit;
use linfa::{DatasetBase, ParamGuard};
use linfa_svm::Svm;
use ndarray::{Array1, Axis};

use super::binary::BinaryProblem;

/// Rows of the sample: enough for a rough boundary, few enough to cost next to nothing.
pub(super) const SAMPLE: usize = 400;
/// The tolerance on the sample, whose boundary is not that of all rows anyway.
const TOLERANCE: f64 = 0.5;
/// The largest penalty on the sample. linfa cannot be stopped, and a large one may take it long.
const LARGEST_C: f64 = 100.0;

impl BinaryProblem<'_> {
    /// Positions of rows at even steps through both classes, ascending, and the signed coefficients that linfa gives
    /// them, unless it refuses the numbers. It solves without its shrinking: that reads gradients of bounded rows which it does not keep up to date.
    pub(super) fn guess(&self) -> Option<Vec<(usize, f64)>> {
        let sample = self.sample();
        let rows: Vec<usize> = sample.iter().map(|position| self.points.rows[*position]).collect();
        let records = self.points.latents.select(Axis(0), &rows).mapv(f64::from);
        let targets: Array1<bool> = sample.iter().map(|position| self.is_positive(*position)).collect();
        let [positive, negative] = self.penalties.map(|penalty| penalty.min(LARGEST_C));
        let params = Svm::<f64, bool>::params()
            .gaussian_kernel(1.0 / self.points.gamma)
            .pos_neg_weights(positive, negative)
            .eps(TOLERANCE);
        let data = DatasetBase::new(records.view(), targets.view());
        let svm = params.check().ok()?.fit(&data).ok()?;
        Some(sample.into_iter().zip(svm.alpha).collect())
    }

    fn sample(&self) -> Vec<usize> {
        let rows = self.points.rows.len();
        let step = rows.div_ceil(SAMPLE - 1);
        (0..self.positives).step_by(step).chain((self.positives..rows).step_by(step)).collect()
    }
}

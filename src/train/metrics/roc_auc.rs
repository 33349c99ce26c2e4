//! The area under the ROC curve.

use super::{Metric, MetricsError, Predictions};

/// The area under the ROC curve of two classes: how probable it is that a sample of class 1 gets a higher output than one of class 0,
/// where equal outputs count half (scikit-learn's `roc_auc_score`; Hanley and McNeil, 1982). Of two outputs it goes by the second
/// less the first.
///
/// ```
/// use wgrad::metrics::{Metric, Predictions, RocAuc};
/// use wgrad::ndarray::array;
///
/// let scores = array![[0.1], [0.4], [0.35], [0.8]];
/// assert_eq!(RocAuc.compute(&Predictions::new(scores.view(), &[0, 0, 1, 1][..])?)?, 0.75);
/// # Ok::<(), wgrad::metrics::MetricsError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "`Fit::metric` takes it"]
pub struct RocAuc;

impl Metric for RocAuc {
    fn name(&self) -> &str {
        "roc_auc"
    }

    fn compute(&self, predictions: &Predictions<'_>) -> Result<f64, MetricsError> {
        let outputs = predictions.outputs();
        let classes = outputs.ncols();
        if classes > 2 {
            return Err(MetricsError::NotBinary { classes });
        }
        let truth = predictions.true_classes()?;
        let mut samples = Vec::with_capacity(truth.len());
        for (sample, row) in outputs.rows().into_iter().enumerate() {
            let score = f64::from(row[classes - 1]) - if classes == 2 { f64::from(row[0]) } else { 0.0 };
            samples.push((score, truth[sample], predictions.weight(sample)));
        }
        samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        let [zeros, ones] = [0, 1].map(|class| weight_of(&samples, class));
        for (class, weight) in [(0, zeros), (1, ones)] {
            if weight == 0.0 {
                return Err(MetricsError::OneClass { class });
            }
        }
        Ok(area(&samples) / (zeros * ones))
    }
}

/// The weight of the samples of a class.
fn weight_of(samples: &[(f64, u32, f64)], class: u32) -> f64 {
    samples.iter().filter(|(_, of, _)| *of == class).map(|(.., weight)| weight).sum()
}

/// The weight of the pairs of a sample of class 1 and one of class 0 below it, of samples in ascending order; pairs of equal ones count
/// half.
fn area(samples: &[(f64, u32, f64)]) -> f64 {
    let (mut area, mut below) = (0.0, 0.0);
    // `==`, since 0 and -0 are equal scores.
    for equal in samples.chunk_by(|a, b| a.0 == b.0) {
        let (zeros, ones) = (weight_of(equal, 0), weight_of(equal, 1));
        area += ones * (below + 0.5 * zeros);
        below += zeros;
    }
    area
}

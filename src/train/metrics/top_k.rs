//! The share of samples whose class is among those with the largest outputs.

use super::{Metric, MetricsError, Predictions};

/// The share of samples whose class is among the `k` with the largest outputs. Of equal outputs, that of the higher class ranks
/// first (scikit-learn's `top_k_accuracy_score`).
///
/// ```
/// use wgrad::metrics::{Metric, Predictions, TopKAccuracy};
/// use wgrad::ndarray::array;
///
/// let outputs = array![[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]];
/// let top = TopKAccuracy::new(2).compute(&Predictions::new(outputs.view(), &[1, 0][..])?)?;
/// assert_eq!(top, 0.5);
/// # Ok::<(), wgrad::metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "`Fit::metric` takes it"]
pub struct TopKAccuracy {
    k: usize,
    name: String,
}

impl TopKAccuracy {
    /// Among so many: at least 1, and at most the number of classes.
    pub fn new(k: usize) -> Self {
        Self { k, name: format!("top_{k}_accuracy") }
    }
}

impl Metric for TopKAccuracy {
    fn name(&self) -> &str {
        &self.name
    }

    fn compute(&self, predictions: &Predictions<'_>) -> Result<f64, MetricsError> {
        let (outputs, k) = (predictions.outputs(), self.k);
        let classes = outputs.ncols();
        if k == 0 || k > classes || classes == 1 {
            return Err(MetricsError::TopK { k, classes });
        }
        let truth = predictions.true_classes()?;
        Ok(predictions.mean(|sample| {
            let (row, class) = (outputs.row(sample), truth[sample] as usize);
            let is_before =
                |other: &usize| row[*other] > row[class] || (row[*other] == row[class] && *other > class);
            f64::from((0..classes).filter(is_before).count() < k)
        }))
    }
}

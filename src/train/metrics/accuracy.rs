//! The share of samples that are classified rightly.

use super::{Metric, MetricsError, Predictions, with_threshold};

/// The share of samples whose predicted class is the true one: of several outputs the first largest, of one by a threshold
/// (scikit-learn's `accuracy_score`).
///
/// ```
/// use wgrad::metrics::{Accuracy, Metric, Predictions};
/// use wgrad::ndarray::array;
///
/// let (probabilities, truth) = (array![[0.4], [0.2], [0.9]], array![[1.0], [0.0], [1.0]]);
/// let predictions = Predictions::new(probabilities.view(), truth.view())?;
/// assert_eq!(Accuracy::new().threshold(0.3).compute(&predictions)?, 1.0);
/// # Ok::<(), wgrad::metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "`Fit::metric` takes it"]
pub struct Accuracy {
    name: String,
    threshold: Option<f32>,
}

impl Default for Accuracy {
    fn default() -> Self {
        Self::new()
    }
}

impl Accuracy {
    /// With the threshold of the predictions, where there is one output: in a model 0.5 for probabilities and 0 for logits.
    pub fn new() -> Self {
        Self { name: "accuracy".into(), threshold: None }
    }

    /// Takes a single output for class 1 where it is above this.
    pub fn threshold(self, threshold: f32) -> Self {
        Self { name: with_threshold("accuracy", Some(threshold)), threshold: Some(threshold) }
    }
}

impl Metric for Accuracy {
    fn name(&self) -> &str {
        &self.name
    }

    fn compute(&self, predictions: &Predictions<'_>) -> Result<f64, MetricsError> {
        let (truth, predicted) = predictions.at(self.threshold)?.classes()?;
        Ok(predictions.mean(|sample| f64::from(truth[sample] == predicted[sample])))
    }
}

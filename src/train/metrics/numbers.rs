//! Metrics of numbers.

use super::{Metric, MetricsError, Predictions};

/// The coefficient of determination, `1 - Σ(t - p)² / Σ(t - t̄)²`, the mean over outputs (scikit-learn's `r2_score`). An output whose
/// targets are all equal counts 1 where it gives just them, else 0.
///
/// ```
/// use wgrad::metrics::{Metric, Predictions, R2};
/// use wgrad::ndarray::array;
///
/// let (outputs, targets) = (array![[2.5], [0.0], [2.0], [8.0]], array![[3.0], [-0.5], [2.0], [7.0]]);
/// let r2 = R2.compute(&Predictions::new(outputs.view(), targets.view())?)?;
/// assert!((r2 - 0.9486).abs() < 1e-4);
/// # Ok::<(), wgrad::metrics::MetricsError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "`Fit::metric` takes it"]
pub struct R2;

/// `|t - p|`, the mean over outputs and samples (scikit-learn's `mean_absolute_error`).
///
/// ```
/// use wgrad::metrics::{MeanAbsoluteError, Metric, Predictions};
/// use wgrad::ndarray::array;
///
/// let (outputs, targets) = (array![[1.0], [4.0]], array![[2.0], [1.0]]);
/// assert_eq!(MeanAbsoluteError.compute(&Predictions::new(outputs.view(), targets.view())?)?, 2.0);
/// # Ok::<(), wgrad::metrics::MetricsError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "`Fit::metric` takes it"]
pub struct MeanAbsoluteError;

/// `(t - p)²`, the mean over outputs and samples (scikit-learn's `mean_squared_error`).
///
/// ```
/// use wgrad::metrics::{MeanSquaredError, Metric, Predictions};
/// use wgrad::ndarray::array;
///
/// let (outputs, targets) = (array![[1.0], [4.0]], array![[2.0], [1.0]]);
/// assert_eq!(MeanSquaredError.compute(&Predictions::new(outputs.view(), targets.view())?)?, 5.0);
/// # Ok::<(), wgrad::metrics::MetricsError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "`Fit::metric` takes it"]
pub struct MeanSquaredError;

/// The root of the mean squared error of each output, the mean over outputs (scikit-learn's `root_mean_squared_error`).
///
/// ```
/// use wgrad::metrics::{Metric, Predictions, RootMeanSquaredError};
/// use wgrad::ndarray::array;
///
/// let (outputs, targets) = (array![[1.0], [2.0]], array![[4.0], [-1.0]]);
/// assert_eq!(RootMeanSquaredError.compute(&Predictions::new(outputs.view(), targets.view())?)?, 3.0);
/// # Ok::<(), wgrad::metrics::MetricsError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "`Fit::metric` takes it"]
pub struct RootMeanSquaredError;

/// A number of each sample.
type OfSample<'f> = &'f dyn Fn(usize) -> f64;

/// The mean over outputs of what one comes to, by its true numbers and how far it is from them.
fn mean_of_outputs(
    predictions: &Predictions<'_>,
    of: impl Fn(OfSample<'_>, OfSample<'_>) -> f64,
) -> Result<f64, MetricsError> {
    let (numbers, outputs) = (predictions.numbers()?, predictions.outputs());
    let mut sum = 0.0;
    for (numbers, outputs) in numbers.columns().into_iter().zip(outputs.columns()) {
        let truth = |sample: usize| f64::from(numbers[sample]);
        sum += of(&truth, &|sample| truth(sample) - f64::from(outputs[sample]));
    }
    Ok(sum / outputs.ncols() as f64)
}

impl Metric for R2 {
    fn name(&self) -> &str {
        "r2"
    }

    fn compute(&self, predictions: &Predictions<'_>) -> Result<f64, MetricsError> {
        if predictions.len() < 2 {
            return Err(MetricsError::TooFew { samples: predictions.len(), needed: 2 });
        }
        mean_of_outputs(predictions, |truth, apart| {
            let mean = predictions.mean(truth);
            let residual = predictions.mean(|sample| apart(sample).powi(2));
            // A mean is rounded, so equal numbers need not be equal to theirs.
            let varies = (1..predictions.len()).any(|sample| truth(sample) != truth(0));
            let total = if varies { predictions.mean(|sample| (truth(sample) - mean).powi(2)) } else { 0.0 };
            match (residual == 0.0, total == 0.0) {
                (true, true) => 1.0,
                (false, true) => 0.0,
                _ => 1.0 - residual / total,
            }
        })
    }
}

impl Metric for MeanAbsoluteError {
    fn name(&self) -> &str {
        "mean_absolute_error"
    }

    fn higher_is_better(&self) -> bool {
        false
    }

    fn compute(&self, predictions: &Predictions<'_>) -> Result<f64, MetricsError> {
        mean_of_outputs(predictions, |_, apart| predictions.mean(|sample| apart(sample).abs()))
    }
}

impl Metric for MeanSquaredError {
    fn name(&self) -> &str {
        "mean_squared_error"
    }

    fn higher_is_better(&self) -> bool {
        false
    }

    fn compute(&self, predictions: &Predictions<'_>) -> Result<f64, MetricsError> {
        mean_of_outputs(predictions, |_, apart| predictions.mean(|sample| apart(sample).powi(2)))
    }
}

impl Metric for RootMeanSquaredError {
    fn name(&self) -> &str {
        "root_mean_squared_error"
    }

    fn higher_is_better(&self) -> bool {
        false
    }

    fn compute(&self, predictions: &Predictions<'_>) -> Result<f64, MetricsError> {
        mean_of_outputs(predictions, |_, apart| predictions.mean(|sample| apart(sample).powi(2)).sqrt())
    }
}

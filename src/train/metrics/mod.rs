//! How good predictions are: metrics of outputs, and a report on classes.

mod accuracy;
mod classes;
mod confusion;
mod numbers;
mod of_output;
mod predictions;
mod report;
mod roc_auc;
mod top_k;

use std::fmt::Debug;
use std::sync::Arc;

pub use crate::error::metrics::MetricsError;
pub use accuracy::Accuracy;
pub use classes::{Average, F1, Precision, Recall};
pub use numbers::{MeanAbsoluteError, MeanSquaredError, R2, RootMeanSquaredError};
pub use of_output::OfOutput;
pub use predictions::{Predictions, Truth};
pub(crate) use predictions::{no_nan, predicted_classes};
pub use report::{ClassReport, ClassScores, Scores};
pub use roc_auc::RocAuc;
pub use top_k::TopKAccuracy;

/// A number that says how good predictions are on a whole dataset; formulas and conventions of the crate's are scikit-learn's.
///
/// Unlike a loss it is computed on the host, has no gradient, and need not be a mean over samples.
/// [`Fit::metric`](crate::Fit::metric) computes it each epoch, [`EarlyStopping::on`](crate::callback::EarlyStopping::on) stops by it,
/// and [`Model::score`](crate::Model::score) gives it once.
///
/// ```
/// use wgrad::metrics::{Metric, MetricsError, Predictions};
/// use wgrad::ndarray::array;
///
/// /// The largest difference between an output and its target.
/// #[derive(Debug)]
/// struct MaxError;
///
/// impl Metric for MaxError {
///     fn name(&self) -> &str {
///         "max_error"
///     }
///
///     fn higher_is_better(&self) -> bool {
///         false
///     }
///
///     fn compute(&self, predictions: &Predictions<'_>) -> Result<f64, MetricsError> {
///         let apart = &predictions.numbers()? - &predictions.outputs();
///         Ok(apart.iter().fold(0.0, |most, apart| f64::from(apart.abs()).max(most)))
///     }
/// }
///
/// let (outputs, targets) = (array![[1.0], [2.5]], array![[1.25], [2.0]]);
/// assert_eq!(MaxError.compute(&Predictions::new(outputs.view(), targets.view())?)?, 0.5);
/// # Ok::<(), MetricsError>(())
/// ```
pub trait Metric: Debug + Send + Sync {
    /// What it is called in a history: `roc_auc`. Two metrics of a training have different names.
    fn name(&self) -> &str;

    /// Whether more of it is better.
    fn higher_is_better(&self) -> bool {
        true
    }

    /// The output that it judges, by its name; `None` of a model with one loss, whose output it is.
    fn output(&self) -> Option<&str> {
        None
    }

    /// Its value over all samples.
    ///
    /// # Errors
    /// Outputs or targets that it cannot judge.
    fn compute(&self, predictions: &Predictions<'_>) -> Result<f64, MetricsError>;

    /// The same of the output with this name, in a model of several: `size_mean_absolute_error`.
    fn of(self, output: impl Into<String>) -> OfOutput<Self>
    where
        Self: Sized,
    {
        OfOutput::new(self, output.into())
    }
}

impl Metric for Arc<dyn Metric> {
    fn name(&self) -> &str {
        (**self).name()
    }
    fn higher_is_better(&self) -> bool {
        (**self).higher_is_better()
    }
    fn output(&self) -> Option<&str> {
        (**self).output()
    }
    fn compute(&self, predictions: &Predictions<'_>) -> Result<f64, MetricsError> {
        (**self).compute(predictions)
    }
}

/// A name with the threshold that is not the usual one.
fn with_threshold(name: &str, threshold: Option<f32>) -> String {
    threshold.map_or_else(|| name.to_string(), |threshold| format!("{name}_at_{threshold}"))
}

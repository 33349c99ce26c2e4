//! A metric of one output of several.

use super::{Metric, MetricsError, Predictions};

/// A metric of the output with a name; [`Metric::of`] makes it.
///
/// ```
/// use wgrad::metrics::{Accuracy, Metric};
///
/// let metric = Accuracy::new().of("class");
/// assert_eq!((metric.name(), metric.output()), ("class_accuracy", Some("class")));
/// ```
#[derive(Clone, Debug)]
pub struct OfOutput<M> {
    metric: M,
    output: String,
    name: String,
}

impl<M: Metric> OfOutput<M> {
    pub(super) fn new(metric: M, output: String) -> Self {
        let name = format!("{output}_{}", metric.name());
        Self { metric, output, name }
    }
}

impl<M: Metric> Metric for OfOutput<M> {
    fn name(&self) -> &str {
        &self.name
    }

    fn higher_is_better(&self) -> bool {
        self.metric.higher_is_better()
    }

    fn output(&self) -> Option<&str> {
        Some(&self.output)
    }

    fn compute(&self, predictions: &Predictions<'_>) -> Result<f64, MetricsError> {
        self.metric.compute(predictions)
    }
}

//! Precision, recall and F1.

use super::confusion::Confusion;
use super::{Metric, MetricsError, Predictions, Scores, with_threshold};

/// How the scores of the classes become one.
///
/// ```
/// use wgrad::metrics::{Average, F1, Metric};
///
/// assert_eq!(F1::new().average(Average::Macro).name(), "macro_f1");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Average {
    /// That of class 1, where there are two.
    #[default]
    Binary,
    /// The plain mean: every class counts the same.
    Macro,
    /// The mean weighted by how often the classes are true: every sample counts the same.
    Weighted,
}

/// Of the samples predicted to be of a class, the share that is (scikit-learn's `precision_score`); 0 where none is predicted so.
///
/// ```
/// use wgrad::metrics::{Metric, Precision, Predictions};
/// use wgrad::ndarray::array;
///
/// let probabilities = array![[0.9], [0.8], [0.1]];
/// let predictions = Predictions::new(probabilities.view(), &[1, 0, 1][..])?.with_threshold(0.5)?;
/// assert_eq!(Precision::new().compute(&predictions)?, 0.5);
/// # Ok::<(), wgrad::metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "`Fit::metric` takes it"]
pub struct Precision(OfClasses);

/// Of the samples of a class, the share predicted so (scikit-learn's `recall_score`); 0 where there are none.
///
/// ```
/// use wgrad::metrics::{Average, Metric, Predictions, Recall};
/// use wgrad::ndarray::array;
///
/// let outputs = array![[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]];
/// let predictions = Predictions::new(outputs.view(), &[0, 1, 1][..])?;
/// assert_eq!(Recall::new().average(Average::Macro).compute(&predictions)?, 0.75);
/// # Ok::<(), wgrad::metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "`Fit::metric` takes it"]
pub struct Recall(OfClasses);

/// The harmonic mean of precision and recall of a class, `2 TP / (2 TP + FP + FN)` (scikit-learn's `f1_score`); 0 where it is 0/0.
///
/// ```
/// use wgrad::metrics::{F1, Metric, Predictions};
/// use wgrad::ndarray::array;
///
/// let probabilities = array![[0.9], [0.8], [0.1]];
/// let predictions = Predictions::new(probabilities.view(), &[1, 0, 1][..])?.with_threshold(0.5)?;
/// assert_eq!(F1::new().compute(&predictions)?, 0.5);
/// # Ok::<(), wgrad::metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "`Fit::metric` takes it"]
pub struct F1(OfClasses);

/// What the three have in common.
#[derive(Clone, Debug)]
struct OfClasses {
    kind: &'static str,
    name: String,
    average: Average,
    threshold: Option<f32>,
}

impl OfClasses {
    fn new(kind: &'static str) -> Self {
        Self { kind, name: kind.into(), average: Average::Binary, threshold: None }
    }

    fn average(self, average: Average) -> Self {
        Self { average, ..self }.named()
    }

    fn threshold(self, threshold: f32) -> Self {
        Self { threshold: Some(threshold), ..self }.named()
    }

    fn named(self) -> Self {
        let average = match self.average {
            Average::Binary => "",
            Average::Macro => "macro_",
            Average::Weighted => "weighted_",
        };
        Self { name: format!("{average}{}", with_threshold(self.kind, self.threshold)), ..self }
    }

    fn scores(&self, predictions: &Predictions<'_>) -> Result<Scores, MetricsError> {
        let classes = predictions.outputs().ncols();
        if self.average == Average::Binary && classes > 2 {
            return Err(MetricsError::NotBinary { classes });
        }
        let (truth, predicted) = predictions.at(self.threshold)?.classes()?;
        let confusion = Confusion::new(&truth, &predicted, |sample| predictions.weight(sample))?;
        Ok(match self.average {
            Average::Binary => confusion.scores_of(1),
            Average::Macro => confusion.average(|_| 1.0),
            Average::Weighted => confusion.average(|class| confusion.support(class)),
        })
    }
}

impl Default for Precision {
    fn default() -> Self {
        Self::new()
    }
}

impl Precision {
    /// Of class 1, with the threshold of the predictions where there is one output.
    pub fn new() -> Self {
        Self(OfClasses::new("precision"))
    }

    /// Sets how the scores of the classes become one.
    pub fn average(self, average: Average) -> Self {
        Self(self.0.average(average))
    }

    /// Takes a single output for class 1 where it is above this.
    pub fn threshold(self, threshold: f32) -> Self {
        Self(self.0.threshold(threshold))
    }
}

impl Metric for Precision {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn compute(&self, predictions: &Predictions<'_>) -> Result<f64, MetricsError> {
        Ok(self.0.scores(predictions)?.precision)
    }
}

impl Default for Recall {
    fn default() -> Self {
        Self::new()
    }
}

impl Recall {
    /// Of class 1, with the threshold of the predictions where there is one output.
    pub fn new() -> Self {
        Self(OfClasses::new("recall"))
    }

    /// Sets how the scores of the classes become one.
    pub fn average(self, average: Average) -> Self {
        Self(self.0.average(average))
    }

    /// Takes a single output for class 1 where it is above this.
    pub fn threshold(self, threshold: f32) -> Self {
        Self(self.0.threshold(threshold))
    }
}

impl Metric for Recall {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn compute(&self, predictions: &Predictions<'_>) -> Result<f64, MetricsError> {
        Ok(self.0.scores(predictions)?.recall)
    }
}

impl Default for F1 {
    fn default() -> Self {
        Self::new()
    }
}

impl F1 {
    /// Of class 1, with the threshold of the predictions where there is one output.
    pub fn new() -> Self {
        Self(OfClasses::new("f1"))
    }

    /// Sets how the scores of the classes become one.
    pub fn average(self, average: Average) -> Self {
        Self(self.0.average(average))
    }

    /// Takes a single output for class 1 where it is above this.
    pub fn threshold(self, threshold: f32) -> Self {
        Self(self.0.threshold(threshold))
    }
}

impl Metric for F1 {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn compute(&self, predictions: &Predictions<'_>) -> Result<f64, MetricsError> {
        Ok(self.0.scores(predictions)?.f1)
    }
}

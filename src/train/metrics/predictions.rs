//! What a metric compares.

use ndarray::{ArrayView1, ArrayView2};

use super::MetricsError;
use crate::ops::first_largest;

/// What the outputs of a model should be.
///
/// ```
/// use wgrad::metrics::Truth;
///
/// let labels = [0, 2, 1];
/// let truth = Truth::from(&labels[..]);
/// assert_eq!(truth.len(), 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Truth<'a> {
    /// The class of each sample.
    Labels(&'a [u32]),
    /// Numbers, samples × outputs.
    Numbers(ArrayView2<'a, f32>),
}

impl Truth<'_> {
    /// Of how many samples.
    pub fn len(&self) -> usize {
        match self {
            Self::Labels(labels) => labels.len(),
            Self::Numbers(numbers) => numbers.nrows(),
        }
    }

    /// Whether it is of none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a> From<&'a [u32]> for Truth<'a> {
    fn from(labels: &'a [u32]) -> Self {
        Self::Labels(labels)
    }
}

impl<'a> From<ArrayView2<'a, f32>> for Truth<'a> {
    fn from(numbers: ArrayView2<'a, f32>) -> Self {
        Self::Numbers(numbers)
    }
}

/// The outputs of a model over a dataset, and what they should be.
///
/// ```
/// use wgrad::metrics::{Accuracy, Metric, Predictions};
/// use wgrad::ndarray::array;
///
/// let outputs = array![[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]];
/// let predictions = Predictions::new(outputs.view(), &[0, 1, 1][..])?.with_weights(&[1.0, 1.0, 2.0])?;
/// assert_eq!(predictions.classes()?, (vec![0, 1, 1], vec![0, 1, 0]));
/// assert_eq!(Accuracy::new().compute(&predictions)?, 0.5);
/// # Ok::<(), wgrad::metrics::MetricsError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Predictions<'a> {
    outputs: ArrayView2<'a, f32>,
    truth: Truth<'a>,
    weights: Option<&'a [f32]>,
    threshold: Option<f32>,
}

impl<'a> Predictions<'a> {
    /// Outputs, and what they should be.
    ///
    /// # Shapes
    /// `outputs`: samples × outputs; `truth`: a label for each sample, or a row of numbers.
    ///
    /// # Errors
    /// No samples or outputs; more of the one than of the other; an output that is not a number.
    pub fn new(outputs: ArrayView2<'a, f32>, truth: impl Into<Truth<'a>>) -> Result<Self, MetricsError> {
        let truth = truth.into();
        if outputs.nrows() != truth.len() {
            return Err(MetricsError::Length { truth: truth.len(), predicted: outputs.nrows() });
        }
        if outputs.is_empty() {
            return Err(MetricsError::Empty);
        }
        no_nan(outputs)?;
        Ok(Self { outputs, truth, weights: None, threshold: None })
    }

    /// The same where each sample counts so much.
    ///
    /// # Errors
    /// More or fewer weights than samples; one that is negative or not finite; no positive one.
    pub fn with_weights(self, weights: &'a [f32]) -> Result<Self, MetricsError> {
        if weights.len() != self.len() {
            return Err(MetricsError::Weights { weights: weights.len(), samples: self.len() });
        }
        if let Some(sample) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
            return Err(MetricsError::Weight { sample, weight: weights[sample] });
        }
        if weights.iter().all(|weight| *weight == 0.0) {
            return Err(MetricsError::NoWeight);
        }
        Ok(Self { weights: Some(weights), ..self })
    }

    /// The same where a single output says class 1 if it is above this: 0.5 for probabilities, 0 for logits.
    ///
    /// # Errors
    /// A threshold that is not finite.
    pub fn with_threshold(self, threshold: f32) -> Result<Self, MetricsError> {
        if !threshold.is_finite() {
            return Err(MetricsError::Threshold { threshold });
        }
        Ok(Self { threshold: Some(threshold), ..self })
    }

    /// The same with a metric's own threshold, if it has one.
    pub(super) fn at(self, threshold: Option<f32>) -> Result<Self, MetricsError> {
        threshold.map_or(Ok(self), |threshold| self.with_threshold(threshold))
    }

    /// Of how many samples; at least one.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.outputs.nrows()
    }

    /// The outputs, samples × outputs; none is NaN.
    pub fn outputs(&self) -> ArrayView2<'a, f32> {
        self.outputs
    }

    /// What they should be.
    pub fn truth(&self) -> Truth<'a> {
        self.truth
    }

    /// How much a sample counts: 1 where there are no weights.
    pub fn weight(&self, sample: usize) -> f64 {
        self.weights.map_or(1.0, |weights| f64::from(weights[sample]))
    }

    /// The mean of a number of each sample, weighted.
    pub fn mean(&self, of: impl Fn(usize) -> f64) -> f64 {
        let (mut sum, mut all) = (0.0, 0.0);
        for sample in 0..self.len() {
            let weight = self.weight(sample);
            sum += weight * of(sample);
            all += weight;
        }
        sum / all
    }

    /// The true numbers, as many for a sample as outputs.
    ///
    /// # Errors
    /// Labels; more or fewer numbers than outputs.
    pub fn numbers(&self) -> Result<ArrayView2<'a, f32>, MetricsError> {
        let Truth::Numbers(numbers) = self.truth else { return Err(MetricsError::NeedsNumbers) };
        let (targets, outputs) = (numbers.ncols(), self.outputs.ncols());
        if targets != outputs {
            return Err(MetricsError::Width { targets, outputs });
        }
        Ok(numbers)
    }

    /// The true and the predicted class of each sample.
    ///
    /// Of several outputs the first largest is the predicted class. A single one predicts 1 above the threshold, else 0. Truth may be
    /// labels; one number a sample, which is 1, or else 0 or -1; or a distribution over the classes, whose first largest is meant.
    ///
    /// # Errors
    /// A label beyond the outputs; numbers that say no class; a single output without a threshold.
    pub fn classes(&self) -> Result<(Vec<u32>, Vec<u32>), MetricsError> {
        Ok((self.true_classes()?, predicted_classes(self.outputs, self.threshold)?))
    }

    /// The true class of each sample.
    pub(super) fn true_classes(&self) -> Result<Vec<u32>, MetricsError> {
        // A single output tells two classes apart.
        let classes = self.outputs.ncols().max(2);
        if let Truth::Labels(labels) = self.truth {
            return match labels.iter().position(|label| *label as usize >= classes) {
                Some(sample) => Err(MetricsError::Label { sample, label: labels[sample], classes }),
                None => Ok(labels.to_vec()),
            };
        }
        let mut found = Vec::with_capacity(self.len());
        for (sample, row) in self.numbers()?.rows().into_iter().enumerate() {
            found.push(if row.len() == 1 { sign(sample, row[0])? } else { largest(sample, row)? });
        }
        Ok(found)
    }
}

/// An error where an output is not a number.
pub(crate) fn no_nan(outputs: ArrayView2<'_, f32>) -> Result<(), MetricsError> {
    let Some(at) = outputs.iter().position(|output| output.is_nan()) else { return Ok(()) };
    Err(MetricsError::NotANumber { sample: at / outputs.ncols(), column: at % outputs.ncols() })
}

/// The classes that outputs say: of several the first largest, of a single one by a threshold.
pub(crate) fn predicted_classes(
    outputs: ArrayView2<'_, f32>,
    threshold: Option<f32>,
) -> Result<Vec<u32>, MetricsError> {
    if outputs.ncols() == 1 {
        let threshold = threshold.ok_or(MetricsError::NoThreshold)?;
        return Ok(outputs.iter().map(|output| u32::from(*output > threshold)).collect());
    }
    Ok(outputs.rows().into_iter().map(|row| first_largest(&row.to_vec()) as u32).collect())
}

/// The class that a number stands for.
fn sign(sample: usize, value: f32) -> Result<u32, MetricsError> {
    match value {
        1.0 => Ok(1),
        0.0 | -1.0 => Ok(0),
        _ => Err(MetricsError::Target { sample, value }),
    }
}

/// The class that is most probable in a distribution.
fn largest(sample: usize, row: ArrayView1<'_, f32>) -> Result<u32, MetricsError> {
    let sum = row.sum();
    if (sum - 1.0).abs() > 1e-3 || row.iter().any(|share| *share < 0.0) {
        return Err(MetricsError::NoClass { sample, sum });
    }
    Ok(first_largest(&row.to_vec()) as u32)
}

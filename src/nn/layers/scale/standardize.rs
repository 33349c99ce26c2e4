//! Features of mean 0 and standard deviation 1.

use ndarray::{Array2, ArrayView2};
use serde_json::{Map, Value, json};

use super::super::{Context, Layer, Shaped, one, settings};
use super::{Scale, check, divides};
use crate::error::{LayerError, Result, ScalingError};
use crate::file::json::reals;

/// `(x − mean) / std`, with a mean and a standard deviation for each feature, as scikit-learn's `StandardScaler`.
/// [`Standardize::of`] measures them before the training, no gradient changes them, and files of the model have them, ONNX files
/// too.
///
/// A feature is a number of the last dimension: a column of a table, a channel of images of height × width × channels. Put this
/// layer first: there it reads its input in `f32`, also where the model is of [`F16`](crate::Precision::F16).
///
/// ```
/// use wgrad::layers::{Dense, Standardize};
/// use wgrad::{Samples, Sequential};
///
/// let houses = Samples::rows([50.0, 2.0, 80.0, 3.0, 110.0, 4.0], 2)?; // square metres and rooms
/// let scale = Standardize::of(&houses)?;
/// assert_eq!(scale.mean(), [80.0, 3.0]);
/// let net = Sequential::new([2]).add(scale).add(Dense::new(1));
/// assert_eq!(net.summary()?.parameters(), 2 + 1); // a mean is no parameter
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// Targets are scaled before the training, and predictions back:
///
/// ```
/// use wgrad::backend::Cpu;
/// use wgrad::layers::{Dense, Standardize};
/// use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
///
/// let houses = Samples::rows([50.0, 2.0, 80.0, 3.0, 110.0, 4.0], 2)?;
/// let prices = Samples::rows([150e3, 240e3, 330e3], 1)?;
/// let scale = Standardize::of(&prices)?;
/// let data = Dataset::pairs(houses.clone(), scale.transform(&prices)?)?;
/// let net = Sequential::new([2]).add(Standardize::of(&houses)?).add(Dense::new(1));
/// let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// model.fit(&data, Fit::new().epochs(200).batch(3))?;
/// let predicted = scale.inverse_transform(model.predict(&houses)?.view())?;
/// assert!((predicted[[1, 0]] - 240e3).abs() < 500.0);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: … × n → … × n. `mean`, `std`: n.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "it is a layer, to be added to a net"]
pub struct Standardize {
    scale: Scale,
}

impl Standardize {
    /// With these means and standard deviations.
    ///
    /// # Errors
    /// No feature, or more of one than of the other; a number that is not finite; a standard deviation that is not above 0.
    pub fn new(mean: impl Into<Vec<f32>>, std: impl Into<Vec<f32>>) -> Result<Self> {
        let (shift, size) = (mean.into(), std.into());
        check(["mean", "std"], [&shift, &size])?;
        if let Some(feature) = size.iter().position(|std| !divides(*std)) {
            return Err(ScalingError::Deviation { feature, std: size[feature] }.into());
        }
        Ok(Self { scale: Scale { shift, size } })
    }

    /// The mean of each feature.
    pub fn mean(&self) -> &[f32] {
        &self.scale.shift
    }

    /// The standard deviation of each feature.
    pub fn std(&self) -> &[f32] {
        &self.scale.size
    }

    /// `y · std + mean`: predictions in the units of targets that were standardized.
    ///
    /// # Shapes
    /// `rows`: any × n.
    ///
    /// # Errors
    /// Rows of another width.
    pub fn inverse_transform(&self, rows: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        self.scale.inverse(rows)
    }

    /// What becomes of the numbers of samples of this shape.
    pub(crate) fn transformed(
        &self,
        shape: &[usize],
        numbers: impl Iterator<Item = f32>,
    ) -> Result<Vec<f32>> {
        self.scale.transformed(shape, numbers)
    }

    pub(in super::super) fn described(settings: &Value) -> Result<Self, String> {
        let [mean, std] = [reals(settings, "mean")?, reals(settings, "std")?];
        Self::new(mean, std).map_err(|error| error.to_string())
    }
}

impl Layer for Standardize {
    fn kind(&self) -> &'static str {
        "standardize"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([("mean", json!(self.mean())), ("std", json!(self.std()))])
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        self.scale.record(cx, one(inputs)?)
    }
}

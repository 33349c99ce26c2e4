//! Features from 0 to 1.

use ndarray::{Array2, ArrayView2};
use serde_json::{Map, Value, json};

use super::super::{Context, Layer, Shaped, one, settings};
use super::{Scale, check, divisor};
use crate::error::{LayerError, Result, ScalingError};
use crate::file::json::reals;

/// `(x − min) / (max − min)`, with a minimum and a maximum for each feature, as scikit-learn's `MinMaxScaler`.
/// [`Normalize::of`] measures them before the training, no gradient changes them, and files of the model have them, ONNX files too.
/// A feature whose minimum is its maximum is divided by 1. What is beyond them stays so, below 0 or above 1.
///
/// A feature is a number of the last dimension: a column of a table, a channel of images of height × width × channels. Put this
/// layer first: there it reads its input in `f32`, also where the model is of [`F16`](crate::Precision::F16).
///
/// ```
/// use wgrad::layers::{Dense, Normalize};
/// use wgrad::{Samples, Sequential};
///
/// let houses = Samples::rows([50.0, 2.0, 80.0, 3.0, 110.0, 4.0], 2)?; // square metres and rooms
/// let scale = Normalize::of(&houses)?;
/// assert_eq!((scale.min(), scale.max()), (&[50.0, 2.0][..], &[110.0, 4.0][..]));
/// assert_eq!(scale.transform(&houses)?.to_array().row(1).to_vec(), [0.5, 0.5]);
/// let net = Sequential::new([2]).add(scale).add(Dense::new(1));
/// assert_eq!(net.summary()?.parameters(), 2 + 1); // a minimum is no parameter
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: … × n → … × n. `min`, `max`: n.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "it is a layer, to be added to a net"]
pub struct Normalize {
    max: Vec<f32>,
    scale: Scale,
}

impl Normalize {
    /// With these minima and maxima.
    ///
    /// # Errors
    /// No feature, or more of one than of the other; a number that is not finite; a minimum above the maximum.
    pub fn new(min: impl Into<Vec<f32>>, max: impl Into<Vec<f32>>) -> Result<Self> {
        let (min, max) = (min.into(), max.into());
        check(["min", "max"], [&min, &max])?;
        let mut size = Vec::new();
        for (feature, (&min, &max)) in min.iter().zip(&max).enumerate() {
            let range = max - min;
            if min > max || !range.is_finite() {
                return Err(ScalingError::Range { feature, min, max }.into());
            }
            size.push(divisor(range));
        }
        Ok(Self { max, scale: Scale { shift: min, size } })
    }

    /// The minimum of each feature.
    pub fn min(&self) -> &[f32] {
        &self.scale.shift
    }

    /// The maximum of each feature.
    pub fn max(&self) -> &[f32] {
        &self.max
    }

    /// `y · (max − min) + min`: predictions in the units of targets that were normalized.
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
        let [min, max] = [reals(settings, "min")?, reals(settings, "max")?];
        Self::new(min, max).map_err(|error| error.to_string())
    }
}

impl Layer for Normalize {
    fn kind(&self) -> &'static str {
        "normalize"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([("min", json!(self.min())), ("max", json!(self.max()))])
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        self.scale.record(cx, one(inputs)?)
    }
}

//! Features on one scale: `(x − shift) / size`, with numbers that were measured before the training.

mod normalize;
mod standardize;

use ndarray::{Array2, ArrayView2};

use super::{Context, Shaped};
use crate::error::{LayerError, Result, ScalingError};
use crate::ops::{Binary, Operation};

pub use normalize::Normalize;
pub use standardize::Standardize;

/// What each feature is shifted and divided by.
#[derive(Clone, Debug, PartialEq)]
struct Scale {
    shift: Vec<f32>,
    size: Vec<f32>,
}

/// Whether dividing by it gives numbers.
fn divides(size: f32) -> bool {
    size > 0.0 && size.is_finite() && size.recip().is_finite()
}

/// What a feature of this size is divided by: itself, or 1 where it is constant.
pub(crate) fn divisor(size: f32) -> f32 {
    if divides(size) { size } else { 1.0 }
}

/// An error unless there is a finite value of both settings for each feature.
fn check(names: [&'static str; 2], values: [&[f32]; 2]) -> Result<(), ScalingError> {
    let [first, second] = values.map(<[f32]>::len);
    if first != second || first == 0 {
        let [first_name, second_name] = names;
        return Err(ScalingError::Count { first_name, first, second_name, second });
    }
    for (name, values) in names.into_iter().zip(values) {
        if let Some(feature) = values.iter().position(|value| !value.is_finite()) {
            return Err(ScalingError::NotFinite { name, feature, value: values[feature] });
        }
    }
    Ok(())
}

impl Scale {
    fn check(&self, shape: &[usize]) -> Result<(), ScalingError> {
        let features = self.shift.len();
        if shape.last().copied().unwrap_or(1) == features {
            return Ok(());
        }
        Err(ScalingError::Features { features, shape: shape.to_vec() })
    }

    fn record(&self, cx: &mut Context<'_>, x: &Shaped) -> Result<Shaped, LayerError> {
        self.check(x.shape()).map_err(|error| LayerError::new(error.to_string()))?;
        let factors: Vec<f32> = self.size.iter().map(|size| size.recip()).collect();
        let [shifted, y] = [(); 2].map(|()| cx.output(x.shape()));
        let tape = cx.tape();
        let shift = tape.constant("shift", 1, &self.shift);
        let factor = tape.constant("factor", 1, &factors);
        tape.push(Binary { operation: Operation::Difference, a: x.rows(), b: shift, y: shifted.rows() });
        tape.push(Binary { operation: Operation::Product, a: shifted.rows(), b: factor, y: y.rows() });
        Ok(y)
    }

    /// What becomes of the numbers of samples of this shape. They are divided, so that a maximum becomes no more than 1.
    fn transformed(&self, shape: &[usize], numbers: impl Iterator<Item = f32>) -> Result<Vec<f32>> {
        self.check(shape)?;
        let features = self.shift.iter().zip(&self.size).cycle();
        Ok(numbers.zip(features).map(|(x, (shift, size))| (x - shift) / size).collect())
    }

    fn inverse(&self, rows: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        self.check(&[rows.ncols()])?;
        let back = |(_, feature): (usize, usize), y: f32| {
            (f64::from(y) * f64::from(self.size[feature]) + f64::from(self.shift[feature])) as f32
        };
        Ok(Array2::from_shape_fn(rows.dim(), |at| back(at, rows[at])))
    }
}

//! Principal components: the directions in which rows vary most.

use ndarray::{Array1, Array2, ArrayView2, Axis};

/// Rounds of multiplying by the covariance; the directions need no more digits than a picture shows.
const ROUNDS: usize = 100;

/// Coordinates of the rows along their first two principal components, and these components' shares of the variance
/// (power iteration with deflation).
pub fn first_two(rows: ArrayView2<f32>) -> (Array2<f32>, [f64; 2]) {
    let rows = rows.mapv(f64::from);
    let mean = rows.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(rows.ncols()));
    let centred = rows - mean;
    let mut covariance = centred.t().dot(&centred);
    let total = covariance.diag().sum();
    let mut places = Array2::zeros((centred.nrows(), 2));
    let mut shares = [0.0; 2];
    for (component, share) in shares.iter_mut().enumerate() {
        let mut direction = Array1::from_shape_fn(centred.ncols(), |i| 1.0 / (i + 1) as f64);
        let mut variance = 0.0;
        for _ in 0..ROUNDS {
            let next = covariance.dot(&direction);
            variance = next.dot(&next).sqrt();
            direction = next / variance.max(f64::MIN_POSITIVE);
        }
        let outer = direction.view().insert_axis(Axis(1)).dot(&direction.view().insert_axis(Axis(0)));
        covariance = covariance - outer * variance;
        *share = variance / total;
        places.column_mut(component).assign(&centred.dot(&direction).mapv(|place| place as f32));
    }
    (places, shares)
}

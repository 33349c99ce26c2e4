//! What scales features, measured from samples.

use crate::error::Result;
use crate::nn::layers::{Normalize, Standardize, divisor};
use crate::train::samples::Samples;

impl Standardize {
    /// With the mean and the standard deviation of each feature of these samples, counted in `f64`. The deviation is that of the
    /// population, the root of the mean square. A feature that is constant is divided by 1.
    ///
    /// Measure the samples that a model is trained on, and no others: what is measured of a test set is known in the test.
    ///
    /// # Shapes
    /// `samples`: samples × … × n.
    ///
    /// # Errors
    /// Numbers whose mean or deviation no `f32` holds.
    pub fn of(samples: &Samples) -> Result<Self> {
        let features = features(samples);
        let count = (samples.len() * samples.width() / features) as f64;
        let mut mean = vec![0.0_f64; features];
        for (at, x) in samples.numbers().enumerate() {
            mean[at % features] += f64::from(x);
        }
        // A sum of equal numbers is exact, so the mean of a constant feature is that number.
        mean.iter_mut().for_each(|mean| *mean /= count);
        let mut variance = vec![0.0_f64; features];
        for (at, x) in samples.numbers().enumerate() {
            variance[at % features] += (f64::from(x) - mean[at % features]).powi(2) / count;
        }
        let mean: Vec<f32> = mean.into_iter().map(|mean| mean as f32).collect();
        let std: Vec<f32> = variance.into_iter().map(|variance| divisor(variance.sqrt() as f32)).collect();
        Self::new(mean, std)
    }

    /// `(x − mean) / std` of each number: targets to train on. Inputs need it not, since the layer does it.
    ///
    /// # Shapes
    /// `samples`: samples × … × n.
    ///
    /// # Errors
    /// Another number of features; results that are not finite.
    pub fn transform(&self, samples: &Samples) -> Result<Samples> {
        Samples::shaped(self.transformed(samples.shape(), samples.numbers())?, samples.shape())
    }
}

impl Normalize {
    /// With the minimum and the maximum of each feature of these samples.
    ///
    /// Measure the samples that a model is trained on, and no others: what is measured of a test set is known in the test.
    ///
    /// # Shapes
    /// `samples`: samples × … × n.
    ///
    /// # Errors
    /// A maximum so far above the minimum that no `f32` holds their difference.
    pub fn of(samples: &Samples) -> Result<Self> {
        let features = features(samples);
        let (mut min, mut max) = (vec![f32::INFINITY; features], vec![f32::NEG_INFINITY; features]);
        for (at, x) in samples.numbers().enumerate() {
            min[at % features] = min[at % features].min(x);
            max[at % features] = max[at % features].max(x);
        }
        Self::new(min, max)
    }

    /// `(x − min) / (max − min)` of each number: targets to train on. Inputs need it not, since the layer does it.
    ///
    /// # Shapes
    /// `samples`: samples × … × n.
    ///
    /// # Errors
    /// Another number of features; results that are not finite.
    pub fn transform(&self, samples: &Samples) -> Result<Samples> {
        Samples::shaped(self.transformed(samples.shape(), samples.numbers())?, samples.shape())
    }
}

/// Numbers of the last dimension.
fn features(samples: &Samples) -> usize {
    samples.shape().last().copied().unwrap_or(1)
}

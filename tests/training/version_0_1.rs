//! Files as version 0.1 wrote them, byte for byte, and what it made of them: a model, and a checkpoint in half precision.

use std::path::PathBuf;

use ndarray::{Array2, array};
use tempfile::TempDir;
use wgrad::layers::{Dense, Relu};
use wgrad::{Dataset, Fit, Model, Optimizer, Precision, Samples, Sequential, losses};

use super::save::{cpu, place};

/// Writes the bytes that a text says.
fn written(hex: &str) -> (TempDir, PathBuf) {
    let (folder, path) = place();
    let digits: String = hex.split_whitespace().collect();
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    std::fs::write(&path, (0..digits.len()).step_by(2).map(byte).collect::<Vec<_>>()).unwrap();
    (folder, path)
}

fn samples() -> Samples {
    let numbers = Array2::from_shape_fn((12, 4), |(i, j)| ((i * 4 + j) * 7 % 11) as f32 / 8.0 - 0.5);
    Samples::reals(numbers.view()).unwrap()
}

/// Its GELU is the tanh form, by the name that the exact form has today.
#[test]
fn a_model_predicts_what_it_did() {
    let (_folder, path) = written(include_str!("version_0_1/model.hex"));
    let mut model = Model::load(&path, cpu()).unwrap();
    let outputs = model.predict(&samples()).unwrap();
    let wanted =
        array![[0.106_041_11, -0.099_483_75, 0.034_973_614], [0.228_318_78, 0.087_312_4, -0.053_256_26]];
    for (found, wanted) in outputs.iter().zip(&wanted) {
        assert!((found - wanted).abs() < 1e-6_f32, "{outputs}\n{wanted}");
    }
    let data = Dataset::classification(samples(), (0..12).map(|label| label % 3).collect()).unwrap();
    let metrics = model.evaluate(&data).unwrap();
    assert!((metrics.loss - 1.077_856_952_9).abs() < 1e-6 && metrics.accuracy == Some(0.5), "{metrics:?}");
    model.fit(&data, Fit::new().batch(4)).unwrap();
}

#[test]
fn a_training_goes_on_as_it_would_have() {
    let (_folder, path) = written(include_str!("version_0_1/checkpoint.hex"));
    let net = Sequential::new([4]).precision(Precision::F16).add(Dense::new(8)).add(Relu).add(Dense::new(4));
    let mut model = net.compile(cpu(), losses::MeanSquaredError, Optimizer::adam(0.02), 3).unwrap();
    let history =
        model.fit(&Dataset::autoencoder(samples()), Fit::new().epochs(6).batch(5).resume(&path)).unwrap();
    let wanted = [0.269_614_52, 0.191_796_99, 0.153_267_85, 0.122_795_82, 0.098_284_32, 0.078_812_17];
    assert_eq!(history.epochs.len(), wanted.len());
    for (epoch, wanted) in history.epochs.iter().zip(wanted) {
        assert!((epoch.metrics.loss - wanted).abs() < 1e-3 * wanted, "{:?} and {wanted}", epoch.metrics);
    }
}

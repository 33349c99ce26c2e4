//! Stacks of layers: names, shapes, the summary, and errors before a device is touched.

use std::sync::atomic::Ordering;

use ndarray::Array2;
use wgrad::layers::{Dense, Dropout, Flatten, Relu, Sigmoid};
use wgrad::{Dataset, Error, Fit, Optimizer, Samples, Sequential, losses};

use crate::support::{Counting, regression, samples};

fn autoencoder() -> Sequential {
    Sequential::new([28, 28])
        .add(Flatten)
        .add(Dense::new(64))
        .add(Relu)
        .add_named("latent", Dense::new(16).without_bias())
        .add(Relu)
        .add(Dropout::new(0.2))
        .add(Dense::new(784))
        .add(Sigmoid)
}

#[test]
fn the_summary_is_a_table_of_layers() {
    let summary = autoencoder().summary().unwrap();
    assert_eq!(summary.parameters(), 784 * 64 + 64 + 64 * 16 + 16 * 784 + 784);
    let wanted = "\
layer      kind                output   parameters
input                           28×28            0
flatten_1  flatten                784            0
dense_1    dense                   64        50240
relu_1     relu                    64            0
latent     dense                   16         1024
relu_2     relu                    16            0
dropout_1  dropout                 16            0
dense_3    dense                  784        13328
sigmoid_1  sigmoid                784            0
64592 parameters, 258.4 kB";
    assert_eq!(summary.to_string(), wanted);
}

#[test]
fn layers_are_found_by_name() {
    let net = autoencoder();
    assert_eq!((net.position("latent").unwrap(), net.position("dense_3").unwrap()), (3, 6));
    let error = net.position("dense_9").unwrap_err().to_string();
    assert!(error.contains("\"dense_9\"") && error.contains("flatten_1, dense_1, relu_1, latent"), "{error}");
}

/// A stack that cannot be, and what its error must name.
fn impossible() -> [(Sequential, &'static [&'static str]); 10] {
    [
        (Sequential::new([28, 28]).add(Dense::new(4)), &["dense_1", "28×28", "Flatten"]),
        (Sequential::new([4, 2]).add(Relu).add_named("top", Dense::new(3)), &["top", "4×2", "each_row"]),
        (Sequential::new([7]).add(Dense::new(3)).add(Dense::new(0)), &["dense_2", "shape 3", "0 units"]),
        (Sequential::new([7]).add(Dropout::new(1.0)), &["dropout_1", "7", "a share of 1"]),
        (Sequential::new([7]).add(Dropout::new(-0.1)), &["dropout_1", "a share of -0.1"]),
        (Sequential::new([7]).add(Dropout::new(f32::NAN)), &["dropout_1", "a share of NaN"]),
        (Sequential::new([7]).add_named("a", Relu).add_named("a", Relu), &["\"a\"", "two layers"]),
        (Sequential::new([7]).add_named("relu_2", Relu).add(Relu), &["\"relu_2\"", "two layers"]),
        (Sequential::new([0]).add(Dense::new(3)), &["[0]", "at least 1"]),
        (Sequential::new([3, 0, 2]).add(Flatten), &["[3, 0, 2]", "at least 1"]),
    ]
}

#[test]
fn impossible_stacks_are_named_before_a_device_is_touched() {
    for (net, words) in impossible() {
        let summary = net.summary().unwrap_err().to_string();
        let (backend, calls) = Counting::new();
        let outcome = net.compile(backend, losses::MeanSquaredError, Optimizer::sgd(0.1), 0);
        let error = outcome.map(|_| ()).unwrap_err().to_string();
        assert_eq!(error, summary);
        assert!(words.iter().all(|word| error.contains(word)), "{error} does not name {words:?}");
        assert_eq!(calls.load(Ordering::Relaxed), 0, "{error}");
    }
}

#[test]
fn datasets_that_do_not_fit_are_named_before_a_device_is_touched() {
    let zeros = |rows, cols| Array2::<f32>::zeros((rows, cols));
    let wrong_inputs = Dataset::autoencoder(Samples::images(vec![0; 2 * 30], [5, 6]).unwrap());
    let wrong_targets = regression(&zeros(2, 7), &zeros(2, 6));
    let labels = Dataset::classification(samples(&zeros(2, 7)), vec![0, 1]).unwrap();
    let flat = || Sequential::new([7]).add(Dense::new(5));
    for (net, data, words) in [
        (autoencoder(), wrong_inputs, ["flatten_1", "28×28", "5×6"].as_slice()),
        (flat(), wrong_targets, &["targets of 6 numbers", "gives 5"]),
        (flat(), labels, &["mean_squared_error", "labels"]),
    ] {
        let (backend, calls) = Counting::new();
        let mut model = net.compile(backend, losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap();
        let before = calls.load(Ordering::Relaxed);
        let errors = [model.fit(&data, Fit::new()).unwrap_err(), model.evaluate(&data).unwrap_err()];
        for error in errors.map(|error| error.to_string()) {
            assert!(words.iter().all(|word| error.contains(word)), "{error} does not name {words:?}");
        }
        assert_eq!(calls.load(Ordering::Relaxed), before);
    }
}

#[test]
fn flat_samples_fit_a_flat_model_and_images_are_flat_too() {
    let net = Sequential::new([6]).add(Dense::new(2));
    let mut model =
        net.compile(crate::support::cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap();
    let images = Samples::images(vec![51; 12], [2, 3]).unwrap();
    let flat = samples(&Array2::from_elem((2, 6), 0.2));
    let (a, b) = (model.predict(&images).unwrap(), model.predict(&flat).unwrap());
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6), "{a} and {b}");
    let error = model.predict(&samples(&Array2::zeros((2, 5)))).unwrap_err();
    assert!(matches!(error, Error::InputShape { .. }), "{error}");
}

//! Evaluation, prediction and encoding, which agree with each other and with the parameters.

use ndarray::{Array2, Axis, s};
use wgrad::layers::{Dense, Dropout, Flatten, Relu, Sigmoid, Tanh};
use wgrad::{Dataset, Error, Model, Optimizer, Samples, Sequential, losses};

use crate::support::{cpu, drawn, regression, samples};

fn model() -> Model {
    let net = Sequential::new([5])
        .add(Dense::new(7))
        .add(Tanh)
        .add(Dropout::new(0.4))
        .add_named("latent", Dense::new(3))
        .add(Relu)
        .add(Dense::new(2))
        .add(Sigmoid);
    net.compile(cpu(), losses::MeanSquaredError, Optimizer::adam(0.01), 4).unwrap()
}

#[track_caller]
fn assert_near(a: &Array2<f32>, b: &Array2<f32>) {
    assert!(a.dim() == b.dim() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5), "{a}\n{b}");
}

#[test]
fn the_loss_is_that_of_the_predictions() {
    let (inputs, targets) = (drawn(1, 700, 5), drawn(2, 700, 2));
    let mut model = model();
    let loss = model.evaluate(&regression(&inputs, &targets)).unwrap().loss;
    let predictions = model.predict(&samples(&inputs)).unwrap();
    let wanted = (&predictions - &targets).mapv(|d| f64::from(d).powi(2)).mean().unwrap();
    assert!((loss - wanted).abs() < 1e-6, "{loss} instead of {wanted}");
}

#[test]
fn the_accuracy_is_that_of_the_predictions() {
    let inputs = drawn(3, 300, 4);
    let labels: Vec<u32> = (0..300).map(|i| i % 3).collect();
    let net = Sequential::new([4]).add(Dense::new(3));
    let mut model = net.compile(cpu(), losses::SoftmaxCrossEntropy::new(), Optimizer::sgd(0.1), 0).unwrap();
    let found = model.evaluate(&Dataset::classification(samples(&inputs), labels.clone()).unwrap()).unwrap();
    let scores = model.predict(&samples(&inputs)).unwrap();
    let right = |(row, label): (ndarray::ArrayView1<'_, f32>, &u32)| {
        (0..3).all(|class| class == *label as usize || row[class] < row[*label as usize])
    };
    let wanted =
        scores.outer_iter().zip(&labels).filter(|pair| right((pair.0, pair.1))).count() as f64 / 300.0;
    assert!((found.accuracy.unwrap() - wanted).abs() < 1e-9, "{found:?} instead of {wanted}");
}

#[test]
fn encoding_is_the_layers_up_to_the_named_one() {
    let inputs = drawn(5, 40, 5);
    let mut model = model();
    let mut parameter = |name: &str| model.parameter(name).unwrap();
    let hidden = (inputs.dot(&parameter("dense_1.weight")) + parameter("dense_1.bias")).mapv(f32::tanh);
    let latent = hidden.dot(&parameter("latent.weight")) + parameter("latent.bias");
    let rectified = latent.mapv(|x| x.max(0.0));
    let output = rectified.dot(&parameter("dense_3.weight")) + parameter("dense_3.bias");
    let output = output.mapv(|x| 1.0 / (1.0 + (-x).exp()));
    let inputs = samples(&inputs);
    for (layer, wanted) in [
        ("tanh_1", &hidden),
        ("dropout_1", &hidden),
        ("latent", &latent),
        ("relu_1", &rectified),
        ("sigmoid_1", &output),
    ] {
        assert_near(&model.encode(layer, &inputs).unwrap(), wanted);
    }
    assert_eq!(model.encode("sigmoid_1", &inputs).unwrap(), model.predict(&inputs).unwrap());
    let error = model.encode("relu_9", &inputs).unwrap_err();
    assert!(matches!(error, Error::LayerName { .. }) && error.to_string().contains("relu_1"), "{error}");
}

#[test]
fn any_number_of_samples_is_predicted_in_order() {
    let inputs = drawn(6, 1000, 5);
    let mut model = model();
    let all = model.predict(&samples(&inputs)).unwrap();
    for (start, end) in [(0, 1), (250, 260), (255, 257), (999, 1000), (0, 512)] {
        let part = model.predict(&samples(&inputs.slice(s![start..end, ..]).to_owned())).unwrap();
        assert_near(&part, &all.slice(s![start..end, ..]).to_owned());
    }
}

/// More values than are put on the device at once: 4 of these samples are.
#[test]
fn samples_that_do_not_fit_at_once_are_predicted_in_parts() {
    const SIDE: usize = 2048;
    let pixels: Vec<u8> = (0..6u8).flat_map(|image| vec![image * 40; SIDE * SIDE]).collect();
    let images = Samples::images(pixels, [SIDE, SIDE]).unwrap();
    let net = Sequential::new([SIDE, SIDE]).add(Flatten).add(Dense::new(1).without_bias());
    let mut model = net.compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap();
    let weight = Array2::from_elem((SIDE * SIDE, 1), 1.0 / (SIDE * SIDE) as f32);
    model.set_parameter("dense_1.weight", weight.view()).unwrap();
    let wanted = Array2::from_shape_fn((6, 1), |(image, _)| image as f32 * 40.0 / 255.0);
    let found = model.predict(&images).unwrap();
    assert!(found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-3), "{found}");
}

#[test]
fn a_model_without_layers_passes_its_inputs_on() {
    let inputs = drawn(8, 3, 4);
    let mut model =
        Sequential::new([4]).compile(cpu(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap();
    assert_eq!(model.predict(&samples(&inputs)).unwrap(), inputs);
    assert_eq!(model.evaluate(&Dataset::autoencoder(samples(&inputs))).unwrap().loss, 0.0);
}

#[test]
fn samples_are_taken_and_shown_as_the_model_sees_them() {
    let images = Samples::images(vec![0, 51, 102, 255], [1, 2]).unwrap();
    assert_eq!((images.len(), images.width(), images.shape()), (2, 2, [1, 2].as_slice()));
    assert_near(&images.to_array(), &ndarray::array![[0.0, 0.2], [0.4, 1.0]]);
    assert_eq!(images.take(1).to_array(), images.to_array().slice_axis(Axis(0), (0..1).into()).to_owned());
    assert_eq!((images.take(9).len(), images.take(0).len()), (2, 1));
}

//! What does not go with a loss, among targets and last layers, is an error that says what to change.

use std::sync::Arc;

use ndarray::{Array2, array};
use wgrad::layers::{Dense, Dropout, Gelu, Layer, LeakyRelu, Relu, Sigmoid, Softmax, Tanh};
use wgrad::losses::TargetKind;
use wgrad::ops::activation::Activation;
use wgrad::{Dataset, Fit, Loss, Model, Optimizer, Samples, Sequential, losses};

use super::inputs::{assert_says, compile, labelled, model, samples};

#[test]
fn targets_that_do_not_go_with_the_loss() {
    let regression = Dataset::regression(Array2::zeros((2, 3)).view(), Array2::zeros((2, 2)).view()).unwrap();
    assert_says(model(losses::MeanSquaredError).fit(&labelled(&[0, 1]), Fit::new()), &["labels"]);
    assert_says(model(losses::SoftmaxCrossEntropy::new()).fit(&regression, Fit::new()), &["integer labels"]);
    let beyond = labelled(&[0, 1, 2]);
    assert_says(
        model(losses::SoftmaxCrossEntropy::new()).fit(&beyond, Fit::new()),
        &["sample 2 has label 2", "2 outputs", "0..2"],
    );
    assert_says(model(losses::SoftmaxCrossEntropy::new()).evaluate(&beyond), &["label 2"]);
    assert_says(
        model(losses::SoftmaxCrossEntropy::new()).evaluate(&labelled(&[u32::MAX])),
        &["label 4294967295"],
    );
    let validation = Fit::new().validation(&beyond);
    let parts = ["in the validation data, sample 2 has label 2"];
    assert_says(model(losses::SoftmaxCrossEntropy::new()).fit(&labelled(&[0, 1]), validation), &parts);
}

#[test]
fn targets_beyond_what_the_loss_takes() {
    let inputs = Array2::from_shape_fn((3, 3), |(i, j)| (i + j) as f32 / 4.0);
    let data = |value: f32| {
        Dataset::regression(inputs.view(), array![[0.0, 1.0], [0.5, value], [1.0, 0.0]].view()).unwrap()
    };
    for loss in [losses::BinaryCrossEntropy::new(), losses::BinaryCrossEntropy::logits()] {
        let mut model = ending(Dense::new(2), loss);
        for value in [200.0, -1e-3, 1.001] {
            let parts = ["sample 1, column 1", &format!("is {value},"), "takes 0 to 1", "MeanSquaredError"];
            assert_says(model.fit(&data(value), Fit::new()), &parts);
            assert_says(model.evaluate(&data(value)), &parts);
        }
    }
    let net = Sequential::new([3]).add(Dense::new(3)).add(Sigmoid);
    let mut autoencoder = compile(net, losses::BinaryCrossEntropy::new(), Optimizer::adam(0.01)).unwrap();
    assert_says(
        autoencoder.fit(&Dataset::autoencoder(samples(3, 3)), Fit::new()),
        &["sample 0, column 0", "is -3"],
    );
    let images = Samples::images((0..9).map(|byte| byte * 28).collect(), [3]).unwrap();
    assert!(autoencoder.fit(&Dataset::autoencoder(images), Fit::new().epochs(1)).is_ok());
}

/// 3 numbers in; the last layer is `layer`, behind a dense layer of 2 units.
fn ending(layer: impl Layer, loss: impl Loss) -> Model {
    let net = Sequential::new([3]).add(Dense::new(2)).add_named("last", layer);
    compile(net, loss, Optimizer::adam(0.01)).unwrap()
}

/// That a loss refuses such a last layer, with these words.
#[track_caller]
fn refuses(layer: impl Layer, loss: impl Loss, parts: &[&str]) {
    let data = match loss.targets() {
        TargetKind::Labels => labelled(&[0, 1, 1]),
        _ => Dataset::regression(Array2::zeros((3, 3)).view(), Array2::zeros((3, 2)).view()).unwrap(),
    };
    let takes = format!("{} takes", loss.name());
    let mut model = ending(layer, loss);
    let all = [&["the last layer, last", &takes][..], parts].concat();
    assert_says(model.fit(&data, Fit::new()), &all);
    assert_says(model.evaluate(&data), &all);
    assert!(model.predict(data.inputs()).is_ok(), "predicting needs no loss");
}

#[test]
fn last_layers_that_do_not_give_what_the_loss_takes() {
    use losses::{BinaryCrossEntropy, SoftmaxCrossEntropy};
    refuses(Dense::new(2), BinaryCrossEntropy::new(), &["any number", "make a Sigmoid the last layer"]);
    refuses(Relu, BinaryCrossEntropy::new(), &["never negative", "BinaryCrossEntropy::logits()"]);
    refuses(Tanh, BinaryCrossEntropy::new(), &["-1 to 1", "make a Sigmoid"]);
    refuses(Gelu, BinaryCrossEntropy::new(), &["any number", "make a Sigmoid"]);
    refuses(Softmax, BinaryCrossEntropy::new(), &["add up to 1", "SoftmaxCrossEntropy"]);
    refuses(Sigmoid, BinaryCrossEntropy::logits(), &["0 to 1", "or use BinaryCrossEntropy"]);
    refuses(Relu, BinaryCrossEntropy::logits(), &["never negative", "leave the layer out"]);
    refuses(Sigmoid, SoftmaxCrossEntropy::new(), &["0 to 1", "leave the layer out"]);
    refuses(Tanh, SoftmaxCrossEntropy::new(), &["-1 to 1", "leave the layer out"]);
}

#[test]
fn probabilities_that_are_made_of_anything_but_any_number() {
    use losses::{BinaryCrossEntropy, SoftmaxCrossEntropy};
    let net = |layers: [Activation; 2]| {
        let net = Sequential::new([3]).add(Dense::new(2)).add(layers[0].clone());
        net.add_named("last", layers[1].clone())
    };
    let numbers = Dataset::regression(Array2::zeros((3, 3)).view(), Array2::zeros((3, 2)).view()).unwrap();
    let relu_sigmoid = net([Relu.into(), Sigmoid.into()]);
    let mut model = compile(relu_sigmoid, BinaryCrossEntropy::new(), Optimizer::adam(0.01)).unwrap();
    assert_says(model.fit(&numbers, Fit::new()), &["never negative", "leave the layer before the last out"]);
    let leaky_sigmoid = net([LeakyRelu::default().into(), Sigmoid.into()]);
    let mut model = compile(leaky_sigmoid, BinaryCrossEntropy::new(), Optimizer::adam(0.01)).unwrap();
    assert!(model.fit(&numbers, Fit::new().epochs(1)).is_ok());

    let labels = labelled(&[0, 1, 1]);
    let softmax = || Sequential::new([3]).add(Dense::new(2)).add(Softmax);
    let mut twice =
        compile(softmax().add(Softmax), SoftmaxCrossEntropy::new(), Optimizer::adam(0.01)).unwrap();
    assert_says(twice.fit(&labels, Fit::new()), &["softmax_2", "made of numbers from 0 to 1"]);
    assert_says(twice.evaluate(&labels), &["softmax_2", "made of numbers from 0 to 1"]);

    // A dropout changes probabilities in training; in evaluation it does nothing.
    let dropped = softmax().add_named("last", Dropout::new(0.5));
    let mut model = compile(dropped, SoftmaxCrossEntropy::new(), Optimizer::adam(0.01)).unwrap();
    assert_says(
        model.fit(&labels, Fit::new()),
        &["the last layer, last", "Dropout", "before the last dense"],
    );
    assert!(model.evaluate(&labels).is_ok());
    let pairs: [(Activation, Arc<dyn Loss>); 2] = [
        (Relu.into(), Arc::new(SoftmaxCrossEntropy::new())),
        (Sigmoid.into(), Arc::new(BinaryCrossEntropy::logits())),
    ];
    for (layer, loss) in pairs {
        let net = Sequential::new([3]).add(Dense::new(2)).add(layer).add(Dropout::new(0.5));
        let mut model = compile(net, Arc::clone(&loss), Optimizer::adam(0.01)).unwrap();
        let data = if loss.targets() == TargetKind::Labels { &labels } else { &numbers };
        assert!(model.fit(data, Fit::new()).is_err() && model.evaluate(data).is_err(), "{loss:?}");
    }
    let net = Sequential::new([3]).add(Dense::new(2)).add(Dropout::new(0.5));
    let mut model = compile(net, SoftmaxCrossEntropy::new(), Optimizer::adam(0.01)).unwrap();
    assert!(model.fit(&labels, Fit::new().epochs(1)).is_ok());
}

#[test]
fn labels_that_tell_nothing_apart() {
    let net = Sequential::new([3]).add(Dense::new(1));
    let mut one = compile(net, losses::SoftmaxCrossEntropy::new(), Optimizer::adam(0.01)).unwrap();
    let advice = ["one output", "always 1", "BinaryCrossEntropy::logits()"];
    assert_says(one.fit(&labelled(&[0, 1]), Fit::new()), &advice);
    assert_says(one.evaluate(&labelled(&[0, 0])), &advice);
    let mut model = model(losses::SoftmaxCrossEntropy::new());
    assert_says(model.fit(&labelled(&[1, 1, 1]), Fit::new()), &["all 3 labels are 1", "two classes"]);
    // A part of a dataset may be evaluated by itself, and one sample can only be of one class.
    assert!(model.evaluate(&labelled(&[1, 1, 1])).is_ok());
    assert!(model.fit(&labelled(&[1]), Fit::new().epochs(1)).is_ok());
}

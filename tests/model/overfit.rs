//! Every activation, layer and loss can learn eight samples by heart.

use wgrad::layers::{Dense, Dropout, Flatten, Sigmoid, Softmax, Tanh};
use wgrad::ops::activation::Activation;
use wgrad::{Dataset, Fit, Init, Loss, Optimizer, Schedule, Sequential, losses};

use crate::support::{cpu, drawn, regression, samples};

/// Eight samples of four numbers, with a target between 0 and 1.
fn numbers() -> Dataset {
    regression(&drawn(1, 8, 4), &drawn(2, 8, 1).mapv(|x| 0.5 + 0.4 * x))
}

fn classes() -> Dataset {
    Dataset::classification(samples(&drawn(1, 8, 4)), vec![0, 1, 2, 2, 1, 0, 1, 2]).unwrap()
}

#[track_caller]
fn assert_learns(net: Sequential, loss: impl Loss, data: &Dataset, least: f64) {
    let title = format!("{loss:?} of\n{}", net.summary().unwrap());
    // A rate that falls, so that the last batches' noise does not decide.
    let optimizer = Optimizer::adam(0.01).schedule(Schedule::Cosine { floor: 0.0 });
    let mut model = net.compile(cpu(), loss, optimizer, 0).unwrap();
    model.fit(data, Fit::new().epochs(1500).batch(4)).unwrap();
    let metrics = model.evaluate(data).unwrap();
    assert!(metrics.loss < least, "{title}\n{metrics:?}");
    assert!(metrics.accuracy.is_none_or(|accuracy| accuracy == 1.0), "{title}\n{metrics:?}");
}

#[test]
fn with_every_activation() {
    for activation in Activation::examples().into_iter().filter(|activation| activation.name() != "identity")
    {
        let net =
            Sequential::new([4]).add(Dense::new(32).init(Init::HeNormal)).add(activation).add(Dense::new(1));
        assert_learns(net, losses::MeanSquaredError, &numbers(), 1e-4);
    }
}

#[test]
fn with_every_layer() {
    let deep = Sequential::new([4])
        .add(Flatten)
        .add(Dense::new(24).without_bias())
        .add(Tanh)
        .add(Dense::new(24))
        .add(Tanh)
        .add(Dense::new(1))
        .add(Sigmoid);
    assert_learns(deep, losses::MeanSquaredError, &numbers(), 1e-4);
    let softmax =
        Sequential::new([4]).add(Dense::new(32)).add(Tanh).add(Dense::new(8)).add(Softmax).add(Dense::new(1));
    assert_learns(softmax, losses::MeanSquaredError, &numbers(), 1e-3);
    // What is dropped disturbs the training; the labels are learnt all the same.
    let dropout =
        Sequential::new([4]).add(Dense::new(64)).add(Tanh).add(Dropout::new(0.2)).add(Dense::new(3));
    assert_learns(dropout, losses::SoftmaxCrossEntropy::new(), &classes(), 0.2);
}

#[test]
fn with_every_loss() {
    // The least that a cross-entropy can be is the entropy of its targets.
    let entropy = |t: f32| -f64::from(t * t.ln() + (1.0 - t) * (1.0 - t).ln());
    let targets = drawn(2, 8, 1).mapv(|x| 0.5 + 0.4 * x);
    let least = targets.iter().map(|t| entropy(*t)).sum::<f64>() / 8.0;
    let net = || Sequential::new([4]).add(Dense::new(32)).add(Tanh);
    let number = || net().add(Dense::new(1));
    assert_learns(number(), losses::MeanSquaredError, &numbers(), 1e-4);
    assert_learns(number(), losses::MeanAbsoluteError, &numbers(), 0.02);
    assert_learns(number(), losses::Huber { delta: 0.2 }, &numbers(), 1e-4);
    assert_learns(number(), losses::LogCosh, &numbers(), 1e-4);
    assert_learns(number(), losses::Quantile { quantile: 0.7 }, &numbers(), 0.02);
    let probability = number().add(Sigmoid);
    assert_learns(probability, losses::BinaryCrossEntropy::new(), &numbers(), least + 1e-3);
    assert_learns(number(), losses::BinaryCrossEntropy::logits(), &numbers(), least + 1e-3);
    let scores = || net().add(Dense::new(3));
    assert_learns(scores(), losses::SoftmaxCrossEntropy::new(), &classes(), 0.02);
    let weighted = losses::SoftmaxCrossEntropy::new().class_weights([1.0, 2.0, 0.5]).focal(2.0);
    assert_learns(scores(), weighted, &classes(), 0.02);
}

//! Losses against values computed by hand, through `evaluate` of a model that passes its inputs on.

use ndarray::{Array2, array};
use wgrad::layers::Identity;
use wgrad::{Dataset, Loss, Model, Optimizer, Samples, Sequential, losses};

use crate::support::{cpu, regression};

fn passing(width: usize, loss: impl Loss) -> Model {
    Sequential::new([width]).add(Identity).compile(cpu(), loss, Optimizer::sgd(0.1), 0).unwrap()
}

fn evaluated(loss: impl Loss, predictions: Array2<f32>, targets: Array2<f32>) -> f64 {
    passing(predictions.ncols(), loss).evaluate(&regression(&predictions, &targets)).unwrap().loss
}

#[track_caller]
fn assert_loss(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-6 * wanted.abs().max(1.0), "{found} instead of {wanted}");
}

#[test]
fn mean_squared_error_is_the_mean_over_all_elements() {
    let found =
        evaluated(losses::MeanSquaredError, array![[1.0, 2.0], [0.0, -1.0]], array![[0.0, 4.0], [0.0, 2.0]]);
    assert_loss(found, (1.0 + 4.0 + 0.0 + 9.0) / 4.0);
}

#[test]
fn binary_cross_entropy_of_probabilities() {
    let found = evaluated(losses::BinaryCrossEntropy::new(), array![[0.8, 0.3]], array![[1.0, 0.25]]);
    let wanted = -(0.8f64.ln() + 0.25 * 0.3f64.ln() + 0.75 * 0.7f64.ln()) / 2.0;
    assert_loss(found, wanted);
    // At certainty it is bounded by the clamp, ln 10⁷ or nearly 0.
    let wrong = evaluated(losses::BinaryCrossEntropy::new(), array![[0.0, 1.0]], array![[1.0, 0.0]]);
    assert!((wrong - 1e7f64.ln()).abs() < 0.2, "{wrong}");
    let right = evaluated(losses::BinaryCrossEntropy::new(), array![[1.0, 0.0]], array![[1.0, 0.0]]);
    assert!(right < 1e-6, "{right}");
}

#[test]
fn binary_cross_entropy_of_logits_is_that_of_their_sigmoids_and_never_overflows() {
    let logits: [f32; 4] = [-3.0, -0.2, 0.0, 4.5];
    let targets = [0.0, 1.0, 0.3, 0.9];
    let of_pair = |(z, t): (&f32, &f32)| {
        let (p, t) = (1.0 / (1.0 + (-f64::from(*z)).exp()), f64::from(*t));
        -(t * p.ln() + (1.0 - t) * (1.0 - p).ln())
    };
    let wanted = logits.iter().zip(&targets).map(of_pair).sum::<f64>() / 4.0;
    let row = |values: [f32; 4]| Array2::from_shape_vec((1, 4), values.to_vec()).unwrap();
    assert_loss(evaluated(losses::BinaryCrossEntropy::logits(), row(logits), row(targets)), wanted);
    let far = evaluated(losses::BinaryCrossEntropy::logits(), array![[1e4, -1e4]], array![[0.0, 0.0]]);
    assert_loss(far, 5e3);
}

#[test]
fn softmax_cross_entropy_of_labels_and_the_accuracy() {
    let scores = array![[1.0, 2.0, 0.5], [0.0, 0.0, 0.0], [9.0, 1.0, 1e4]];
    let data = Dataset::classification(Samples::reals(scores.view()).unwrap(), vec![1, 2, 2]).unwrap();
    let metrics = passing(3, losses::SoftmaxCrossEntropy::new()).evaluate(&data).unwrap();
    let first = (1f64.exp() + 2f64.exp() + 0.5f64.exp()).ln() - 2.0;
    assert_loss(metrics.loss, (first + 3f64.ln() + 0.0) / 3.0);
    // Of equal scores the first counts.
    assert!((metrics.accuracy.unwrap() - 2.0 / 3.0).abs() < 1e-9);
}

#[test]
fn the_mean_is_over_samples_whatever_the_batches() {
    let targets = Array2::from_shape_fn((600, 1), |(i, _)| i as f32 / 100.0);
    let found = evaluated(losses::MeanSquaredError, Array2::zeros((600, 1)), targets.clone());
    let wanted = targets.iter().map(|t| f64::from(*t).powi(2)).sum::<f64>() / 600.0;
    assert_loss(found, wanted);
}

//! What metrics refuse.

use ndarray::{Array2, array};
use wgrad::metrics::{
    Accuracy, Average, F1, MeanAbsoluteError, Metric, MetricsError, Predictions, R2, RocAuc, TopKAccuracy,
    Truth,
};

fn fault<'a>(metric: &dyn Metric, outputs: &'a Array2<f32>, truth: impl Into<Truth<'a>>) -> MetricsError {
    metric.compute(&Predictions::new(outputs.view(), truth).unwrap()).unwrap_err()
}

#[test]
fn outputs_and_truth_must_be_as_many_and_numbers() {
    let outputs = array![[1.0, 0.0], [0.0, f32::NAN]];
    let new = |truth: &'static [u32]| Predictions::new(outputs.view(), truth).unwrap_err();
    assert_eq!(new(&[0]), MetricsError::Length { truth: 1, predicted: 2 });
    assert_eq!(new(&[0, 1]), MetricsError::NotANumber { sample: 1, column: 1 });
    let none = Array2::<f32>::zeros((0, 2));
    assert_eq!(Predictions::new(none.view(), &[][..]).unwrap_err(), MetricsError::Empty);
    let narrow = Array2::<f32>::zeros((1, 0));
    assert_eq!(Predictions::new(narrow.view(), &[0][..]).unwrap_err(), MetricsError::Empty);
}

#[test]
fn weights_and_thresholds_must_be_sensible() {
    let outputs = array![[1.0], [0.0]];
    let predictions = Predictions::new(outputs.view(), &[0, 1][..]).unwrap();
    let weights = |weights: &'static [f32]| predictions.with_weights(weights).unwrap_err();
    assert_eq!(weights(&[1.0]), MetricsError::Weights { weights: 1, samples: 2 });
    assert_eq!(weights(&[1.0, -1.0]), MetricsError::Weight { sample: 1, weight: -1.0 });
    assert!(matches!(weights(&[f32::NAN, 1.0]), MetricsError::Weight { sample: 0, .. }));
    assert_eq!(weights(&[0.0, 0.0]), MetricsError::NoWeight);
    let infinite = MetricsError::Threshold { threshold: f32::INFINITY };
    assert_eq!(predictions.with_threshold(f32::INFINITY).unwrap_err(), infinite);
    assert_eq!(Accuracy::new().threshold(f32::INFINITY).compute(&predictions), Err(infinite));
    assert_eq!(Accuracy::new().compute(&predictions), Err(MetricsError::NoThreshold));
}

#[test]
fn truth_must_say_classes_where_they_are_compared() {
    let accuracy = Accuracy::new().threshold(0.5);
    let (one, three) = (array![[0.2], [0.8]], array![[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]]);
    assert_eq!(fault(&accuracy, &one, &[0, 2][..]), MetricsError::Label { sample: 1, label: 2, classes: 2 });
    assert_eq!(
        fault(&accuracy, &three, &[3, 1][..]),
        MetricsError::Label { sample: 0, label: 3, classes: 3 }
    );
    let numbers = array![[1.0], [0.5]];
    assert_eq!(fault(&accuracy, &one, numbers.view()), MetricsError::Target { sample: 1, value: 0.5 });
    let several = array![[0.0, 1.0, 0.0], [1.0, 1.0, 0.0]];
    assert_eq!(fault(&accuracy, &three, several.view()), MetricsError::NoClass { sample: 1, sum: 2.0 });
    assert_eq!(fault(&accuracy, &three, numbers.view()), MetricsError::Width { targets: 1, outputs: 3 });
}

#[test]
fn classes_and_numbers_must_be_enough() {
    let (one, three) = (array![[0.2], [0.8]], array![[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]]);
    assert_eq!(fault(&RocAuc, &one, &[1, 1][..]), MetricsError::OneClass { class: 0 });
    let weighted = Predictions::new(one.view(), &[1, 0][..]).unwrap().with_weights(&[0.0, 1.0]).unwrap();
    assert_eq!(RocAuc.compute(&weighted), Err(MetricsError::OneClass { class: 1 }));
    assert_eq!(fault(&RocAuc, &three, &[1, 0][..]), MetricsError::NotBinary { classes: 3 });
    assert_eq!(fault(&F1::new(), &three, &[1, 0][..]), MetricsError::NotBinary { classes: 3 });
    assert_eq!(F1::new().average(Average::Macro).name(), "macro_f1");
    for k in [0, 4] {
        assert_eq!(fault(&TopKAccuracy::new(k), &three, &[1, 0][..]), MetricsError::TopK { k, classes: 3 });
    }
    assert_eq!(fault(&TopKAccuracy::new(1), &one, &[1, 0][..]), MetricsError::TopK { k: 1, classes: 1 });
    assert_eq!(fault(&MeanAbsoluteError, &three, &[1, 0][..]), MetricsError::NeedsNumbers);
    let (single, target) = (array![[1.0]], array![[1.0]]);
    assert_eq!(fault(&R2, &single, target.view()), MetricsError::TooFew { samples: 1, needed: 2 });
}

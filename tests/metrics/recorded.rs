//! Metrics against numbers from scikit-learn.

use std::sync::Arc;

use ndarray::Array2;
use serde_json::Value;
use wgrad::metrics::{
    Accuracy, Average, F1, MeanAbsoluteError, MeanSquaredError, Metric, Precision, Predictions, R2, Recall,
    RocAuc, RootMeanSquaredError, TopKAccuracy, Truth,
};

fn rows(value: &Value) -> Array2<f32> {
    let rows = value.as_array().unwrap();
    let width = rows[0].as_array().unwrap().len();
    let numbers = rows.iter().flat_map(|row| row.as_array().unwrap());
    let numbers: Vec<f32> = numbers.map(|number| number.as_f64().unwrap() as f32).collect();
    Array2::from_shape_vec((rows.len(), width), numbers).unwrap()
}

fn metric(name: &str) -> Arc<dyn Metric> {
    let (average, kind) = match name.split_once('_') {
        Some(("macro", kind)) => (Average::Macro, kind),
        Some(("weighted", kind)) => (Average::Weighted, kind),
        _ => (Average::Binary, name),
    };
    match kind {
        "accuracy" => Arc::new(Accuracy::new()),
        "precision" => Arc::new(Precision::new().average(average)),
        "recall" => Arc::new(Recall::new().average(average)),
        "f1" => Arc::new(F1::new().average(average)),
        "roc_auc" => Arc::new(RocAuc),
        "r2" => Arc::new(R2),
        "mean_absolute_error" => Arc::new(MeanAbsoluteError),
        "mean_squared_error" => Arc::new(MeanSquaredError),
        "root_mean_squared_error" => Arc::new(RootMeanSquaredError),
        top => {
            let k = top.strip_prefix("top_").and_then(|rest| rest.strip_suffix("_accuracy")).unwrap();
            Arc::new(TopKAccuracy::new(k.parse().unwrap()))
        }
    }
}

#[test]
fn metrics_are_scikit_learns() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("recorded.json")).unwrap();
    let mut weighted = 0;
    for (number, case) in cases.iter().enumerate() {
        let name = case["metric"].as_str().unwrap();
        let (metric, outputs) = (metric(name), rows(&case["outputs"]));
        assert_eq!(metric.name(), name);
        assert_eq!(metric.higher_is_better(), !name.contains("error"));
        let (labels, numbers): (Vec<u32>, Array2<f32>);
        let truth = if case["truth"][0].is_u64() {
            labels = case["truth"]
                .as_array()
                .unwrap()
                .iter()
                .map(|label| label.as_u64().unwrap() as u32)
                .collect();
            Truth::Labels(&labels)
        } else {
            numbers = rows(&case["truth"]);
            Truth::Numbers(numbers.view())
        };
        let mut predictions = Predictions::new(outputs.view(), truth).unwrap();
        let weights: Vec<f32>;
        if let Some(given) = case["weights"].as_array() {
            weights = given.iter().map(|weight| weight.as_f64().unwrap() as f32).collect();
            predictions = predictions.with_weights(&weights).unwrap();
            weighted += 1;
        }
        if let Some(threshold) = case["threshold"].as_f64() {
            predictions = predictions.with_threshold(threshold as f32).unwrap();
        }
        let (value, wanted) = (metric.compute(&predictions).unwrap(), case["value"].as_f64().unwrap());
        let apart = (value - wanted).abs();
        assert!(
            apart <= 1e-12 * wanted.abs().max(1.0),
            "case {number}, {name}: {value}, and {wanted} is recorded"
        );
    }
    assert!(cases.len() > 90 && weighted > 45, "{} cases, {weighted} weighted", cases.len());
}

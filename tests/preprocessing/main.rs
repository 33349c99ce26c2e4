//! Layers that prepare samples: those that scale features, and those that change images in training.

mod layers;
mod ops;
mod scaling;
#[allow(dead_code, reason = "the tests of the GPU backend use the rest")]
#[path = "../gpu/support.rs"]
mod support;

use serde_json::Value;
use wgrad::random::Stream;

/// What `record.py` recorded under a key.
fn recorded(key: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("recorded.json")).unwrap();
    all[key].clone()
}

/// The numbers of a list, or of a list of lists.
fn numbers(value: &Value) -> Vec<f32> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        value => vec![value.as_f64().unwrap() as f32],
    }
}

#[track_caller]
fn assert_near(found: &[f32], wanted: &[f32], tolerance: f32) {
    assert_eq!(found.len(), wanted.len());
    for (at, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        let near = (found - wanted).abs() <= tolerance * wanted.abs().max(1.0);
        assert!(near, "number {at} is {found} instead of {wanted}");
    }
}

fn uniform(seed: u64, count: usize) -> Vec<f32> {
    let mut stream = Stream::numbered(seed, 60);
    (0..count).map(|_| stream.unit() as f32).collect()
}

//! Steps that overflow and are skipped have never happened: not for Adam's bias corrections, and not after a resume.

use std::path::Path;

use ndarray::Array2;
use safetensors::tensor::TensorView;
use safetensors::{SafeTensors, serialize_to_file};
use serde_json::Value;
use wgrad::backend::{Backend, Verify};
use wgrad::layers::Dense;
use wgrad::{Dataset, Fit, Model, Optimizer, Precision, Sequential, losses};

use crate::{cpu, gpu};

const RATE: f32 = 0.01;

/// Gradients that overflow until the loss scale has fallen.
fn far() -> Dataset {
    let numbers = |value: f32| Array2::from_elem((8, 4), value);
    Dataset::regression(numbers(1e3).view(), numbers(-1e3).view()).unwrap()
}

fn started(backend: impl Backend + 'static) -> Model {
    started_by(Optimizer::adam(RATE), backend)
}

fn started_by(optimizer: Optimizer, backend: impl Backend + 'static) -> Model {
    let net = Sequential::new([4]).precision(Precision::F16).add(Dense::new(4));
    net.compile(backend, losses::MeanSquaredError, optimizer, 3).unwrap()
}

fn weights(model: &mut Model) -> Vec<f32> {
    ["dense_1.weight", "dense_1.bias"].iter().flat_map(|name| model.parameter(name).unwrap()).collect()
}

/// How far a step moves each parameter.
fn moved(model: &mut Model, data: &Dataset) -> Vec<f32> {
    let before = weights(model);
    model.fit(data, Fit::new().epochs(1).batch(8)).unwrap();
    weights(model).iter().zip(before).map(|(after, before)| (after - before).abs()).collect()
}

/// The first two steps that count are so many times as long as the rate while the gradient hardly changes.
fn first_steps_are(lengths: [f32; 2], optimizer: Optimizer, backend: impl Backend + 'static) {
    let (mut model, data) = (started_by(optimizer.clone(), backend), far());
    let skipped = (0..20).take_while(|_| moved(&mut model, &data).iter().all(|step| *step == 0.0)).count();
    assert!((3..12).contains(&skipped), "{skipped} steps were skipped");
    // The last of these calls made the first step.
    let fresh = weights(&mut started(cpu()));
    let first: Vec<f32> = weights(&mut model).iter().zip(fresh).map(|(a, b)| (a - b).abs()).collect();
    let steps = [first, moved(&mut model, &data)];
    for ((step, length), tolerance) in steps.into_iter().zip(lengths).zip([1e-3, 0.15]) {
        let right = |step: &f32| (step / RATE / length - 1.0).abs() < tolerance;
        assert!(step.iter().all(right), "{step:?}, not {length} times {RATE}, by {optimizer:?}");
    }
}

#[test]
fn the_first_step_that_counts_is_the_first_one() {
    // NAdam's by its formula, from a gradient that stays.
    let nadam = ([1.05645, 0.78368], Optimizer::nadam(RATE));
    let whole = [Optimizer::adam(RATE), Optimizer::adamax(RATE)].map(|optimizer| ([1.0; 2], optimizer));
    for (lengths, optimizer) in whole.into_iter().chain([nadam]) {
        first_steps_are(lengths, optimizer.clone(), cpu());
        let Some(gpu) = gpu() else { continue };
        first_steps_are(lengths, optimizer.clone(), gpu.another().unwrap());
        first_steps_are(lengths, optimizer, Verify::new(gpu).unwrap());
    }
}

fn resumes_to_the_bit(optimizer: Optimizer, new: impl Fn() -> Box<dyn Backend>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let fit = |epochs| Fit::new().epochs(epochs).batch(8);
    let [mut whole, mut first, mut second] = [(); 3].map(|()| started_by(optimizer.clone(), new()));
    whole.fit(&far(), fit(14)).unwrap();
    first.fit(&far(), fit(9).checkpoint(&path, 9)).unwrap();
    second.fit(&far(), fit(14).resume(&path)).unwrap();
    assert_eq!(weights(&mut second), weights(&mut whole));
    assert!(weights(&mut first) != weights(&mut started(cpu())), "every step was skipped");
}

#[test]
fn a_resumed_training_knows_which_steps_counted() {
    let new =
        [Optimizer::ada_grad(RATE), Optimizer::lion(RATE), Optimizer::adamax(RATE), Optimizer::nadam(RATE)];
    for optimizer in
        [Optimizer::adam(RATE), Optimizer::momentum(RATE, 0.5).clip_value(0.1)].into_iter().chain(new)
    {
        resumes_to_the_bit(optimizer.clone(), || Box::new(cpu()));
        let Some(gpu) = gpu() else { continue };
        resumes_to_the_bit(optimizer, || Box::new(gpu.another().unwrap()));
    }
}

/// Leaves out of a checkpoint what version 0.1 did not write.
fn as_of_version_0_1(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let kept = file.tensors().into_iter().filter(|(name, _)| name != "wgrad/denominators");
    let kept: Vec<(String, TensorView<'_>)> = kept.collect();
    assert_eq!(kept.len() + 1, file.len());
    let mut notes = header.metadata().clone().unwrap();
    let mut described: Value = serde_json::from_str(&notes["wgrad"]).unwrap();
    assert!(described["training"].as_object_mut().unwrap().remove("version").is_some());
    notes.insert("wgrad".into(), described.to_string());
    serialize_to_file(kept, Some(notes), path).unwrap();
}

#[test]
fn checkpoints_of_version_0_1_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let near = Array2::from_shape_fn((8, 4), |(i, j)| (i + j) as f32 / 10.0);
    let data = Dataset::regression(near.view(), near.view()).unwrap();
    let fit = |epochs| Fit::new().epochs(epochs).batch(4);
    let [mut whole, mut first, mut second] = [(); 3].map(|()| started(cpu()));
    whole.fit(&data, fit(8)).unwrap();
    first.fit(&data, fit(3).checkpoint(&path, 3)).unwrap();
    as_of_version_0_1(&path);
    second.fit(&data, fit(8).resume(&path)).unwrap();
    for (resumed, whole) in weights(&mut second).iter().zip(weights(&mut whole)) {
        assert!((resumed - whole).abs() < 1e-5, "{resumed} and {whole}");
    }
}

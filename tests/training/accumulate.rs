//! Gradients that are added up over several batches are those of one large batch; gradients are read without a step.

use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::Array2;
use tempfile::tempdir;
use wgrad::backend::{Backend, Cpu};
use wgrad::layers::{Dense, Dropout, LayerNorm, Tanh};
use wgrad::{Dataset, Error, Fit, Model, Optimizer, Precision, Samples, Sequential, losses};

use crate::support::{adam, gpu};

fn data(rows: usize) -> Dataset {
    let values = Array2::from_shape_fn((rows, 6), |(i, j)| ((i * 13 + j * 5) % 17) as f32 / 17.0);
    let weights: Vec<f32> = (0..rows).map(|i| (i % 3) as f32 + 0.5).collect();
    Dataset::autoencoder(Samples::reals(values.view()).unwrap()).with_weights(weights).unwrap()
}

fn model(backend: impl Backend + 'static, optimizer: Optimizer, precision: Precision) -> Model {
    let net = Sequential::new([6]).precision(precision).add_named("encoder", Dense::new(8)).add(Tanh);
    let net = net.add(LayerNorm::new()).add(Dropout::new(0.2)).add_named("decoder", Dense::new(6));
    net.compile(backend, losses::MeanSquaredError, optimizer, 1).unwrap()
}

/// The losses of a training with steps of 20 samples, and what the model then predicts.
fn trained(mut model: Model, batch: usize, accumulate: usize) -> Vec<f64> {
    let (train, validation) = (data(47), data(7));
    let fit = Fit::new().epochs(4).batch(batch).accumulate(accumulate).validation(&validation);
    let history = model.fit(&train, fit).unwrap();
    let mut found: Vec<f64> = Vec::new();
    for epoch in &history.epochs {
        found.extend([epoch.metrics.loss, epoch.validation.unwrap().loss, f64::from(epoch.rate)]);
    }
    found.extend(model.predict(validation.inputs()).unwrap().iter().map(|value| f64::from(*value)));
    found
}

fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn a_step_of_several_batches_is_one_of_a_large_batch() {
    let schedule = wgrad::Schedule::Cosine { floor: 0.1 };
    for optimizer in [Optimizer::sgd(0.1), Optimizer::adam_w(0.01, 0.1).clip_norm(0.3).schedule(schedule)] {
        let cpu = || Cpu::<f64>::with_threads(2).unwrap();
        let whole = trained(model(cpu(), optimizer.clone(), Precision::F32), 20, 1);
        for (batch, accumulate) in [(5, 4), (10, 2), (20, 1)] {
            let found = trained(model(cpu(), optimizer.clone(), Precision::F32), batch, accumulate);
            // What is predicted comes back in single precision.
            assert!(apart(&found, &whole) < 1e-6, "{batch} times {accumulate}: {found:?}\n{whole:?}");
        }
        let single = || Cpu::<f32>::with_threads(2).unwrap();
        let found = trained(model(single(), optimizer.clone(), Precision::F32), 5, 4);
        assert!(apart(&found, &whole) < 1e-4, "{found:?}\n{whole:?}");
        let half = trained(model(single(), optimizer.clone(), Precision::F16), 20, 1);
        let found = trained(model(single(), optimizer.clone(), Precision::F16), 5, 4);
        assert!(apart(&found, &half) < 5e-3, "{found:?}\n{half:?}");
    }
    let Some(device) = gpu() else { return };
    let whole = trained(model(device.another().unwrap(), adam(0.01), Precision::F32), 20, 1);
    let found = trained(model(device, adam(0.01), Precision::F32), 5, 4);
    assert!(apart(&found, &whole) < 1e-4, "{found:?}\n{whole:?}");
}

#[test]
fn a_gradient_is_that_of_the_next_step() {
    let train = data(47);
    for (accumulate, precision, tolerance) in
        [(1, Precision::F32, 1e-5), (3, Precision::F32, 1e-5), (2, Precision::F16, 2e-3)]
    {
        let mut model = model(Cpu::<f32>::with_threads(2).unwrap(), Optimizer::sgd(0.5), precision);
        let fit = Fit::new().epochs(2).batch(8).accumulate(accumulate);
        let mut training = model.training(&train, fit).unwrap();
        let mut steps = 0;
        loop {
            let gradient = training.gradient("encoder.weight");
            let before = training.model().parameter("encoder.weight").unwrap();
            if training.step().unwrap().is_none() {
                let error = gradient.unwrap_err().to_string();
                assert!(error.contains("no next step"), "{error}");
                break;
            }
            steps += 1;
            let step = (before - training.model().parameter("encoder.weight").unwrap()) / 0.5;
            let apart = (&step - &gradient.unwrap()).mapv(f32::abs).into_iter().fold(0.0, f32::max);
            assert!(apart < tolerance, "step {steps}: {apart} apart");
            assert!(step.iter().any(|value| value.abs() > 10.0 * tolerance), "{step}");
        }
        assert_eq!(steps, 2 * 47usize.div_ceil(8 * accumulate));
    }
}

#[test]
fn reading_gradients_changes_nothing() {
    let train = data(23);
    let run = |read: bool| {
        let mut model = model(Cpu::<f32>::with_threads(2).unwrap(), Optimizer::adam(0.01), Precision::F32);
        let mut training = model.training(&train, Fit::new().epochs(3).batch(5)).unwrap();
        loop {
            if read && !training.history().epochs.is_empty() {
                let _ = training.gradient("decoder.bias");
            }
            if training.step().unwrap().is_none() {
                break;
            }
        }
        training.finish().unwrap();
        model.snapshot().unwrap()
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn what_has_no_gradient_says_so() {
    let (train, mut model) =
        (data(23), model(Cpu::<f32>::new().unwrap(), Optimizer::sgd(0.1), Precision::F32));
    let mut training = model.training(&train, Fit::new().batch(5)).unwrap();
    assert!(matches!(training.gradient("encoder").unwrap_err(), Error::ParameterName { .. }));
    training.freeze("encoder").unwrap();
    let error = training.gradient("encoder.weight").unwrap_err().to_string();
    assert!(error.contains("encoder.weight is frozen"), "{error}");
    assert!(training.gradient("decoder.weight").is_ok());
}

#[test]
fn a_training_of_accumulated_batches_goes_on_from_its_checkpoint() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let (train, interrupt) = (data(47), AtomicBool::new(false));
    let new = || model(Cpu::<f32>::with_threads(2).unwrap(), Optimizer::adam(0.01), Precision::F32);
    let fit = || Fit::new().epochs(4).batch(4).accumulate(3).checkpoint(&path, None);
    let mut whole = new();
    whole.fit(&train, fit()).unwrap();
    let mut broken = new();
    let mut training = broken.training(&train, fit().interrupt(&interrupt)).unwrap();
    for step in 0..6 {
        interrupt.store(step == 5, Ordering::Relaxed);
        let outcome = training.step();
        assert_eq!(outcome.is_err(), step == 5, "{outcome:?}");
    }
    drop(training);
    let mut resumed = new();
    resumed.fit(&train, fit().resume(&path)).unwrap();
    assert_eq!(resumed.snapshot().unwrap(), whole.snapshot().unwrap());
    let error = new().fit(&train, fit().accumulate(2).resume(&path)).unwrap_err().to_string();
    assert!(error.contains("accumulate"), "{error}");
}

#[test]
fn divergence_is_told_with_its_step() {
    let train = data(47);
    let mut model = model(Cpu::<f32>::new().unwrap(), Optimizer::sgd(0.1), Precision::F32);
    let mut training = model.training(&train, Fit::new().epochs(5).batch(5).accumulate(2)).unwrap();
    training.epoch().unwrap();
    training.set_rate(1e30).unwrap();
    let error = training.epoch().unwrap_err();
    assert!(matches!(error, Error::NotFinite { epoch: 2, .. }), "{error}");
    drop(training);
    let error = model.fit(&train, Fit::new().accumulate(0)).unwrap_err().to_string();
    assert!(error.contains("0 batches"), "{error}");
}

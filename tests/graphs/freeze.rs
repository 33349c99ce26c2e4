//! Parameters that are not trained for a while: PyTorch's losses, files, and what is refused.

use serde_json::Value;
use wgrad::backend::{Backend, Cpu, Reference};
use wgrad::layers::{Dense, Tanh};
use wgrad::{Dataset, Error, Fit, Model, Optimizer, Precision, Sequential, losses};

use crate::draws::Draws;
use crate::{adam_gpu, assert_near, gpu, tempdir};

fn optimizer(name: &str) -> Optimizer {
    let optimizer = match name {
        "momentum" => Optimizer::momentum(0.1, 0.9),
        "rms_prop" => Optimizer::rms_prop(0.01),
        _ => Optimizer::adam_w(0.02, 0.1),
    };
    optimizer.clip_norm(0.25)
}

fn model(backend: impl Backend + 'static, name: &str) -> (Model, Dataset) {
    let mut draws = Draws(7);
    let [inputs, targets] = [5, 3].map(|cols| draws.matrix(12, cols));
    let net = Sequential::new([5]).add_named("first", Dense::new(4)).add(Tanh);
    let net = net.add_named("second", Dense::new(3));
    let mut model = net.compile(backend, losses::MeanSquaredError, optimizer(name), 0).unwrap();
    for (name, rows, cols) in
        [("first.weight", 5, 4), ("first.bias", 1, 4), ("second.weight", 4, 3), ("second.bias", 1, 3)]
    {
        model.set_parameter(name, draws.matrix(rows, cols).view()).unwrap();
    }
    (model, Dataset::regression(inputs.view(), targets.view()).unwrap())
}

fn train(model: &mut Model, data: &Dataset) -> Vec<f64> {
    let history = model.fit(data, Fit::new().epochs(5).batch(12).unshuffled()).unwrap();
    history.epochs.iter().map(|epoch| epoch.metrics.loss).collect()
}

fn losses(backend: Box<dyn Backend>, name: &str) -> Vec<f64> {
    let (mut model, data) = model(backend, name);
    let mut found = train(&mut model, &data);
    model.freeze("first").unwrap();
    let before = model.parameter("first.weight").unwrap();
    found.extend(train(&mut model, &data));
    assert_eq!(model.parameter("first.weight").unwrap(), before);
    model.thaw("first").unwrap();
    found.extend(train(&mut model, &data));
    assert_ne!(model.parameter("first.weight").unwrap(), before);
    found
}

/// The losses of ten epochs in which the first layer learns at a tenth of the rate.
fn losses_of_rates(backend: Box<dyn Backend>, name: &str) -> Vec<f64> {
    let (mut model, data) = model(backend, name);
    model.set_rate_factor("first", 0.1).unwrap();
    let mut found = train(&mut model, &data);
    found.extend(train(&mut model, &data));
    found
}

/// Holds losses on every backend against those that `record.py` has recorded.
fn assert_recorded(recorded: &str, losses: fn(Box<dyn Backend>, &str) -> Vec<f64>) {
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    for name in ["momentum", "rms_prop", "adam_w"] {
        let wanted = recorded[name].as_array().unwrap().iter().map(|loss| loss.as_f64().unwrap());
        let wanted: Vec<f64> = wanted.collect();
        assert_near(&losses(Box::new(Cpu::<f64>::new().unwrap()), name), &wanted, 2e-6);
        assert_near(&losses(Box::new(Reference::<f64>::new()), name), &wanted, 2e-6);
        assert_near(&losses(Box::new(Cpu::<f32>::with_threads(2).unwrap()), name), &wanted, 1e-4);
        let Some(device) = (if name == "adam_w" { adam_gpu() } else { gpu() }) else { continue };
        assert_near(&losses(Box::new(device), name), &wanted, 1e-4);
    }
}

#[test]
fn a_layer_that_learns_at_a_tenth_of_the_rate_gives_pytorchs_losses() {
    assert_recorded(include_str!("rates.json"), losses_of_rates);
}

#[test]
fn freezing_and_thawing_give_pytorchs_losses() {
    assert_recorded(include_str!("frozen.json"), losses);
}

#[test]
fn frozen_layers_train_the_rest_in_f16_and_come_back_from_files() {
    let net = Sequential::new([5]).precision(Precision::F16).add_named("first", Dense::new(4)).add(Tanh);
    let net = net.add_named("second", Dense::new(8)).add(Tanh).add(Dense::new(3));
    let cpu = || Cpu::<f32>::new().unwrap();
    let mut model_of = net.compile(cpu(), losses::MeanSquaredError, Optimizer::adam(0.02), 1).unwrap();
    let (_, data) = model(cpu(), "momentum");
    train(&mut model_of, &data);
    let before = model_of.predict(data.inputs()).unwrap();
    model_of.freeze("second").unwrap();
    assert_eq!(model_of.predict(data.inputs()).unwrap(), before);
    let frozen = model_of.parameter("second.weight").unwrap();
    let losses = train(&mut model_of, &data);
    assert!(losses[4] < losses[0] && model_of.parameter("second.weight").unwrap() == frozen, "{losses:?}");

    let folder = tempdir().unwrap();
    let path = folder.path().join("frozen.safetensors");
    model_of.save(&path).unwrap();
    let mut loaded = Model::load(&path, cpu()).unwrap();
    assert_eq!(loaded.frozen().collect::<Vec<_>>(), ["second.bias", "second.weight"]);
    assert_eq!(loaded.snapshot().unwrap(), model_of.snapshot().unwrap());
    train(&mut loaded, &data);
    assert_eq!(loaded.parameter("second.weight").unwrap(), frozen);
    let thawed = loaded.snapshot().unwrap();
    loaded.thaw("second").unwrap();
    assert_eq!(loaded.snapshot().unwrap(), thawed);
}

#[test]
fn rates_and_their_factors_come_back_from_files() {
    let cpu = || Box::new(Cpu::<f32>::new().unwrap()) as Box<dyn Backend>;
    let (mut changed, data) = model(cpu(), "adam_w");
    changed.set_rate_factor("first", 0.1).unwrap();
    train(&mut changed, &data);
    let folder = tempdir().unwrap();
    let path = folder.path().join("rates.safetensors");
    changed.save(&path).unwrap();
    let mut loaded = Model::load(&path, cpu()).unwrap();
    let (mut plain, _) = model(cpu(), "adam_w");
    plain.restore(&changed.snapshot().unwrap()).unwrap();
    let fresh = |model: &mut Model| train(model, &data).pop().unwrap();
    let losses = [&mut loaded, &mut plain].map(fresh);
    assert_ne!(losses[0], losses[1], "the loaded model's first layer learns slower");
    for wrong in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let error = plain.set_rate_factor("first", wrong).unwrap_err().to_string();
        assert!(error.contains("first") && error.contains("positive and finite"), "{error}");
    }
    let error = plain.set_rate_factor("first.bias", 0.5).unwrap_err().to_string();
    assert!(error.contains("one tensor"), "{error}");
}

#[test]
fn what_cannot_be_frozen_is_refused() {
    let (mut model, data) = model(Cpu::<f32>::new().unwrap(), "momentum");
    let Err(Error::ParameterName { name, known }) = model.freeze("third") else { panic!("no error") };
    assert!(name == "third" && known.len() == 4);
    assert!(model.freeze("fir").is_err());
    let error = model.freeze("first.bias").unwrap_err().to_string();
    assert!(error.contains("first.weight and first.bias are one tensor"), "{error}");
    model.freeze("first").unwrap();
    model.freeze("second").unwrap();
    let error = model.fit(&data, Fit::new()).unwrap_err().to_string();
    assert!(error.contains("all parameters are frozen"), "{error}");
    assert!(model.evaluate(&data).is_ok());
    model.thaw("second").unwrap();
    train(&mut model, &data);
}

//! Parameters that are not trained for a while: PyTorch's losses, files, and what is refused.

use serde_json::Value;
use wgrad::backend::{Backend, Cpu, Reference};
use wgrad::layers::{Dense, Tanh};
use wgrad::{Dataset, Error, Fit, Loss, Model, Optimizer, Precision, Sequential};

use crate::draws::Draws;
use crate::{assert_near, gpu, tempdir};

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
    let mut model = net.compile(backend, Loss::MeanSquaredError, optimizer(name), 0).unwrap();
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

fn losses(backend: impl Backend + 'static, name: &str) -> Vec<f64> {
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

#[test]
fn freezing_and_thawing_give_pytorchs_losses() {
    let recorded: Value = serde_json::from_str(include_str!("frozen.json")).unwrap();
    for name in ["momentum", "rms_prop", "adam_w"] {
        let wanted = recorded[name].as_array().unwrap().iter().map(|loss| loss.as_f64().unwrap());
        let wanted: Vec<f64> = wanted.collect();
        assert_near(&losses(Cpu::<f64>::new().unwrap(), name), &wanted, 2e-6);
        assert_near(&losses(Reference::<f64>::new(), name), &wanted, 2e-6);
        assert_near(&losses(Cpu::<f32>::with_threads(2).unwrap(), name), &wanted, 1e-4);
        let Some(device) = gpu() else { continue };
        assert_near(&losses(device, name), &wanted, 1e-4);
    }
}

#[test]
fn frozen_layers_train_the_rest_in_f16_and_come_back_from_files() {
    let net = Sequential::new([5]).precision(Precision::F16).add_named("first", Dense::new(4)).add(Tanh);
    let net = net.add_named("second", Dense::new(8)).add(Tanh).add(Dense::new(3));
    let cpu = || Cpu::<f32>::new().unwrap();
    let mut model_of = net.compile(cpu(), Loss::MeanSquaredError, Optimizer::adam(0.02), 1).unwrap();
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

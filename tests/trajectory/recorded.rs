//! Random nets that `record.py` has trained with PyTorch in double precision, trained here on every backend.

use std::collections::BTreeSet;
use std::sync::Arc;

use ndarray::Array2;
use serde_json::Value;
use wgrad::backend::{Backend, Cpu, Reference};
use wgrad::layers::{Dense, Gelu, GeluTanh, Identity, LeakyRelu, Relu, Sigmoid, Softmax, Tanh};
use wgrad::losses::TargetKind;
use wgrad::{Dataset, Fit, Loss, Model, Optimizer, Samples, Schedule, Sequential, losses};

use crate::support::{bindings, gpu};

fn nets() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("recorded.json")).unwrap();
    file["nets"].as_array().unwrap().clone()
}

/// The first ones, every optimizer and loss among them, whose kernels the tests' GPU can bind: Adam's takes five buffers.
fn nets_on_gpu() -> Vec<Value> {
    let binds = |net: &Value| bindings() >= 5 || !net["optimizer"].as_str().unwrap().starts_with("adam");
    nets().into_iter().take(8).filter(binds).collect()
}

/// The generator of `record.py`.
struct Draws(u32);

impl Draws {
    /// In 0..1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(self.0 >> 8) / f64::from(1 << 24)
    }

    fn matrix(&mut self, rows: usize, cols: usize, low: f64, high: f64) -> Array2<f32> {
        Array2::from_shape_simple_fn((rows, cols), || (low + (high - low) * self.next()) as f32)
    }
}

fn number(net: &Value, name: &str) -> usize {
    net[name].as_u64().unwrap() as usize
}

fn numbers(net: &Value, name: &str) -> Vec<f64> {
    net[name].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

/// Units and activation of each layer.
fn layers(net: &Value) -> Vec<(usize, String)> {
    let pairs = net["layers"].as_array().unwrap().chunks(2);
    pairs.map(|pair| (pair[0].as_u64().unwrap() as usize, pair[1].as_str().unwrap().to_string())).collect()
}

fn loss(net: &Value) -> Arc<dyn Loss> {
    losses::examples()
        .into_iter()
        .find(|loss| loss.settings().is_empty() && loss.name() == net["loss"])
        .unwrap()
}

fn dataset(net: &Value, draws: &mut Draws) -> Dataset {
    let (samples, outputs) = (number(net, "samples"), layers(net).last().unwrap().0);
    let inputs = draws.matrix(samples, number(net, "inputs"), -1.0, 1.0);
    if loss(net).targets() == TargetKind::Labels {
        let labels: Vec<u32> = (0..samples).map(|_| (draws.next() * outputs as f64) as u32).collect();
        return Dataset::classification(Samples::reals(inputs.view()).unwrap(), labels).unwrap();
    }
    Dataset::regression(inputs.view(), draws.matrix(samples, outputs, 0.0, 1.0).view()).unwrap()
}

fn schedule(net: &Value) -> Schedule {
    match net["schedule"].as_str().unwrap() {
        "constant" => Schedule::Constant,
        "step" => Schedule::Step { epochs: 2, factor: 0.5 },
        "cosine" => Schedule::Cosine { floor: 0.1 },
        "warmup" => Schedule::Warmup { epochs: 2 },
        "warmup_cosine" => Schedule::WarmupCosine { epochs: 2, floor: 0.1 },
        other => panic!("{other}"),
    }
}

fn optimizer(net: &Value) -> Optimizer {
    let rate = net["rate"].as_f64().unwrap() as f32;
    let optimizer = match net["optimizer"].as_str().unwrap() {
        "sgd" => Optimizer::sgd(rate),
        "momentum" => Optimizer::momentum(rate, 0.9),
        "nesterov" => Optimizer::nesterov(rate, 0.9),
        "rms_prop" => Optimizer::rms_prop(rate),
        "adam" => Optimizer::adam(rate),
        "adam_w" => Optimizer::adam_w(rate, net["decay"].as_f64().unwrap() as f32),
        other => panic!("{other}"),
    };
    let optimizer = optimizer.schedule(schedule(net));
    match net["clip"].as_f64() {
        Some(limit) => optimizer.clip_norm(limit as f32),
        None => optimizer,
    }
}

fn sequential(net: &Value) -> Sequential {
    let mut stack = Sequential::new([number(net, "inputs")]);
    for (units, activation) in layers(net) {
        stack = stack.add(Dense::new(units));
        stack = match activation.as_str() {
            "relu" => stack.add(Relu),
            "leaky_relu" => stack.add(LeakyRelu::default()),
            "sigmoid" => stack.add(Sigmoid),
            "tanh" => stack.add(Tanh),
            "gelu" => stack.add(Gelu),
            "gelu_tanh" => stack.add(GeluTanh),
            "identity" => stack.add(Identity),
            "softmax" => stack.add(Softmax),
            other => panic!("{other}"),
        };
    }
    stack
}

/// With the weights that PyTorch began with.
fn model(net: &Value, backend: impl Backend + 'static, draws: &mut Draws) -> Model {
    let mut model = sequential(net).compile(backend, loss(net), optimizer(net), 0).unwrap();
    let mut inputs = number(net, "inputs");
    for (layer, (units, _)) in (1..).zip(layers(net)) {
        let limit = (6.0 / (inputs + units) as f64).sqrt();
        let weight = draws.matrix(inputs, units, -limit, limit);
        model.set_parameter(&format!("dense_{layer}.weight"), weight.view()).unwrap();
        let bias = draws.matrix(1, units, -0.1, 0.1);
        model.set_parameter(&format!("dense_{layer}.bias"), bias.view()).unwrap();
        inputs = units;
    }
    model
}

/// Trains, and compares the loss of each epoch and the outputs for two samples afterwards.
fn assert_as_pytorch(net: &Value, backend: impl Backend + 'static, tolerance: f64) {
    let mut draws = Draws(number(net, "seed") as u32);
    let data = dataset(net, &mut draws);
    let mut model = model(net, backend, &mut draws);
    let fit = Fit::new().epochs(number(net, "epochs")).batch(number(net, "batch")).unshuffled();
    let history = model.fit(&data, fit).unwrap();
    let mut draws = Draws(number(net, "seed") as u32);
    let two = draws.matrix(2, number(net, "inputs"), -1.0, 1.0);
    let outputs = model.predict(&Samples::reals(two.view()).unwrap()).unwrap();
    let found = history.epochs.iter().map(|epoch| epoch.metrics.loss);
    let found = found.chain(outputs.iter().map(|output| f64::from(*output)));
    let recorded = [numbers(net, "losses"), numbers(net, "outputs")].concat();
    assert_eq!(found.clone().count(), recorded.len());
    for (found, recorded) in found.zip(recorded) {
        let apart = (found - recorded).abs() / recorded.abs().max(0.1);
        assert!(apart <= tolerance, "{found}, {apart:e} from {recorded}, of {net}");
    }
}

#[test]
fn every_optimizer_loss_schedule_and_activation_is_among_the_nets() {
    let nets = nets();
    let known = |name: &str| -> BTreeSet<_> { nets.iter().map(|net| net[name].to_string()).collect() };
    let counts = ["loss", "optimizer", "schedule"].map(|name| known(name).len());
    assert_eq!(counts, [4, 6, 5]);
    let activations: BTreeSet<_> = nets.iter().flat_map(layers).map(|(_, activation)| activation).collect();
    assert_eq!(activations.len(), 8, "{activations:?}");
    let ragged = |net: &&Value| !number(net, "samples").is_multiple_of(number(net, "batch"));
    assert!(nets.iter().filter(ragged).count() >= 5);
    assert!(nets.iter().filter(|net| net["clip"].is_number()).count() >= 5);
}

#[test]
fn nets_train_as_pytorch_s_in_double_precision() {
    for net in nets() {
        assert_as_pytorch(&net, Cpu::<f64>::new().unwrap(), 2e-6);
        assert_as_pytorch(&net, Reference::<f64>::new(), 2e-6);
    }
}

#[test]
fn nets_train_as_pytorch_s_in_single_precision() {
    for net in nets() {
        assert_as_pytorch(&net, Cpu::<f32>::new().unwrap(), 1e-4);
        assert_as_pytorch(&net, Reference::<f32>::new(), 1e-4);
    }
}

#[test]
fn nets_train_as_pytorch_s_on_a_gpu() {
    for net in nets_on_gpu() {
        let Some(gpu) = gpu() else { return };
        assert_as_pytorch(&net, gpu, 1e-4);
    }
}

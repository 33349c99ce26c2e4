//! Nets as graphs: skip connections, branches, weights that serve twice, layers of several parameters; on every backend, in `f16`,
//! and in files.

mod draws;
mod faults;
mod freeze;
mod integers;
mod memory;
mod part;
mod passes;
mod several;
mod state;
mod summary;
#[allow(dead_code, reason = "the tests of the GPU backend use the rest")]
#[path = "../gpu/support.rs"]
mod support;

use ndarray::Array2;
use tempfile::tempdir;
use wgrad::backend::{Backend, Cpu, Reference, Verify};
use wgrad::layers::{Add, Concat, Dense, Flatten, LayerNorm, Prelu, Relu, Reshape, Residual, Tanh};
use wgrad::random::Stream;
use wgrad::{
    Dataset, Error, Fit, Graph, Model, Optimizer, Precision, Samples, Sequential, gradcheck, losses,
};

use support::bindings;
use wgrad::backend::Gpu;

/// The tests' device.
fn gpu() -> Option<Gpu> {
    support::gpu()
}

/// The same if it binds what Adam's step does.
fn adam_gpu() -> Option<Gpu> {
    gpu().filter(|_| bindings() >= 5)
}

fn drawn(seed: u64, rows: usize, cols: usize) -> Array2<f32> {
    let mut stream = Stream::numbered(seed, 60);
    Array2::from_shape_simple_fn((rows, cols), || stream.uniform(-1.0, 1.0) as f32)
}

/// Samples of `width` numbers, whose targets are three sums of their neighbours' products.
fn data(width: usize) -> Dataset {
    let inputs = drawn(1, 40, width);
    let targets = Array2::from_shape_fn((40, 3), |(i, j)| {
        (0..4).map(|k| inputs[[i, j + k]] * inputs[[i, j + k + 1]]).sum::<f32>()
    });
    Dataset::regression(inputs.view(), targets.view()).unwrap()
}

/// Blocks with a skip connection, of a width that is no multiple of 64 numbers.
fn residual(precision: Precision) -> Graph {
    let block = || Residual::new().add(LayerNorm::new()).add(Dense::new(24)).add(Relu).add(Dense::new(24));
    let net = Sequential::new([24]).precision(precision);
    net.add(block()).add(Prelu).add_named("second", block()).add(Dense::new(3)).into()
}

/// Six tokens of eight numbers: a layer for each of them, two branches side by side, and one layer that serves twice.
fn branches(precision: Precision) -> Graph {
    let mut net = Graph::new();
    net.set_precision(precision);
    let x = net.input("tokens", [48]);
    let tokens = net.add(Reshape::new([6, 8]), [x]);
    let wide = net.add_named("wide", Dense::new(12).each_row(), [tokens]);
    let bent = net.add(Tanh, [wide]);
    let both = net.add(Concat, [tokens, bent, wide]);
    let normal = net.add(LayerNorm::new(), [both]);
    let flat = net.add(Flatten, [normal]);
    let narrow = net.add_named("narrow", Dense::new(16), [flat]);
    let twice = net.shared("twice", Dense::new(16));
    let once = net.call(twice, [narrow]);
    let bent = net.add(Tanh, [once]);
    let again = net.call(twice, [bent]);
    let sum = net.add(Add, [narrow, once, again]);
    let scores = net.add_named("scores", Dense::new(3), [sum]);
    net.output(scores);
    net
}

type Net = fn(Precision) -> Graph;

const NETS: [(Net, usize); 2] = [(residual, 24), (branches, 48)];

fn compile(net: Graph, backend: impl Backend + 'static) -> Model {
    net.compile(backend, losses::MeanSquaredError, Optimizer::momentum(0.05, 0.9).clip_norm(5.0), 7).unwrap()
}

fn losses(net: Graph, backend: impl Backend + 'static, data: &Dataset) -> Vec<f64> {
    let mut model = compile(net, backend);
    let history = model.fit(data, Fit::new().epochs(20).batch(16).validation(data)).unwrap();
    history.epochs.iter().flat_map(|epoch| [epoch.metrics.loss, epoch.validation.unwrap().loss]).collect()
}

fn assert_near(found: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() <= tolerance * wanted.abs(), "{found:?} and {wanted:?}");
    }
}

#[test]
fn every_backend_trains_them_as_the_reference_does() {
    for (net, width) in NETS {
        let data = data(width);
        let wanted = losses(net(Precision::F32), Reference::<f64>::new(), &data);
        assert!(wanted[39] < 0.3 * wanted[0], "{wanted:?}");
        assert_near(&losses(net(Precision::F32), Cpu::<f64>::new().unwrap(), &data), &wanted, 1e-9);
        for threads in [1, 3] {
            let cpu = Cpu::<f32>::with_threads(threads).unwrap();
            assert_near(&losses(net(Precision::F32), cpu, &data), &wanted, 2e-3);
        }
        let Some(device) = gpu() else { continue };
        assert_near(&losses(net(Precision::F32), device, &data), &wanted, 2e-3);
    }
}

#[test]
fn every_step_on_the_gpu_agrees() {
    for (net, width) in NETS {
        for precision in [Precision::F32, Precision::F16] {
            let Some(device) = gpu() else { return };
            let mut model = compile(net(precision), Verify::new(device).unwrap());
            model.fit(&data(width), Fit::new().epochs(2).batch(16)).unwrap();
        }
    }
}

/// A weight that serves twice, and activations in `f16` that several layers read.
#[test]
fn they_train_in_f16() {
    for (net, width) in NETS {
        let data = data(width);
        let wanted = losses(net(Precision::F32), Cpu::<f32>::new().unwrap(), &data);
        let found = losses(net(Precision::F16), Cpu::<f32>::new().unwrap(), &data);
        assert!((found[38] - wanted[38]).abs() < 0.1 * wanted[0] && found != wanted, "{found:?}\n{wanted:?}");
        let Some(device) = gpu() else { continue };
        let there = losses(net(Precision::F16), device, &data);
        assert!((there[38] - wanted[38]).abs() < 0.1 * wanted[0], "{there:?}\n{wanted:?}");
    }
}

#[test]
fn their_derivatives_are_right() {
    for (net, width) in NETS {
        let check = gradcheck(&net(Precision::F32), losses::MeanSquaredError, &data(width), 3).unwrap();
        assert!(check.passes(), "{check}");
        assert!(check.rows.iter().any(|row| row.name.contains("layer_norm_1.scale")), "{check}");
    }
}

#[test]
fn parameters_have_names_by_path_and_shapes_of_their_own() {
    let mut model = compile(residual(Precision::F32), Cpu::<f32>::new().unwrap());
    let names: Vec<_> = model.parameter_names().map(str::to_string).collect();
    let block =
        ["layer_norm_1.scale", "layer_norm_1.shift", "dense_1.weight", "dense_1.bias", "dense_2.weight"];
    for name in block.map(|name| format!("second.{name}")) {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(model.parameter("prelu_1.slope").unwrap().iter().all(|slope| *slope == 0.25));
    assert_eq!(model.parameter("residual_1.dense_1.weight").unwrap().dim(), (24, 24));
    assert!(model.parameter("second.layer_norm_1.scale").unwrap().iter().all(|scale| *scale == 1.0));
}

#[test]
fn files_bring_them_back_and_trainings_go_on_bit_for_bit() {
    for (net, width) in NETS {
        let (folder, data) = (tempdir().unwrap(), data(width));
        let [whole, part] = ["whole.safetensors", "part.safetensors"].map(|name| folder.path().join(name));
        let model = || compile(net(Precision::F32), Cpu::<f32>::new().unwrap());
        let mut unbroken = model();
        unbroken.fit(&data, Fit::new().epochs(6).batch(16)).unwrap();
        unbroken.save(&whole).unwrap();

        model().fit(&data, Fit::new().epochs(3).batch(16).checkpoint(&part, 3)).unwrap();
        let mut resumed = model();
        resumed.fit(&data, Fit::new().epochs(6).batch(16).checkpoint(&part, None).resume(&part)).unwrap();
        assert_eq!(resumed.snapshot().unwrap(), unbroken.snapshot().unwrap());

        let mut loaded = Model::load(&whole, Cpu::<f32>::new().unwrap()).unwrap();
        let [found, wanted] = [&mut loaded, &mut unbroken].map(|model| model.predict(data.inputs()).unwrap());
        assert_eq!(found, wanted);
        assert_eq!(Graph::load(&whole).unwrap().summary().unwrap(), net(Precision::F32).summary().unwrap());
        let stack = Sequential::load(&whole).map(|_| ()).map_err(|error| error.to_string());
        match width {
            24 => stack.unwrap(),
            _ => assert!(stack.unwrap_err().contains("Graph::load")),
        }
    }
}

#[test]
fn a_part_of_a_net_encodes_without_the_rest() {
    let mut model = compile(branches(Precision::F32), Cpu::<f32>::new().unwrap());
    let inputs = Samples::reals(drawn(2, 5, 48).view()).unwrap();
    assert_eq!(model.encode("wide", &inputs).unwrap().dim(), (5, 72));
    let [once, again] = ["twice", "twice_2"].map(|name| model.encode(name, &inputs).unwrap());
    assert!(once.dim() == (5, 16) && once != again);
    let Err(Error::LayerName { why, .. }) = model.encode("twice_3", &inputs) else { panic!("no error") };
    assert!(why.contains("twice_2"), "{why}");
}

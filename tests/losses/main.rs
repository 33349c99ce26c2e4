//! Losses and their gradients against numbers from PyTorch (`record.py`), on every backend.

mod refused;
#[allow(dead_code, reason = "the tests of the GPU backend use the rest")]
#[path = "../gpu/support.rs"]
mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use ndarray::{Array2, array};
use serde_json::Value;
use support::gpu;
use tempfile::tempdir;
use wgrad::backend::{Backend, Cpu, Reference, Values, Verify};
use wgrad::layers::{Dense, Sigmoid, Softmax, Tanh};
use wgrad::losses::{BinaryCrossEntropy, Huber, OutputKind, Quantile, SoftmaxCrossEntropy, TargetKind};
use wgrad::program::Batch;
use wgrad::{
    Dataset, Element, Fit, Graph, Loss, Losses, Model, Optimizer, Precision, Recorder, Result, Samples,
    Sequential, Tensor, losses,
};

const RECORDED: &str = include_str!("recorded.json");

fn recorded() -> Vec<Value> {
    serde_json::from_str(RECORDED).unwrap()
}

fn numbers(value: &Value) -> Vec<f32> {
    let rows = value.as_array().unwrap().iter();
    let each = |row: &Value| row.as_array().cloned().unwrap_or_else(|| vec![row.clone()]);
    rows.flat_map(each).map(|number| number.as_f64().unwrap() as f32).collect()
}

/// The loss of a recorded case, by way of a model's file.
fn loss_of(case: &Value) -> Arc<dyn Loss> {
    let described = &case["loss"];
    let same = |loss: &Arc<dyn Loss>| match described.as_str() {
        Some(name) => loss.settings().is_empty() && loss.name() == name,
        None => false,
    };
    if let Some(plain) = losses::examples().into_iter().find(same) {
        return plain;
    }
    let number = |name: &str| described[name].as_f64().unwrap_or_default() as f32;
    let weights = described["class_weights"].is_array().then(|| numbers(&described["class_weights"]));
    let smooth = |loss: SoftmaxCrossEntropy| loss.smoothing(number("smoothing")).focal(number("focal"));
    match described["name"].as_str().unwrap() {
        "huber" => Arc::new(Huber { delta: number("delta") }),
        "quantile" => Arc::new(Quantile { quantile: number("quantile") }),
        "binary_cross_entropy_logits" => {
            let loss = BinaryCrossEntropy::logits().smoothing(number("smoothing")).focal(number("focal"));
            Arc::new(weights.map_or(loss, |weights| loss.class_weights([weights[0], weights[1]])))
        }
        "softmax_cross_entropy" => {
            let loss = smooth(SoftmaxCrossEntropy::new());
            let loss = if described["soft_targets"] == true { loss.soft_targets() } else { loss };
            Arc::new(weights.map_or(loss.clone(), |weights| loss.class_weights(weights)))
        }
        other => panic!("{other}"),
    }
}

/// The mean of a loss over its samples and the gradient of the outputs, as a backend computes them.
fn computed(mut backend: impl Backend, case: &Value) -> Result<(f32, Vec<f32>)> {
    let loss = loss_of(case);
    let (outputs, targets) = (numbers(&case["outputs"]), numbers(&case["targets"]));
    let (samples, labels) = (5, loss.targets() == TargetKind::Labels);
    let mut tape = Recorder::new("loss", samples);
    let output = tape.batched("output", outputs.len() / samples);
    let element = if labels { Element::U32 } else { Element::Real };
    let target = tape.batched_of("target", element, targets.len() / samples);
    tape.watch(output);
    let rows: Tensor = loss.record(&mut tape, output, target);
    tape.keep(rows);
    tape.backward(rows);
    let gradient = tape.gradient(output).unwrap();
    let id = backend.compile(&tape.finish()?.without_unread_steps().fused())?;
    backend.write(output, Values::Real(&outputs))?;
    match labels {
        true => backend
            .write(target, Values::U32(&targets.iter().map(|label| *label as u32).collect::<Vec<_>>()))?,
        false => backend.write(target, Values::Real(&targets))?,
    }
    backend.run(id, &[Batch::of(samples)])?;
    let sum: f32 = backend.read(rows)?.iter().sum();
    Ok((sum / samples as f32, backend.read(gradient)?))
}

fn assert_recorded(backend: impl Backend, case: &Value, tolerance: f32) {
    let (value, gradient) = computed(backend, case).unwrap();
    let expected = [vec![case["value"].as_f64().unwrap() as f32], numbers(&case["gradient"])].concat();
    let found = [vec![value], gradient].concat();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        let near = (found - expected).abs() <= tolerance * expected.abs().max(0.1);
        assert!(near, "{}: {found} instead of {expected}", case["loss"]);
    }
}

#[test]
fn losses_and_gradients_are_those_of_pytorch() {
    for case in recorded() {
        assert_recorded(Reference::<f64>::new(), &case, 1e-6);
        assert_recorded(Cpu::<f64>::new().unwrap(), &case, 1e-6);
        assert_recorded(Cpu::<f32>::with_threads(2).unwrap(), &case, 2e-5);
        let Some(device) = gpu() else { continue };
        assert_recorded(device, &case, 2e-5);
    }
}

#[test]
fn every_loss_is_recorded() {
    let of_file: BTreeSet<_> = recorded().iter().map(|case| loss_of(case).name().to_string()).collect();
    let known: BTreeSet<_> = losses::examples().iter().map(|loss| loss.name().to_string()).collect();
    assert_eq!(of_file, known);
}

/// Targets of what a loss takes, four a sample.
fn data(loss: &dyn Loss) -> Dataset {
    let inputs = Array2::from_shape_fn((12, 3), |(i, j)| ((i * 7 + j * 5) % 11) as f32 / 11.0 - 0.5);
    let unit = Array2::from_shape_fn((12, 4), |(i, j)| ((i * 5 + j * 3) % 7) as f32 / 7.0);
    let targets = match loss.targets() {
        TargetKind::Labels => {
            let labels = (0..12).map(|i| i * i % 4).collect::<Vec<u32>>();
            return Dataset::classification(Samples::reals(inputs.view()).unwrap(), labels).unwrap();
        }
        TargetKind::Binary => unit.mapv(f32::round),
        TargetKind::Signs => unit.mapv(|x| if x > 0.5 { 1.0 } else { -1.0 }),
        TargetKind::Distribution => Array2::from_elem((12, 4), 0.25),
        _ => unit,
    };
    Dataset::regression(inputs.view(), targets.view()).unwrap()
}

fn net(loss: &dyn Loss, precision: Precision) -> Sequential {
    let net = Sequential::new([3]).precision(precision).add(Dense::new(8)).add(Tanh).add(Dense::new(4));
    match loss.outputs() {
        OutputKind::Probabilities => net.add(Sigmoid),
        OutputKind::Scores => net.add(Softmax),
        _ => net,
    }
}

fn compile(loss: &Arc<dyn Loss>, precision: Precision, backend: impl Backend + 'static) -> Model {
    net(loss, precision).compile(backend, Arc::clone(loss), Optimizer::momentum(0.05, 0.9), 3).unwrap()
}

#[test]
fn every_loss_trains_in_both_precisions_and_agrees_step_by_step() {
    for loss in losses::examples() {
        let data = data(&loss);
        let fit = || Fit::new().epochs(20).batch(5);
        let train = |precision| {
            let mut model = compile(&loss, precision, Cpu::<f32>::with_threads(2).unwrap());
            let history = model.fit(&data, fit()).unwrap();
            [0, 19].map(|epoch| history.epochs[epoch].metrics.loss)
        };
        let [first, last] = train(Precision::F32);
        assert!(last < 0.97 * first, "{loss:?}: {first} to {last}");
        let [_, half] = train(Precision::F16);
        assert!((half - last).abs() < 0.05 * first, "{loss:?}: {half} in halves, {last}");
        let Some(device) = gpu() else { continue };
        for precision in [Precision::F32, Precision::F16] {
            let device = Verify::new(device.another().unwrap()).unwrap();
            compile(&loss, precision, device).fit(&data, Fit::new().epochs(1).batch(5)).unwrap();
        }
    }
}

#[test]
fn every_loss_comes_back_from_a_file() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    for loss in losses::examples() {
        let mut model = compile(&loss, Precision::F32, Cpu::<f32>::new().unwrap());
        model.save(&path).unwrap();
        let mut loaded = Model::load(&path, Cpu::<f32>::new().unwrap()).unwrap();
        let data = data(&loss);
        let [a, b] = [&mut model, &mut loaded].map(|model| model.evaluate(&data).unwrap().loss);
        assert_eq!(a, b, "{loss:?}");
    }
}

/// `(p - t)^n`, of a crate of one's own.
#[derive(Debug)]
struct Power(f32);

impl Loss for Power {
    fn name(&self) -> &str {
        "power"
    }
    fn targets(&self) -> TargetKind {
        TargetKind::Numbers
    }
    fn record(&self, tape: &mut Recorder, output: Tensor, target: Tensor) -> Tensor {
        use wgrad::ops::{Binary, Elementary, Function, Operation, Reduce, Reduction};
        let [apart, power] = ["apart", "power"].map(|name| tape.batched(name, output.cols));
        tape.push(Binary { operation: Operation::Difference, a: output, b: target, y: apart });
        tape.push(Elementary { function: Function::Power(self.0), x: apart, y: power });
        let losses = tape.batched("losses", 1);
        tape.push(Reduce { reduction: Reduction::Mean, x: power, y: losses });
        losses
    }
}

/// Weights, halves and their scale are not its business. The second power is our own loss.
#[test]
fn a_loss_of_ones_own_is_as_good_as_ours() {
    let loss: Arc<dyn Loss> = Arc::new(Power(2.0));
    let data = data(&loss).with_weights((0..12).map(|i| (i % 3) as f32).collect::<Vec<_>>()).unwrap();
    let train = |loss: &Arc<dyn Loss>, precision, backend: Box<dyn Backend>| {
        let mut model = net(loss, precision)
            .compile(backend, Arc::clone(loss), Optimizer::momentum(0.1, 0.9), 3)
            .unwrap();
        let history = model.fit(&data, Fit::new().epochs(20).batch(5)).unwrap();
        [0, 19].map(|epoch| history.epochs[epoch].metrics.loss)
    };
    let ours: Arc<dyn Loss> = Arc::new(losses::MeanSquaredError);
    let [first, wanted] = train(&ours, Precision::F32, Box::new(Reference::<f64>::new()));
    assert!(wanted < 0.7 * first, "{first} to {wanted}");
    for (precision, tolerance) in [(Precision::F32, 1e-3), (Precision::F16, 0.02)] {
        let [_, found] = train(&loss, precision, Box::new(Cpu::<f32>::new().unwrap()));
        assert!((found - wanted).abs() < tolerance * first, "{found} instead of {wanted}");
        let Some(device) = gpu() else { continue };
        let [_, found] = train(&loss, precision, Box::new(device));
        assert!((found - wanted).abs() < tolerance * first, "{found} instead of {wanted}");
    }
}

/// There targets are halves as well, which few losses take.
#[test]
fn autoencoders_of_halves_train_by_every_loss() {
    let inputs = Array2::from_shape_fn((12, 4), |(i, j)| ((i * 5 + j * 3) % 7) as f32 / 8.0);
    let data = Dataset::autoencoder(Samples::reals(inputs.view()).unwrap());
    let of_numbers = |loss: &Arc<dyn Loss>| matches!(loss.targets(), TargetKind::Numbers | TargetKind::Unit);
    let mut all: Vec<_> = losses::examples().into_iter().filter(of_numbers).collect();
    all.push(Arc::new(BinaryCrossEntropy::new().class_weights([0.5, 3.0])));
    all.push(Arc::new(Power(4.0)));
    for loss in all {
        let train = |precision| {
            let net =
                Sequential::new([4]).precision(precision).add(Dense::new(8)).add(Tanh).add(Dense::new(4));
            let net = if loss.outputs() == OutputKind::Probabilities { net.add(Sigmoid) } else { net };
            let backend = Cpu::<f32>::with_threads(2).unwrap();
            let mut model =
                net.compile(backend, Arc::clone(&loss), Optimizer::momentum(0.05, 0.9), 3).unwrap();
            let history = model.fit(&data, Fit::new().epochs(20).batch(5)).unwrap();
            [0, 19].map(|epoch| history.epochs[epoch].metrics.loss)
        };
        let [[first, last], [_, half]] = [Precision::F32, Precision::F16].map(train);
        assert!(last < 0.97 * first, "{loss:?}: {first} to {last}");
        assert!((half - last).abs() < 0.05 * first, "{loss:?}: {half} in halves, {last}");
    }
}

#[test]
fn a_model_with_a_loss_of_another_crate_predicts_and_says_what_it_lacks() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let loss: Arc<dyn Loss> = Arc::new(Power(4.0));
    let mut model = compile(&loss, Precision::F32, Cpu::<f32>::new().unwrap());
    model.save(&path).unwrap();
    let mut loaded = Model::load(&path, Cpu::<f32>::new().unwrap()).unwrap();
    let data = data(&loss);
    assert_eq!(loaded.predict(data.inputs()).unwrap(), model.predict(data.inputs()).unwrap());
    for error in [loaded.fit(&data, Fit::new()).unwrap_err(), loaded.evaluate(&data).unwrap_err()] {
        assert!(error.to_string().contains("power, which is not of this crate"), "{error}");
    }
    // What was saved again still says so.
    loaded.save(&path).unwrap();
    let mut again = Graph::load(&path)
        .unwrap()
        .compile(Cpu::<f32>::new().unwrap(), Power(4.0), Optimizer::sgd(0.1), 3)
        .unwrap();
    again.load_weights(&path).unwrap();
    assert_eq!(again.evaluate(&data).unwrap().loss, model.evaluate(&data).unwrap().loss);
}

#[test]
fn bytes_are_judged_as_other_targets() {
    let images = Samples::images(vec![0, 255, 255, 0, 102, 255], [3]).unwrap();
    let data = Dataset::autoencoder(images);
    let fit = |loss: Arc<dyn Loss>| {
        let net = Sequential::new([3]).add(Dense::new(3));
        let mut model = net.compile(Cpu::<f32>::new().unwrap(), loss, Optimizer::sgd(0.1), 0).unwrap();
        model.fit(&data, Fit::new().epochs(1)).map(|_| ()).map_err(|error| error.to_string())
    };
    let error = fit(Arc::new(BinaryCrossEntropy::logits().focal(1.0))).unwrap_err();
    assert!(error.contains("sample 1, column 1 is 0.4"), "{error}");
    let error = fit(Arc::new(losses::Hinge)).unwrap_err();
    assert!(error.contains("sample 0, column 0 is 0"), "{error}");
    assert_eq!(fit(Arc::new(BinaryCrossEntropy::logits())), Ok(()));
}

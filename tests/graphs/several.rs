//! Nets of several inputs and outputs, with weights of losses and of samples, and losses that layers add.

use ndarray::Array2;
use serde_json::Value;
use wgrad::backend::{Backend, Cpu, Reference, Verify};
use wgrad::layers::{Concat, Context, Dense, Embedding, Flatten, Layer, Shaped, Tanh, one};
use wgrad::ops::{Binary, Operation, Reduce, Reduction};
use wgrad::{
    Dataset, Error, Fit, Graph, LayerError, Losses, Model, Optimizer, Precision, Samples, gradcheck, losses,
};

use crate::draws::Draws;
use crate::{adam_gpu, assert_near, gpu, tempdir};

/// Adds a tenth of the mean of its input's squares to the loss, and gives the input.
#[derive(Debug)]
struct Penalty;

impl Layer for Penalty {
    fn kind(&self) -> &'static str {
        "penalty"
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        let squares = cx.output_like(x);
        let mean = cx.output([1]);
        let (a, y) = (x.tensor(), squares.tensor());
        cx.tape().push(Binary { operation: Operation::Product, a, b: a, y });
        cx.tape().push(Reduce { reduction: Reduction::Mean, x: y, y: mean.tensor() });
        cx.add_loss(mean.tensor(), 0.1)?;
        Ok(x.clone())
    }
}

/// Numbers and a word; a class and a size.
fn net(precision: Precision) -> Graph {
    let mut net = Graph::new();
    net.set_precision(precision);
    let (numbers, word) = (net.input("numbers", [4]), net.integers("word", [1]));
    let row = net.add_named("words", Embedding::new(5, 3), [word]);
    let row = net.add(Flatten, [row]);
    let both = net.add(Concat, [numbers, row]);
    let hidden = net.add_named("hidden", Dense::new(6), [both]);
    let hidden = net.add(Tanh, [hidden]);
    let hidden = net.add(Penalty, [hidden]);
    let class = net.add_named("class", Dense::new(3), [hidden]);
    let size = net.add_named("size", Dense::new(2), [hidden]);
    net.output(class);
    net.output(size);
    net
}

fn losses() -> Losses {
    Losses::new().add("class", losses::SoftmaxCrossEntropy::new(), 1.0).add(
        "size",
        losses::MeanSquaredError,
        0.3,
    )
}

fn inputs(draws: &mut Draws) -> [Samples; 2] {
    let words: Vec<u32> = (0..12).map(|sample| sample * 3 % 5).collect();
    [Samples::reals(draws.matrix(12, 4).view()).unwrap(), Samples::integers(words, [1]).unwrap()]
}

fn data(draws: &mut Draws) -> Dataset {
    let [numbers, words] = inputs(draws);
    let labels: Vec<u32> = (0..12).map(|sample| sample * 2 % 3).collect();
    let weights: Vec<f32> = (0..12).map(|sample| (sample % 4) as f32 * 0.5).collect();
    let data = Dataset::builder().input("numbers", numbers).input("word", words);
    let data = data.target("size", draws.matrix(12, 2)).target("class", labels).build().unwrap();
    data.with_weights(weights).unwrap()
}

fn optimizer(name: &str) -> Optimizer {
    if name == "momentum" { Optimizer::momentum(0.1, 0.9) } else { Optimizer::adam_w(0.02, 0.1) }
}

fn model(backend: impl Backend + 'static, name: &str) -> (Model, Dataset) {
    let mut draws = Draws(11);
    let data = data(&mut draws);
    let mut model = net(Precision::F32).compile(backend, losses(), optimizer(name), 0).unwrap();
    let names: Vec<String> = model.parameter_names().map(str::to_string).collect();
    for name in names {
        let [rows, cols] = model.parameter(&name).unwrap().dim().into();
        model.set_parameter(&name, draws.matrix(rows, cols).view()).unwrap();
    }
    (model, data)
}

fn fit<'a>() -> Fit<'a> {
    Fit::new().epochs(5).batch(5).unshuffled()
}

/// The losses of each epoch, and the outputs at the end.
fn trained(backend: impl Backend + 'static, name: &str) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let (mut model, data) = model(backend, name);
    let history = model.fit(&data, fit()).unwrap();
    let outputs = outputs(&mut model);
    let numbers = |name: &str| outputs[name].iter().map(|value| f64::from(*value)).collect();
    let losses = history.epochs.iter().map(|epoch| epoch.metrics.loss).collect();
    (losses, numbers("class"), numbers("size"))
}

fn outputs(model: &mut Model) -> std::collections::BTreeMap<String, Array2<f32>> {
    let [numbers, words] = inputs(&mut Draws(11));
    model.predict_named(&[("word", &words), ("numbers", &numbers)]).unwrap()
}

#[test]
fn they_train_as_pytorch_does() {
    let recorded: Value = serde_json::from_str(include_str!("several.json")).unwrap();
    for name in ["momentum", "adam_w"] {
        let wanted = |key: &str| -> Vec<f64> {
            recorded[name][key].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
        };
        let assert_gives = |(losses, class, size): (Vec<f64>, Vec<f64>, Vec<f64>), tolerance| {
            assert_near(&losses, &wanted("losses"), tolerance);
            assert_near(&class, &wanted("class"), 20.0 * tolerance);
            assert_near(&size, &wanted("size"), 20.0 * tolerance);
        };
        assert_gives(trained(Cpu::<f64>::new().unwrap(), name), 2e-6);
        assert_gives(trained(Reference::<f64>::new(), name), 2e-6);
        assert_gives(trained(Cpu::<f32>::with_threads(3).unwrap(), name), 1e-4);
        let Some(device) = (if name == "adam_w" { adam_gpu() } else { gpu() }) else { continue };
        assert_gives(trained(device, name), 1e-4);
    }
}

#[test]
fn every_step_on_the_gpu_agrees() {
    for precision in [Precision::F32, Precision::F16] {
        let Some(device) = gpu() else { return };
        let verify = Verify::new(device).unwrap();
        let mut model = net(precision).compile(verify, losses(), Optimizer::momentum(0.1, 0.9), 0).unwrap();
        let data = data(&mut Draws(11));
        model.fit(&data, fit().validation(&data)).unwrap();
    }
}

#[test]
fn their_gradients_are_right() {
    let check = gradcheck(&net(Precision::F32), losses(), &data(&mut Draws(11)), 0).unwrap();
    assert!(check.passes(), "{check}");
    let names: Vec<_> = check.rows.iter().map(|row| row.name.as_str()).collect();
    assert!(names.contains(&"words.weight") && names.contains(&"numbers"), "{names:?}");
}

/// The penalty is a layer of these tests, which a file does not hold: so the net comes from code, and the rest from the file.
#[test]
fn they_are_saved_and_trainings_go_on_bit_for_bit() {
    let folder = tempdir().unwrap();
    let (weights, checkpoint) = (folder.path().join("w.safetensors"), folder.path().join("c.safetensors"));
    let (mut unbroken, data) = model(Cpu::<f32>::new().unwrap(), "adam_w");
    let start = unbroken.snapshot().unwrap();
    unbroken.fit(&data, Fit::new().epochs(4).batch(5).validation(&data)).unwrap();

    let (mut broken, _) = model(Cpu::<f32>::new().unwrap(), "adam_w");
    broken.restore(&start).unwrap();
    broken.fit(&data, Fit::new().epochs(2).batch(5).validation(&data).checkpoint(&checkpoint, 1)).unwrap();
    let (mut resumed, _) = model(Cpu::<f32>::new().unwrap(), "adam_w");
    let fit = Fit::new().epochs(4).batch(5).validation(&data).resume(&checkpoint);
    resumed.fit(&data, fit).unwrap();
    assert_eq!(resumed.snapshot().unwrap(), unbroken.snapshot().unwrap());

    unbroken.save(&weights).unwrap();
    let build = |kind: &str, _: &Value| (kind == "penalty").then(|| Ok(Box::new(Penalty) as Box<dyn Layer>));
    let net = Graph::load_with(&weights, &build).unwrap();
    let mut loaded = net.compile(Cpu::<f32>::new().unwrap(), losses(), Optimizer::sgd(0.1), 3).unwrap();
    loaded.load_weights(&weights).unwrap();
    assert_eq!(outputs(&mut loaded), outputs(&mut unbroken));
    assert_eq!(loaded.evaluate(&data).unwrap(), unbroken.evaluate(&data).unwrap());
}

#[test]
fn a_file_has_the_losses_of_each_output() {
    let mut net = Graph::new();
    let x = net.input("x", [4]);
    let [left, right] = ["left", "right"].map(|name| net.add_named(name, Dense::new(2), [x]));
    net.output(left);
    net.output(right);
    let losses = Losses::new().add("left", losses::MeanSquaredError, 2.0).add(
        "right",
        losses::SoftmaxCrossEntropy::new(),
        1.0,
    );
    let mut model = net.compile(Cpu::<f32>::new().unwrap(), losses, Optimizer::sgd(0.1), 3).unwrap();
    let x = Samples::reals(Draws(1).matrix(6, 4).view()).unwrap();
    let data = Dataset::builder().input("x", x.clone()).target("left", Draws(2).matrix(6, 2));
    let data = data.target("right", vec![0, 1, 0, 1, 1, 0]).build().unwrap();
    let metrics = model.fit(&data, Fit::new().epochs(30).batch(3)).unwrap().epochs[29].metrics;
    assert!(metrics.accuracy.is_some());
    let folder = tempdir().unwrap();
    let path = folder.path().join("two.safetensors");
    model.save(&path).unwrap();
    let mut loaded = Model::load(&path, Cpu::<f32>::new().unwrap()).unwrap();
    assert_eq!(loaded.evaluate(&data).unwrap(), model.evaluate(&data).unwrap());
    assert_eq!(loaded.encode("left", &x).unwrap(), model.encode_named("left", &[("x", &x)]).unwrap());
}

// === What is refused ===

fn refusal(losses: impl Into<Losses>) -> String {
    let cpu = Cpu::<f32>::with_threads(1).unwrap();
    net(Precision::F32).compile(cpu, losses, Optimizer::sgd(0.1), 0).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn losses_that_are_for_no_output_are_refused() {
    let mse = losses::MeanSquaredError;
    for (found, words) in [
        (refusal(mse), ["class, size", "which loss is for which"]),
        (refusal([("length", mse)]), ["\"length\"", "class, size"]),
        (refusal([("size", mse), ("size", mse)]), ["two losses", "size"]),
        (refusal(Losses::new().add("size", mse, 0.0)), ["size counts 0", "positive"]),
        (refusal(Losses::new()), ["no loss", "give one"]),
    ] {
        assert!(words.iter().all(|word| found.contains(word)), "{found}");
    }
}

#[test]
fn samples_of_other_names_or_counts_are_refused() {
    let (mut model, _) = model(Cpu::<f32>::with_threads(1).unwrap(), "momentum");
    let mut draws = Draws(11);
    let [numbers, words] = inputs(&mut draws);
    let few = numbers.take(5);
    let classes = || vec![0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2];
    let refused = |samples: &[(&str, &Samples)], model: &mut Model| model.predict_named(samples).unwrap_err();
    let Error::Names { what, expected, found } = refused(&[("numbers", &numbers)], &mut model) else {
        panic!("another error")
    };
    assert!(what == "inputs" && expected == ["numbers", "word"] && found == ["numbers"]);
    let extra = refused(&[("numbers", &numbers), ("word", &words), ("age", &words)], &mut model);
    assert!(extra.to_string().contains("numbers, word, age"), "{extra}");
    let counts = refused(&[("numbers", &few), ("word", &words)], &mut model).to_string();
    assert!(counts.contains("12 samples") && counts.contains("has 5"), "{counts}");
    let one = model.predict(&numbers).unwrap_err().to_string();
    assert!(one.contains("numbers, word") && one.contains("predict_named"), "{one}");

    let base = || Dataset::builder().input("numbers", numbers.clone()).input("word", words.clone());
    let of = |outcome: wgrad::Result<Dataset>| outcome.unwrap_err().to_string();
    let lone = base().target("class", classes()).build().unwrap();
    let missing = model.fit(&lone, Fit::new()).unwrap_err().to_string();
    assert!(missing.contains("targets are class, size"), "{missing}");
    let nothing = lone.clone().with_weights([0.0; 12]).unwrap();
    for (found, words) in [
        (of(base().build()), ["2 inputs", "0 targets"]),
        (of(base().input("word", words.clone()).target("class", classes()).build()), ["\"word\"", "twice"]),
        (of(base().target("class", vec![1, 0]).build()), ["\"class\" has 2", "\"numbers\" has 12"]),
        (of(lone.clone().with_weights([1.0; 3])), ["3 weights", "12 samples"]),
        (of(lone.with_weights([-1.0; 12])), ["sample 0 is -1", "at least 0"]),
        (model.fit(&nothing, Fit::new()).unwrap_err().to_string(), ["every weight is 0", "nothing"]),
    ] {
        assert!(words.iter().all(|word| found.contains(word)), "{found}");
    }
}

#[test]
fn a_layer_may_depend_on_some_inputs_only() {
    let (mut model, _) = model(Cpu::<f32>::with_threads(1).unwrap(), "momentum");
    let [numbers, words] = inputs(&mut Draws(11));
    let rows = model.encode_named("words", &[("word", &words)]).unwrap();
    assert_eq!(rows.row(0), model.parameter("words.weight").unwrap().row(0));
    assert_eq!(model.encode_named("words", &[("word", &words), ("numbers", &numbers)]).unwrap(), rows);
    let beyond = Samples::integers([5], [1]).unwrap();
    let error = model.encode_named("words", &[("word", &beyond)]).unwrap_err();
    assert!(matches!(error, Error::Index { rows: 5, value: 5, .. }), "{error}");
}

//! What a crate of one's own may add to wgrad: an activation, a backend, a callback, a layer, an op, an optimizer and its rule. It works as
//! wgrad's own does, on the CPU, on a GPU, in files and under every check, and builds under each set of features.

mod activation;
mod backend;
mod callback;
mod layer;
mod op;
mod optimizer;
mod rule;
#[allow(dead_code, reason = "the tests of the GPU backend use the rest")]
#[path = "../gpu/support.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wgrad::backend::{Backend, Cpu, Verify};
use wgrad::layers::{Dense, Layer};
use wgrad::ndarray::Array2;
use wgrad::ops::{Update, cases_of};
use wgrad::program::Program;
use wgrad::self_check::check_programs;
use wgrad::{Dataset, Element, Fit, LayerError, Model, Optimizer, Recorder, Sequential, gradcheck, losses};

use backend::Counting;
use callback::Patience;
use layer::Scaled;
use op::ScaleColumns;
use optimizer::Lars;
use rule::{Mean, SignDescent};
use support::gpu;

fn programs() -> Vec<Program> {
    let mut programs = cases_of::<ScaleColumns>(37).unwrap();
    programs.extend(cases_of::<Update<SignDescent>>(37).unwrap());
    programs.extend(cases_of::<Update<Mean>>(37).unwrap());
    programs
}

fn net() -> Sequential {
    Sequential::new([3]).add_named("scaled", Scaled { units: 6 }).add(Dense::new(1))
}

fn data() -> Dataset {
    let inputs = Array2::from_shape_fn((24, 3), |(i, j)| ((i * 7 + j * 5) % 11) as f32 / 11.0 - 0.5);
    let targets = Array2::from_shape_fn((24, 1), |(i, _)| inputs[[i, 0]] * inputs[[i, 1]]);
    Dataset::regression(inputs.view(), targets.view()).unwrap()
}

fn compile(backend: impl Backend + 'static) -> Model {
    net().compile(backend, losses::MeanSquaredError, Optimizer::momentum(0.05, 0.9), 5).unwrap()
}

#[test]
fn ops_and_rules_hold_on_every_backend() {
    let check = check_programs(Cpu::<f32>::new().unwrap(), &programs()).unwrap();
    assert!(check.passed(), "{check}");
    let Some(device) = gpu() else { return };
    let check = check_programs(device, &programs()).unwrap();
    assert!(check.passed() && check.ops.len() >= 2, "{check}");
}

#[test]
fn denominators_are_for_two_moments() {
    let mut tape = Recorder::new("mean", 1);
    let [parameters, gradients, moment] =
        ["parameters", "gradients", "moment"].map(|name| tape.tensor(name, Element::Real, 1, 4));
    let [factor, three] =
        [("factor", 1), ("denominators", 3)].map(|(name, len)| tape.tensor(name, Element::Real, 1, len));
    let plain = Update::new(Mean, parameters, gradients, factor, vec![moment]);
    tape.push(Update { denominators: Some(three), ..plain });
    let error = tape.finish().unwrap_err().to_string();
    assert!(
        ["1×3 denominators", "1 moments", "two moments"].iter().all(|word| error.contains(word)),
        "{error}"
    );
}

#[test]
fn derivatives_are_right() {
    let check = gradcheck(&net(), losses::MeanSquaredError, &data(), 2).unwrap();
    assert!(check.passes() && check.rows.iter().any(|row| row.name == "scaled.factors"), "{check}");
}

#[test]
fn a_training_counts_its_batches_and_ends_where_the_callback_says() {
    let batches = Arc::new(AtomicUsize::new(0));
    let mut model = compile(Counting::new(Cpu::<f32>::new().unwrap(), Arc::clone(&batches)));
    let mut patience = Patience { epochs: 30, samples: 0 };
    let fit = Fit::new().epochs(1000).batch(8).callback(&mut patience);
    let history = model.fit(&data(), fit).unwrap();
    assert_eq!((history.epochs.len(), patience.samples), (30, 24));
    assert!(batches.load(Ordering::Relaxed) >= 90);
    let [first, last] = [0, 29].map(|epoch| history.epochs[epoch].metrics.loss);
    assert!(last < 0.5 * first, "{first} to {last}");
    assert_eq!(model.backend_info().backend, "counting");
}

#[test]
fn every_step_on_a_gpu_agrees() {
    let Some(device) = gpu() else { return };
    compile(Verify::new(device).unwrap()).fit(&data(), Fit::new().epochs(3).batch(8)).unwrap();
}

#[test]
fn files_bring_the_layer_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scaled.safetensors");
    let mut model = compile(Cpu::<f32>::new().unwrap());
    model.fit(&data(), Fit::new().epochs(2).batch(8)).unwrap();
    model.save(&path).unwrap();
    let build =
        |kind: &str, settings: &wgrad::serde_json::Value| -> Option<Result<Box<dyn Layer>, LayerError>> {
            let units = (kind == "scaled").then(|| settings["units"].as_u64().ok_or("has no units"))?;
            Some(
                units
                    .map(|units| Box::new(Scaled { units: units as usize }) as Box<dyn Layer>)
                    .map_err(LayerError::from),
            )
        };
    let mut loaded = Model::load_with(&path, Cpu::<f32>::new().unwrap(), &build).unwrap();
    let inputs = data();
    assert_eq!(loaded.predict(inputs.inputs()).unwrap(), model.predict(inputs.inputs()).unwrap());
}

/// One by numbers, and one by whole parameters; each with averages and clipping beside it.
fn optimizers() -> [Optimizer; 2] {
    let lars = Lars { decay: 0.01, momentum: 0.9 };
    [Optimizer::custom(SignDescent, 0.01), Optimizer::custom(lars, 0.02)]
        .map(|optimizer| optimizer.clip_norm(1.0).average(0.5))
}

fn compile_by(optimizer: Optimizer, backend: impl Backend + 'static) -> Model {
    net().compile(backend, losses::MeanSquaredError, optimizer, 5).unwrap()
}

#[test]
fn optimizers_train_and_agree_on_every_backend() {
    for optimizer in optimizers() {
        let mut model = compile_by(optimizer.clone(), Cpu::<f32>::new().unwrap());
        let history = model.fit(&data(), Fit::new().epochs(40).batch(8)).unwrap();
        let [first, last] = [0, 39].map(|epoch| history.epochs[epoch].metrics.loss);
        assert!(last < 0.5 * first, "{first} to {last} by {optimizer:?}");
        let Some(device) = gpu() else { continue };
        compile_by(optimizer, Verify::new(device).unwrap())
            .fit(&data(), Fit::new().epochs(3).batch(8))
            .unwrap();
    }
}

#[test]
fn an_optimizer_goes_on_from_its_checkpoints_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let lars = |decay| Optimizer::custom(Lars { decay, momentum: 0.9 }, 0.02);
    let train = |optimizer, fit| {
        let mut model = compile_by(optimizer, Cpu::<f32>::new().unwrap());
        model.fit(&data(), fit).map(|_| model.snapshot().unwrap())
    };
    let whole = train(lars(0.01), Fit::new().epochs(6).batch(8)).unwrap();
    train(lars(0.01), Fit::new().epochs(3).batch(8).checkpoint(&path, 3)).unwrap();
    assert_eq!(train(lars(0.01), Fit::new().epochs(6).batch(8).resume(&path)).unwrap(), whole);
    let error = train(lars(0.02), Fit::new().epochs(6).batch(8).resume(&path)).unwrap_err().to_string();
    assert!(error.contains("optimizer"), "{error}");
    let error = net()
        .compile(Cpu::<f32>::new().unwrap(), losses::MeanSquaredError, lars(-1.0), 5)
        .unwrap_err()
        .to_string();
    assert!(error.contains("the optimizer lars has the decay -1"), "{error}");
}

#[test]
fn a_model_in_a_file_predicts_without_its_optimizer_and_says_what_training_takes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let plain = || Sequential::new([3]).add(Dense::new(4)).add(Dense::new(1));
    let [lars, _] = optimizers();
    let cpu = || Cpu::<f32>::new().unwrap();
    let mut model = plain().compile(cpu(), losses::MeanSquaredError, lars.clone(), 5).unwrap();
    model.fit(&data(), Fit::new().epochs(2).batch(8)).unwrap();
    model.save(&path).unwrap();
    let mut loaded = Model::load(&path, cpu()).unwrap();
    assert_eq!(loaded.evaluate(&data()).unwrap(), model.evaluate(&data()).unwrap());
    let error = loaded.fit(&data(), Fit::new()).unwrap_err().to_string();
    assert!(error.contains("sign_descent") && error.contains("Graph::load"), "{error}");
    // It is kept by name.
    loaded.save(&path).unwrap();
    let mut again =
        wgrad::Graph::load(&path).unwrap().compile(cpu(), losses::MeanSquaredError, lars, 5).unwrap();
    again.load_weights(&path).unwrap();
    again.fit(&data(), Fit::new().epochs(1).batch(8)).unwrap();
}

//! What settings may be, and how files describe them.

use std::collections::HashMap;
use std::path::Path;

use ndarray::array;
use safetensors::SafeTensors;
use serde_json::Value;
use tempfile::tempdir;
use wgrad::backend::Cpu;
use wgrad::layers::Dense;
use wgrad::ops::Lion;
use wgrad::{Dataset, Fit, Graph, Model, Optimizer, Result, Schedule, Sequential, losses};

fn compile(optimizer: Optimizer) -> Result<Model> {
    let net = Sequential::new([2]).add(Dense::new(1));
    net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, optimizer, 0)
}

#[track_caller]
fn assert_refused(optimizer: Optimizer, words: &[&str]) {
    let error = compile(optimizer).expect_err("a setting that cannot train").to_string();
    assert!(words.iter().all(|word| error.contains(word)), "{error}");
}

/// What a file says of its model.
fn description(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    serde_json::from_str(&metadata.metadata().as_ref().unwrap()["wgrad"]).unwrap()
}

/// Has a file say something else of its optimizer.
fn change(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut described = description(path);
    change(&mut described["optimizer"]);
    let bytes = std::fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let notes = HashMap::from([("wgrad".to_string(), described.to_string())]);
    std::fs::write(path, safetensors::serialize(file.tensors(), Some(notes)).unwrap()).unwrap();
}

fn all() -> Vec<Optimizer> {
    vec![
        Optimizer::sgd(0.1),
        Optimizer::sgd(0.1).decay(0.5),
        Optimizer::sgd(0.1).clip_value(0.5),
        Optimizer::sgd(0.1).schedule(Schedule::Exponential { factor: 0.5 }),
        Optimizer::sgd(0.1).schedule(Schedule::Polynomial { power: 2.0, floor: 0.5 }),
        Optimizer::sgd(0.1).schedule(Schedule::OneCycle { rising: 0.5, first: 0.25, last: 0.125 }),
        Optimizer::momentum(0.1, 0.5),
        Optimizer::nesterov(0.1, 0.5),
        Optimizer::rms_prop(0.1).rho(0.5).epsilon(0.25),
        Optimizer::adam(0.1).betas(0.5, 0.75).epsilon(0.25),
        Optimizer::ada_grad(0.1).epsilon(0.25),
        Optimizer::lion(0.1).betas(0.5, 0.75),
        Optimizer::adamax(0.1).betas(0.5, 0.75).epsilon(0.25),
        Optimizer::nadam(0.1).betas(0.5, 0.75).epsilon(0.25).momentum_decay(0.5),
        Optimizer::lamb(0.1).betas(0.5, 0.75).epsilon(0.25).decay(0.5),
        Optimizer::adam_w(0.1, 0.5).betas(0.0, 0.0).epsilon(0.0),
        Optimizer::sgd(0.1).average(0.5),
        Optimizer::custom(Lion { beta1: 0.5, beta2: 0.75 }, 0.1),
        Optimizer::custom(Lion { beta1: 0.5, beta2: 0.5 }, 0.1),
    ]
}

#[test]
fn files_describe_every_setting() {
    let folder = tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    let mut seen = Vec::new();
    for optimizer in all() {
        compile(optimizer).unwrap().save(&first).unwrap();
        Model::load(&first, Cpu::<f32>::new().unwrap()).unwrap().save(&second).unwrap();
        let [first, second] = [&first, &second].map(|path| description(path)["optimizer"].clone());
        assert_eq!(first, second);
        assert!(!seen.contains(&first), "{first} is said of two optimizers");
        seen.push(first);
    }
}

#[test]
fn settings_that_a_file_does_not_say_are_the_usual_ones() {
    let folder = tempdir().unwrap();
    let [path, usual] = ["model", "usual"].map(|name| folder.path().join(name));
    compile(Optimizer::adam(0.1).betas(0.5, 0.75).epsilon(0.25)).unwrap().save(&path).unwrap();
    change(&path, |optimizer| {
        for setting in ["beta1", "beta2", "epsilon"] {
            assert!(optimizer["method"].as_object_mut().unwrap().remove(setting).is_some());
        }
    });
    Model::load(&path, Cpu::<f32>::new().unwrap()).unwrap().save(&path).unwrap();
    compile(Optimizer::adam(0.1)).unwrap().save(&usual).unwrap();
    assert_eq!(description(&path), description(&usual));
}

#[test]
fn settings_in_a_file_are_judged_as_others() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("model");
    for (value, words) in [(Value::from(1.5), "beta1 is 1.5;"), (Value::from("much"), "beta1 is \"much\"")] {
        compile(Optimizer::adam(0.1)).unwrap().save(&path).unwrap();
        change(&path, |optimizer| optimizer["method"]["beta1"] = value);
        let error = Model::load(&path, Cpu::<f32>::new().unwrap()).err().unwrap().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn settings_that_cannot_train_are_refused_with_their_number() {
    for bad in [1.0, -0.1, f32::NAN, f32::INFINITY] {
        let number = format!("is {bad};");
        assert_refused(Optimizer::adam(0.1).betas(bad, 0.9), &["beta1", &number]);
        assert_refused(Optimizer::adam_w(0.1, 0.1).betas(0.9, bad), &["beta2", &number]);
        assert_refused(Optimizer::rms_prop(0.1).rho(bad), &["rho", &number]);
        assert_refused(Optimizer::lion(0.1).betas(bad, 0.9), &["beta1", &number]);
    }
    for bad in [-0.1, f32::NAN, f32::INFINITY] {
        let number = format!("is {bad};");
        assert_refused(Optimizer::adam(0.1).epsilon(bad), &["epsilon", &number]);
        assert_refused(Optimizer::rms_prop(0.1).epsilon(bad), &["epsilon", &number]);
        assert_refused(Optimizer::nadam(0.1).momentum_decay(bad), &["momentum_decay", &number]);
        assert_refused(Optimizer::momentum(0.1, 0.9).decay(bad), &["weight decay", &number]);
        assert_refused(Optimizer::momentum(0.1, 0.9).clip_value(bad), &["value to clip", &number]);
        let scheduled = |schedule| Optimizer::sgd(0.1).schedule(schedule);
        assert_refused(scheduled(Schedule::Exponential { factor: bad }), &["factor", &number]);
        assert_refused(scheduled(Schedule::Polynomial { power: bad, floor: 0.0 }), &["power", &number]);
        assert_refused(scheduled(Schedule::Polynomial { power: 1.0, floor: bad }), &["floor", &number]);
        let cycle = |rising, first, last| scheduled(Schedule::OneCycle { rising, first, last });
        assert_refused(cycle(bad, 0.1, 0.1), &["rising", &number, "from 0 to 1"]);
        assert_refused(cycle(0.5, bad, 0.1), &["first", &number]);
        assert_refused(cycle(0.5, 0.1, bad), &["last", &number]);
    }
}

#[test]
fn settings_of_other_optimizers_are_refused() {
    assert_refused(Optimizer::sgd(0.1).betas(0.9, 0.99), &["sgd has no beta2", "nothing can be set"]);
    assert_refused(Optimizer::momentum(0.1, 0.9).epsilon(0.1), &["momentum has no epsilon", "momentum can"]);
    assert_refused(Optimizer::adam(0.1).rho(0.1), &["adam has no rho", "beta1, beta2, epsilon can be set"]);
}

fn with_schedule(name: &'static str) -> Model {
    let schedule = Schedule::custom(name, |epoch, epochs| 1.0 / (epochs - epoch) as f32);
    compile(Optimizer::sgd(0.5).schedule(schedule)).unwrap()
}

fn data() -> Dataset {
    let (inputs, targets) = (array![[0.5f32, 1.0], [1.0, -0.5], [0.0, 1.0]], array![[1.0f32], [0.0], [0.5]]);
    Dataset::regression(inputs.view(), targets.view()).unwrap()
}

#[test]
fn a_schedule_of_ones_own_is_followed_and_resumed_under_its_name_alone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let fit = |epochs| Fit::new().epochs(epochs).batch(2);
    let mut whole = with_schedule("ours");
    let history = whole.fit(&data(), fit(4).checkpoint(&path, 3)).unwrap();
    let rates: Vec<f32> = history.epochs.iter().map(|epoch| epoch.rate).collect();
    assert_eq!(rates, [0.125, 0.5 / 3.0, 0.25, 0.5]);
    let refused =
        |model: &mut Model, fit: Fit<'_>| model.fit(&data(), fit.resume(&path)).unwrap_err().to_string();
    let error = refused(&mut with_schedule("theirs"), fit(4));
    assert!(["schedule.of", "ours", "theirs"].iter().all(|word| error.contains(word)), "{error}");
    let error = refused(&mut with_schedule("ours"), fit(5));
    assert!(error.contains("epochs"), "{error}");
    let mut resumed = with_schedule("ours");
    resumed.fit(&data(), fit(4).resume(&path)).unwrap();
    assert_eq!(resumed.snapshot().unwrap(), whole.snapshot().unwrap());
}

#[test]
fn a_schedule_that_makes_no_rate_is_an_error_of_its_epoch() {
    let custom = |factor: fn(usize, usize) -> f32| Schedule::custom("ours", factor);
    let schedules = [
        (custom(|epoch, _| if epoch == 1 { f32::NAN } else { 1.0 }), "NaN"),
        (custom(|epoch, _| 1.0 - 3.0 * epoch as f32), "-1;"),
        (custom(|epoch, _| if epoch == 1 { f32::INFINITY } else { 1.0 }), "inf"),
        (Schedule::Exponential { factor: f32::MAX }, "inf"),
    ];
    for (schedule, number) in schedules {
        let rate = if number == "inf" { 2.0 } else { 0.5 };
        let (mut found, mut one) = (
            compile(Optimizer::sgd(rate).schedule(schedule)).unwrap(),
            compile(Optimizer::sgd(rate)).unwrap(),
        );
        let error = found.fit(&data(), Fit::new().epochs(3)).unwrap_err().to_string();
        let words = ["learning rate of epoch 2", &format!("is {number}"), "schedule"];
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
        one.fit(&data(), Fit::new().epochs(1)).unwrap();
        assert_eq!(found.snapshot().unwrap(), one.snapshot().unwrap(), "the first epoch counts");
    }
    let still = Schedule::custom("still", |_, _| 0.0);
    assert!(compile(Optimizer::sgd(0.5).schedule(still)).unwrap().fit(&data(), Fit::new()).is_ok());
}

#[test]
fn factors_of_the_largest_steps_do_not_wrap() {
    assert_eq!(Schedule::Exponential { factor: 0.5 }.factor(usize::MAX, 1, 1), 0.0);
    assert_eq!(Schedule::Step { epochs: 1, factor: 0.5 }.factor(usize::MAX, 1, 1), 0.0);
}

#[test]
fn a_file_with_a_schedule_of_ones_own_says_how_to_take_it() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("model");
    let mut saved = with_schedule("ours");
    saved.save(&path).unwrap();
    let error = Model::load(&path, Cpu::<f32>::new().unwrap()).err().unwrap().to_string();
    assert!(["\"ours\"", "Graph::load", "load_weights"].iter().all(|word| error.contains(word)), "{error}");
    let net = Graph::load(&path).unwrap();
    let loss = losses::MeanSquaredError;
    let mut loaded = net.compile(Cpu::<f32>::new().unwrap(), loss, Optimizer::sgd(0.1), 0).unwrap();
    loaded.load_weights(&path).unwrap();
    assert_eq!(loaded.snapshot().unwrap(), saved.snapshot().unwrap());
}

#[test]
fn schedules_are_equal_where_files_say_the_same_of_them() {
    let ours = Schedule::custom("ours", |_, _| 1.0);
    assert_eq!(ours, Schedule::custom("ours", |_, _| 0.5));
    assert_ne!(ours, Schedule::custom("theirs", |_, _| 1.0));
    assert_ne!(Schedule::Exponential { factor: 0.5 }, Schedule::Exponential { factor: 0.25 });
}

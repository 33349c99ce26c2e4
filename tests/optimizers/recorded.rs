//! A small net, trained as PyTorch has trained it.

use ndarray::Array2;
use serde_json::Value;
use wgrad::backend::{Backend, Cpu, Reference};
use wgrad::layers::{Dense, Tanh};
use wgrad::{Dataset, Fit, Model, Optimizer, Schedule, Sequential, losses};

use crate::support::{bindings, gpu};

const RECORDED: &str = include_str!("recorded.json");

/// The samples of the recorded nets, and their sizes.
const EPOCHS: usize = 4;
const SAMPLES: usize = 12;
const INPUTS: usize = 3;
const HIDDEN: usize = 4;
const OUTPUTS: usize = 2;

pub fn recorded(key: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(RECORDED).unwrap();
    file[key].as_array().unwrap().clone()
}

fn optimizer(described: &Value) -> Optimizer {
    let number = |name: &str| described[name].as_f64().map(|number| number as f32);
    let rate = number("rate").unwrap();
    let mut optimizer = match described["name"].as_str().unwrap() {
        "sgd" => Optimizer::sgd(rate),
        "momentum" => Optimizer::momentum(rate, number("momentum").unwrap()),
        "nesterov" => Optimizer::nesterov(rate, number("momentum").unwrap()),
        "rms_prop" => Optimizer::rms_prop(rate),
        "ada_grad" => Optimizer::ada_grad(rate),
        "lion" => Optimizer::lion(rate),
        "adam" => Optimizer::adam(rate),
        "lamb" => Optimizer::lamb(rate),
        "adamax" => Optimizer::adamax(rate),
        "nadam" => Optimizer::nadam(rate),
        other => panic!("{other}"),
    };
    if let (Some(beta1), Some(beta2)) = (number("beta1"), number("beta2")) {
        optimizer = optimizer.betas(beta1, beta2);
    }
    type Set = fn(Optimizer, f32) -> Optimizer;
    let settings: [(&str, Set); 7] = [
        ("epsilon", Optimizer::epsilon),
        ("rho", Optimizer::rho),
        ("momentum_decay", Optimizer::momentum_decay),
        ("clip_norm", Optimizer::clip_norm),
        ("clip_value", Optimizer::clip_value),
        ("decay", Optimizer::decay),
        ("average", Optimizer::average),
    ];
    for (name, set) in settings {
        if let Some(value) = number(name) {
            optimizer = set(optimizer, value);
        }
    }
    optimizer
}

/// The generator of `record.py`.
struct Draws(u32);

impl Draws {
    fn matrix(&mut self, rows: usize, cols: usize) -> Array2<f32> {
        Array2::from_shape_simple_fn((rows, cols), || {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (2.0 * f64::from(self.0 >> 8) / f64::from(1 << 24) - 1.0) as f32
        })
    }
}

const PARAMETERS: [(&str, usize, usize); 4] = [
    ("dense_1.weight", INPUTS, HIDDEN),
    ("dense_1.bias", 1, HIDDEN),
    ("dense_2.weight", HIDDEN, OUTPUTS),
    ("dense_2.bias", 1, OUTPUTS),
];

fn started(optimizer: Optimizer, backend: impl Backend + 'static) -> (Model, Dataset) {
    let mut draws = Draws(11);
    let (x, t) = (draws.matrix(SAMPLES, INPUTS), draws.matrix(SAMPLES, OUTPUTS));
    let net = Sequential::new([INPUTS]).add(Dense::new(HIDDEN)).add(Tanh).add(Dense::new(OUTPUTS));
    let mut model = net.compile(backend, losses::MeanSquaredError, optimizer, 0).unwrap();
    for (name, rows, cols) in PARAMETERS {
        model.set_parameter(name, draws.matrix(rows, cols).view()).unwrap();
    }
    (model, Dataset::regression(x.view(), t.view()).unwrap())
}

fn assert_recorded(case: &Value, backend: impl Backend + 'static, tolerance: f64) {
    let (mut model, data) = started(optimizer(&case["optimizer"]), backend);
    let recorded = case["parameters"].as_array().unwrap();
    for epoch in recorded {
        // Averages are of the whole training.
        model.fit(&data, Fit::new().epochs(EPOCHS / recorded.len()).batch(4).unshuffled()).unwrap();
        let found: Vec<f32> =
            PARAMETERS.iter().flat_map(|(name, ..)| model.parameter(name).unwrap()).collect();
        let wanted: Vec<f64> =
            epoch.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
        assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.into_iter().zip(wanted) {
            let apart = (f64::from(found) - wanted).abs() / wanted.abs().max(0.1);
            assert!(apart <= tolerance, "{found}, {apart:e} from {wanted}, by {}", case["optimizer"]);
        }
    }
}

#[test]
fn parameters_are_those_of_pytorch() {
    for case in recorded("optimizers") {
        assert_recorded(&case, Reference::<f64>::new(), 1e-6);
        assert_recorded(&case, Cpu::<f64>::new().unwrap(), 1e-6);
        assert_recorded(&case, Cpu::<f32>::with_threads(2).unwrap(), 2e-5);
    }
}

/// They bind five buffers.
const TWO_MOMENTS: [&str; 4] = ["adam", "adamax", "lamb", "nadam"];

#[test]
fn parameters_are_those_of_pytorch_on_a_gpu() {
    for case in recorded("optimizers") {
        let Some(device) = gpu() else { return };
        if bindings() >= 5 || !TWO_MOMENTS.iter().any(|name| case["optimizer"]["name"] == *name) {
            assert_recorded(&case, device, 5e-5);
        }
    }
}

fn schedule(described: &Value) -> Schedule {
    let number = |name: &str| described[name].as_f64().unwrap() as f32;
    match described["name"].as_str().unwrap() {
        "exponential" => Schedule::Exponential { factor: number("factor") },
        "polynomial" => Schedule::Polynomial { power: number("power"), floor: number("floor") },
        "one_cycle" => {
            let (rising, first, last) = (number("rising"), number("first"), number("last"));
            Schedule::OneCycle { rising, first, last }
        }
        other => panic!("{other}"),
    }
}

#[test]
fn factors_are_those_of_pytorch() {
    for case in recorded("schedules") {
        let size = |name: &str| case["schedule"][name].as_u64().unwrap() as usize;
        let (schedule, epochs, steps) = (schedule(&case["schedule"]), size("epochs"), size("steps"));
        let factors = case["factors"].as_array().unwrap();
        assert_eq!(factors.len(), epochs * steps);
        for (step, wanted) in factors.iter().enumerate() {
            let (found, wanted) = (schedule.factor(step, steps, epochs), wanted.as_f64().unwrap());
            let near = (f64::from(found) - wanted).abs() <= 1e-6 * wanted.max(0.01);
            assert!(near, "{found} instead of {wanted} at {step}, by {}", case["schedule"]);
        }
    }
}

//! `Padding::Same` with strides and dilation, held to Keras's numbers of `record_keras.py`.

use ndarray::Array2;
use serde_json::Value;
use wgrad::backend::{Backend, Cpu, Reference};
use wgrad::layers::{AvgPool2d, Conv1d, Conv2d, ConvTranspose2d, Dense, Flatten, MaxPool2d, Padding};
use wgrad::{Dataset, Fit, Model, Optimizer, Samples, Sequential, losses};

use crate::support::gpu;

const FILTERS: usize = 2;

/// The numbers of `record_keras.py`.
fn numbers(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|at| ((37 * at + 29 * seed) % 101) as f32 / 64.0 - 50.0 / 64.0).collect()
}

fn sizes(case: &Value, key: &str) -> Option<Vec<usize>> {
    serde_json::from_value(case[key].clone()).ok()
}

/// The layer of a case, and the product of what it makes with other numbers.
fn net(case: &Value) -> Sequential {
    let net = Sequential::new(sizes(case, "shape").unwrap());
    let along = |key| sizes(case, key).unwrap_or(vec![1; 2]);
    let both = |key| <[usize; 2]>::try_from(along(key)).unwrap();
    let groups = case["groups"].as_u64().unwrap_or(1) as usize;
    let net = match case["layer"].as_str().unwrap() {
        "conv1d" => {
            let [kernel, stride, dilation] = ["kernel", "stride", "dilation"].map(|key| along(key)[0]);
            let layer = Conv1d::new(FILTERS, kernel).stride(stride).dilation(dilation);
            net.add_named("layer", layer.padding(Padding::Same))
        }
        "conv2d" => {
            let layer =
                Conv2d::new(FILTERS, both("kernel")).stride(both("stride")).dilation(both("dilation"));
            net.add_named("layer", layer.groups(groups).padding(Padding::Same))
        }
        "conv_transpose2d" => {
            let layer = ConvTranspose2d::new(FILTERS, both("kernel")).stride(both("stride"));
            net.add_named("layer", layer.padding(Padding::Same))
        }
        "max_pool2d" => {
            let layer = MaxPool2d::new(both("kernel")).stride(both("stride"));
            net.add_named("layer", layer.padding(Padding::Same))
        }
        "avg_pool2d" => {
            let layer = AvgPool2d::new(both("kernel")).stride(both("stride"));
            net.add_named("layer", layer.padding(Padding::Same))
        }
        other => panic!("{other}"),
    };
    net.add(Flatten).add_named("product", Dense::new(1).without_bias())
}

fn set(model: &mut Model, name: &str, seed: usize) {
    let (rows, cols) = model.parameter(name).unwrap().dim();
    let drawn = Array2::from_shape_vec((rows, cols), numbers(rows * cols, seed)).unwrap();
    model.set_parameter(name, drawn.view()).unwrap();
}

fn assert_near(found: impl IntoIterator<Item = f32>, wanted: &Value, tolerance: f64, of: &str) {
    let found: Vec<f64> = found.into_iter().map(f64::from).collect();
    let wanted: Vec<f64> = serde_json::from_value(wanted.clone()).unwrap();
    assert_eq!(found.len(), wanted.len(), "{of}");
    for (at, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
        let wrong = (found - wanted).abs() / wanted.abs().max(1.0);
        assert!(wrong <= tolerance, "{of}: number {at} is {found}, and Keras's {wanted}");
    }
}

fn assert_as_keras(backend: impl Backend + 'static, case: &Value, tolerance: f64) {
    let net = net(case);
    let shape = net.input_shape().to_vec();
    let mut model = net.compile(backend, losses::MeanAbsoluteError, Optimizer::sgd(0.1), 0).unwrap();
    let weights = ["layer.weight", "layer.bias"];
    let weights = &weights[..model.parameter_names().filter(|name| name.starts_with("layer.")).count()];
    for (name, seed) in weights.iter().zip(1..).chain([(&"product.weight", 3)]) {
        set(&mut model, name, seed);
    }
    let x = Samples::shaped(numbers(shape.iter().product(), 0), shape).unwrap();
    let of = |what: &str| {
        format!("{what} of {} {} {} {}", case["layer"], case["shape"], case["kernel"], case["stride"])
    };
    assert_near(model.encode("layer", &x).unwrap(), &case["outputs"], tolerance, &of("outputs"));
    let gradients = &case["gradients"];
    let of_inputs = model.input_gradient(&x, &[0]).unwrap();
    assert_near(of_inputs, &gradients["inputs"], tolerance, &of("gradient by inputs"));
    // Far below, so that the loss is the product and a constant.
    let data = Dataset::pairs(x, Samples::rows([-1e3], 1).unwrap()).unwrap();
    let mut training = model.training(&data, Fit::new().batch(1)).unwrap();
    for (name, key) in weights.iter().zip(["weight", "bias"]) {
        let found = training.gradient(name).unwrap();
        assert_near(found, &gradients[key], tolerance, &of(name));
    }
}

/// Every so many cases, beginning with the first.
fn assert_all(backend: impl Fn() -> Option<Box<dyn Backend>>, every: usize, tolerance: f64) {
    let cases: Vec<Value> = serde_json::from_str(include_str!("recorded_keras.json")).unwrap();
    for case in cases.iter().step_by(every) {
        let Some(device) = backend() else { return };
        assert_as_keras(device, case, tolerance);
    }
}

#[test]
fn padding_same_is_that_of_keras_on_the_cpu() {
    assert_all(|| Some(Box::new(Cpu::<f64>::with_threads(1).unwrap())), 1, 1e-6);
    assert_all(|| Some(Box::new(Cpu::<f32>::with_threads(1).unwrap())), 1, 1e-5);
}

#[test]
fn padding_same_is_that_of_keras_by_the_reference() {
    assert_all(|| Some(Box::new(Reference::<f64>::new())), 1, 1e-6);
}

#[test]
fn padding_same_is_that_of_keras_on_a_gpu() {
    // Each case compiles kernels of its own; these are some of every layer.
    assert_all(|| gpu().map(|gpu| Box::new(gpu) as Box<dyn Backend>), 4, 1e-5);
}

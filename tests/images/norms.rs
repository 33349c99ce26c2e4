//! Nets with batch or group normalisation: their gradients, two modes, frozen layers, and PyTorch's numbers.

use wgrad::backend::{Backend, Cpu, Reference, Verify};
use wgrad::layers::{
    Add, BatchNorm, Conv2d, Dense, GlobalAvgPool2d, GroupNorm, Padding, Relu, Residual, Tanh,
};
use wgrad::{Dataset, Fit, Graph, Node, Optimizer, Precision, Samples, Sequential, gradcheck, losses};

use crate::draws::Draws;
use crate::recorded::assert_as_recorded;
use crate::support::{adam, bindings, gpu};

fn images(seed: u32, shape: [usize; 3], classes: u32) -> Dataset {
    let mut draws = Draws(seed);
    let values: Vec<f32> = draws.matrix(10, shape.iter().product()).iter().copied().collect();
    let labels = (0..10).map(|sample| sample * 2 % 5 % classes).collect();
    Dataset::classification(Samples::shaped(values, shape).unwrap(), labels).unwrap()
}

/// A convolution and its norm.
fn step(net: &mut Graph, x: Node, filters: usize, kernel: usize, stride: usize) -> Node {
    let conv = Conv2d::new(filters, kernel).stride(stride).padding(Padding::explicit(kernel / 2));
    let made = net.add(conv.without_bias(), [x]);
    net.add(BatchNorm::new(), [made])
}

/// The net of `record.py`.
fn residual_net(precision: Precision) -> Graph {
    let mut net = Graph::new();
    let x = net.input("x", [7, 9, 3]);
    let first = step(&mut net, x, 4, 3, 1);
    let first = net.add(Relu, [first]);
    let inner = step(&mut net, first, 8, 3, 2);
    let inner = net.add(Relu, [inner]);
    let inner = step(&mut net, inner, 8, 3, 1);
    let shortcut = step(&mut net, first, 8, 1, 2);
    let sum = net.add(Add, [shortcut, inner]);
    let sum = net.add(Relu, [sum]);
    let inner = step(&mut net, sum, 8, 3, 1);
    let sum = net.add(Add, [sum, inner]);
    let sum = net.add(Relu, [sum]);
    let pooled = net.add(GlobalAvgPool2d, [sum]);
    net.add(Dense::new(5), [pooled]);
    net.set_precision(precision);
    net
}

fn assert_residual(backend: impl Backend + 'static, tolerance: f64) {
    let net = residual_net(Precision::F32);
    let trained = (net, losses::SoftmaxCrossEntropy::new());
    let data = images(9, [7, 9, 3], 5);
    assert_as_recorded("residual", backend, trained, (&data, Optimizer::sgd(0.1)), (10, tolerance));
}

#[test]
fn residual_blocks_train_as_in_pytorch() {
    assert_residual(Reference::<f64>::new(), 1e-6);
    assert_residual(Cpu::<f64>::with_threads(2).unwrap(), 1e-6);
    assert_residual(Cpu::<f32>::with_threads(2).unwrap(), 5e-5);
    if let Some(gpu) = gpu().filter(|_| bindings() >= 6) {
        assert_residual(gpu, 5e-5);
    }
}

#[test]
fn every_step_of_a_normalised_training_on_a_gpu_is_right() {
    for precision in [Precision::F32, Precision::F16] {
        let Some(gpu) = gpu().filter(|_| bindings() >= 6) else { return };
        let loss = losses::SoftmaxCrossEntropy::new();
        let verified = Verify::new(gpu).unwrap();
        let mut model = residual_net(precision).compile(verified, loss, adam(0.01), 1).unwrap();
        let history = model.fit(&images(9, [7, 9, 3], 5), Fit::new().epochs(12).batch(4)).unwrap();
        let loss = history.last().unwrap().metrics.loss;
        assert!(loss < 1.0, "{precision:?}: {loss}");
    }
}

/// The other net of `record.py`.
fn group_norm_net(precision: Precision) -> Sequential {
    Sequential::new([6, 5, 3])
        .precision(precision)
        .add(Conv2d::new(6, 3).padding(Padding::Same))
        .add(GroupNorm::new(3))
        .add(Relu)
        .add(Conv2d::new(8, 2).stride(2))
        .add(GroupNorm::new(2).epsilon(0.01))
        .add(Tanh)
        .add(GlobalAvgPool2d)
        .add(Dense::new(5))
}

fn assert_grouped(backend: impl Backend + 'static, tolerance: f64) {
    let trained = (group_norm_net(Precision::F32), losses::SoftmaxCrossEntropy::new());
    let data = images(21, [6, 5, 3], 5);
    assert_as_recorded("group_norm", backend, trained, (&data, Optimizer::sgd(0.1)), (22, tolerance));
}

#[test]
fn groups_are_normalised_as_in_pytorch() {
    assert_grouped(Reference::<f64>::new(), 1e-6);
    assert_grouped(Cpu::<f64>::with_threads(2).unwrap(), 1e-6);
    assert_grouped(Cpu::<f32>::with_threads(2).unwrap(), 5e-5);
    if let Some(gpu) = gpu() {
        assert_grouped(gpu, 5e-5);
    }
}

#[test]
fn groups_train_on_a_gpu_in_both_precisions_and_every_step_is_right() {
    for precision in [Precision::F32, Precision::F16] {
        let Some(gpu) = gpu() else { return };
        let verified = Verify::new(gpu).unwrap();
        let loss = losses::SoftmaxCrossEntropy::new();
        let mut model = group_norm_net(precision).compile(verified, loss, adam(0.01), 1).unwrap();
        let data = images(21, [6, 5, 3], 5);
        let history = model.fit(&data, Fit::new().epochs(12).batch(4)).unwrap();
        let loss = history.last().unwrap().metrics.loss;
        assert!(loss < 1.3, "{precision:?}: {loss}");
        let training = model.training_program(&data, 4).unwrap();
        let elements = training.steps().iter().filter(|step| step.name() == "group_norm.gradient");
        let halves = elements.filter(|step| step.operands()[0].1.element == wgrad::Element::Half);
        // A group of the first norm has two channels.
        assert_eq!(halves.count(), usize::from(precision == Precision::F16), "{training}");
        let fused = training.without_unread_steps().fused();
        assert!(fused.steps().iter().all(|step| step.name() != "activation"), "{fused}");
    }
}

#[test]
fn gradients_through_the_statistics_of_groups_are_right() {
    let conv = |filters| Conv2d::new(filters, 3).padding(Padding::Same);
    let net = Sequential::new([5, 4, 2]).add(conv(6)).add(GroupNorm::new(2)).add(Tanh);
    let net = net.add(conv(4)).add(GroupNorm::new(2).epsilon(0.1)).add(Tanh).add(GlobalAvgPool2d);
    let net = net.add(Dense::new(3));
    let check = gradcheck(&net, losses::SoftmaxCrossEntropy::new(), &images(3, [5, 4, 2], 3), 0).unwrap();
    assert!(check.passes() && check.unclear() == 0, "{check}");
    let of_norm = check.rows.iter().filter(|row| row.name.contains("scale") || row.name.contains("shift"));
    assert_eq!(of_norm.count(), 4, "{check}");
}

#[test]
fn gradients_through_the_statistics_of_a_batch_are_right() {
    let block = || {
        // Their biases have a gradient of 0.
        let conv = || Conv2d::new(4, 3).padding(Padding::Same);
        Residual::new().add(conv()).add(BatchNorm::new()).add(Tanh).add(conv()).add(BatchNorm::new())
    };
    let conv = Sequential::new([5, 4, 2]).add(Conv2d::new(4, 3).without_bias()).add(BatchNorm::new());
    let nets = [
        conv.add(Tanh).add(block()).add(Tanh).add(GlobalAvgPool2d).add(Dense::new(3)),
        Sequential::new([5, 4, 2]).add(BatchNorm::new().epsilon(0.1)).add(GlobalAvgPool2d).add(Dense::new(3)),
    ];
    for net in nets {
        let data = images(3, [5, 4, 2], 3);
        let check = gradcheck(&net, losses::SoftmaxCrossEntropy::new(), &data, 0).unwrap();
        assert!(check.passes() && check.unclear() == 0, "{check}");
        let of_norm =
            check.rows.iter().filter(|row| row.name.contains("scale") || row.name.contains("shift"));
        assert!(of_norm.count() >= 2 && !check.to_string().contains("running"), "{check}");
    }
}

fn normalised() -> Sequential {
    let conv = Sequential::new([6, 6, 1]).add(Conv2d::new(4, 3).without_bias());
    conv.add(BatchNorm::new().momentum(0.5)).add(Relu).add(GlobalAvgPool2d).add(Dense::new(2))
}

#[test]
fn the_running_statistics_are_what_predictions_take() {
    let cpu = Cpu::<f32>::with_threads(1).unwrap();
    let loss = losses::SoftmaxCrossEntropy::new();
    let mut model = normalised().compile(cpu, loss, Optimizer::sgd(1e-20), 4).unwrap();
    let data = images(5, [6, 6, 1], 2);
    let names = ["batch_norm_1.running_mean", "batch_norm_1.running_variance"];
    let running = |model: &mut wgrad::Model| names.map(|name| model.parameter(name).unwrap().row(0).to_vec());
    assert_eq!(running(&mut model), [vec![0.0; 4], vec![1.0; 4]]);
    model.fit(&data, Fit::new().epochs(1).batch(10)).unwrap();
    let once = running(&mut model);
    let before = model.predict(data.inputs()).unwrap();
    model.fit(&data, Fit::new().epochs(60).batch(10)).unwrap();
    // With hardly a rate each batch has the same statistics, which the running ones reach.
    let [means, variances] = running(&mut model);
    for (once, mean) in once[0].iter().zip(&means) {
        assert!((2.0 * once - mean).abs() < 1e-5, "{once} {mean}");
    }
    for (once, variance) in once[1].iter().zip(&variances) {
        assert!((2.0 * once - 1.0 - variance).abs() < 1e-5, "{once} {variance}");
    }
    assert_ne!(before, model.predict(data.inputs()).unwrap());
}

#[test]
fn a_frozen_norm_keeps_its_statistics_and_hands_gradients_on() {
    let cpu = Cpu::<f32>::with_threads(2).unwrap();
    let loss = losses::SoftmaxCrossEntropy::new();
    let mut model = normalised().compile(cpu, loss, Optimizer::sgd(0.1), 4).unwrap();
    let data = images(5, [6, 6, 1], 2);
    model.fit(&data, Fit::new().epochs(2).batch(5)).unwrap();
    model.freeze("batch_norm_1").unwrap();
    let names =
        ["scale", "shift", "running_mean", "running_variance"].map(|name| format!("batch_norm_1.{name}"));
    let norm = |model: &mut wgrad::Model| names.clone().map(|name| model.parameter(&name).unwrap());
    let (before, weight) = (norm(&mut model), model.parameter("conv2d_1.weight").unwrap());
    // Training normalises as evaluation does, so the loss of one batch is that of the evaluation before.
    let evaluated = model.evaluate(&data).unwrap().loss;
    let history = model.fit(&data, Fit::new().epochs(1).batch(10)).unwrap();
    let trained = history.last().unwrap().metrics.loss;
    assert!((trained - evaluated).abs() < 1e-6, "{trained} {evaluated}");
    assert_eq!(norm(&mut model), before);
    assert_ne!(model.parameter("conv2d_1.weight").unwrap(), weight);
}

#[test]
fn settings_that_make_no_norm_are_refused() {
    for (norm, wanted) in [
        (BatchNorm::new().momentum(0.0), "has the momentum 0; it is more than 0 and at most 1"),
        (BatchNorm::new().momentum(1.5), "has the momentum 1.5; it is more than 0 and at most 1"),
        (BatchNorm::new().epsilon(0.0), "adds 0 to variances; it must be finite and more than 0"),
    ] {
        let net = Sequential::new([4, 4, 2]).add(norm);
        let error = net.summary().unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    for (norm, wanted) in [
        (GroupNorm::new(4), "cuts 6 channels into 4 groups of equal size"),
        (GroupNorm::new(0), "cuts 6 channels into 0 groups of equal size"),
        (GroupNorm::new(2).epsilon(-1.0), "adds -1 to variances; it must be finite and more than 0"),
    ] {
        let error = Sequential::new([4, 4, 6]).add(norm).summary().unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}

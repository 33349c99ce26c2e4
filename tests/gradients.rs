//! Every derivative against differences in `f64`: ops, layers, activations, losses; and that a wrong one is found.

#[path = "gradients/gate.rs"]
mod gate;
#[path = "gradients/planted.rs"]
mod planted;
#[path = "gradients/tester.rs"]
mod tester;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

use ndarray::{Array2, Axis};
use wgrad::backend::Cpu;
use wgrad::gradcheck::{GradCheck, Row, check_program, gradcheck_beside};
use wgrad::layers::{Dense, Dropout, Flatten, Relu, Sigmoid, Softmax, Tanh};
use wgrad::losses::{OutputKind, TargetKind};
use wgrad::ops::activation::Activation;
use wgrad::ops::{catalogue, catalogue_of_rows};
use wgrad::program::Program;
use wgrad::random::Stream;
use wgrad::{Dataset, Init, Loss, Samples, Sequential, gradcheck, losses};

// === Ops ===

/// What an op is called in messages, with its settings where they matter.
fn title(program: &Program) -> String {
    let step = &program.steps()[0];
    let shapes: Vec<_> = step.operands().iter().map(|(_, tensor)| tensor.to_string()).collect();
    format!("{} {}: {:?}", step.name(), shapes.join(" "), step.op())
}

/// Activations whose slope jumps.
const KINKED: [&str; 5] = ["Relu", "Selu", "HardTanh", "Clamp", "Maximum"];

/// Few elements may be unclear: those whose gradient is lost in the rounding of the loss, and, in a model with
/// kinked activations, those whose change takes a unit past a kink.
fn assert_right(title: &str, check: &GradCheck, kinks: bool) {
    assert!(check.passes() && !check.rows.is_empty(), "{title}\n{check}");
    let compared: usize = check.rows.iter().map(|row| row.compared).sum();
    let share = check.unclear() as f64 / (check.unclear() + compared) as f64;
    // In long rows, a share of 1 in 257 less a target of that size is often too small to tell.
    let of_shares = title.starts_with("distribution_cross_entropy");
    let most = if kinks { 0.1 } else { 0.01 * if of_shares { 2.0 } else { 1.0 } };
    assert!(share <= most, "{title}\n{check}");
}

/// Whether an op of this title has a slope that jumps.
fn has_kinks(title: &str) -> bool {
    KINKED.iter().any(|name| title.contains(name))
}

#[test]
fn derivatives_are_right_for_several_rows_a_sample() {
    for (number, program) in catalogue_of_rows(3, NonZeroUsize::new(2).unwrap()).iter().enumerate() {
        if let Some(check) = check_program(program, number as u64).unwrap() {
            let title = title(program);
            assert_right(&title, &check, has_kinks(&title));
        }
    }
}

#[test]
fn every_op_has_a_right_derivative_or_is_known_to_have_none() {
    let (mut without, mut constants, mut with) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    // The numbers of a case do not depend on how many cases other ops have.
    let mut cases = BTreeMap::new();
    for program in &catalogue(4).unwrap() {
        let name = program.steps()[0].name();
        let number: &mut u64 = cases.entry(name).or_default();
        *number += 1;
        let Some(check) = check_program(program, *number).unwrap() else {
            without.insert(name);
            continue;
        };
        with.insert(name);
        constants.extend(check.constants.iter().map(|input| format!("{name}: {input}")));
        let title = title(program);
        assert_right(&title, &check, has_kinks(&title));
    }
    let wanted = [
        "activation",
        "batch_norm",
        "batched_product",
        "binary",
        "concat",
        "conv",
        "conv_transpose",
        "dense",
        "distribution_cross_entropy",
        "dropout",
        "elementary",
        "embedding",
        "erase",
        "group_norm",
        "grouped_conv",
        "loss",
        "noise",
        "pad",
        "pool.average",
        "pool.maximum",
        "reduce",
        "slice",
        "softmax",
        "softmax_cross_entropy",
        "spread",
        "transpose",
        "upsample",
        "warp",
        "zero_pad",
    ];
    assert_eq!(Vec::from_iter(with.clone()), wanted);
    // The gradient of a loss has none, the loss has.
    without.retain(|name| !with.contains(name));
    // These are derivatives themselves, run behind the loss, or move and count.
    let wanted = [
        "activation.gradient",
        "ada_grad",
        "adam",
        "adamax",
        "add_to",
        "batch_norm.folded",
        "batch_norm.gradient",
        "batch_norm.moments",
        "batch_norm.running",
        "batch_norm.running.all",
        "batch_norm.sums",
        "batch_norm.two",
        "batch_sum",
        "clip_factor",
        "clip_value",
        "collect",
        "conv.input_gradient",
        "conv.weight_gradient",
        "dense.gradients",
        "dense.input_gradient",
        "dense.weight_gradient",
        "elementary.gradient",
        "embedding.gradient",
        "fold",
        "fold.all",
        "gather",
        "group_norm.gradient",
        "grouped_conv.input_gradient",
        "grouped_conv.weight_gradient",
        "hits",
        "lamb_step",
        "lion",
        "loss_scale",
        "momentum",
        "moving_average",
        "nadam",
        "one_hot",
        "pool.average_gradient",
        "pool.maximum_gradient",
        "random_transform",
        "reduce.maximum_gradient",
        "rmsprop",
        "seed",
        "sgd",
        "softmax.gradient",
        "sum_squares",
        "trust_ratio",
        "upsample.gradient",
        "warp.gradient",
        "weight_average",
        "weight_decay",
    ];
    assert_eq!(Vec::from_iter(without), wanted);
    // Labels are integers.
    let wanted = [
        "batch_norm: moments",
        "distribution_cross_entropy: targets",
        "erase: sizes",
        "loss: target",
        "warp: transform",
    ];
    assert_eq!(Vec::from_iter(constants), wanted);
}

// === Models ===

fn drawn(seed: u64, rows: usize, cols: usize, low: f64, high: f64) -> Array2<f32> {
    let mut stream = Stream::numbered(seed, 99);
    Array2::from_shape_simple_fn((rows, cols), || stream.uniform(low, high) as f32)
}

/// Seven samples of three numbers, with targets of two numbers between 0 and 1.
fn regression() -> Dataset {
    Dataset::regression(drawn(1, 7, 3, -1.5, 1.5).view(), drawn(2, 7, 2, 0.0, 1.0).view()).unwrap()
}

/// Six samples of three numbers, each of one of four classes.
fn classification() -> Dataset {
    let samples = Samples::reals(drawn(3, 6, 3, -1.5, 1.5).view()).unwrap();
    Dataset::classification(samples, vec![0, 3, 1, 2, 3, 0]).unwrap()
}

fn assert_model(net: &Sequential, loss: impl Loss, data: &Dataset, kinks: bool) -> Vec<Row> {
    let title = format!("{loss:?} of\n{}", net.summary().unwrap());
    let check = gradcheck(net, loss, data, 7).unwrap();
    println!("{title}\n{check}\n");
    assert_right(&title, &check, kinks);
    check.rows
}

#[test]
fn every_activation_is_right_in_a_dense_step_and_as_a_step_of_its_own() {
    for activation in Activation::examples() {
        let kinks = has_kinks(&format!("{activation:?}"));
        let inside = Sequential::new([3]).add(Dense::new(5)).add(activation.clone()).add(Dense::new(2));
        assert_model(&inside, losses::MeanSquaredError, &regression(), kinks);
        let last = Sequential::new([3]).add(Dense::new(2)).add(activation.clone());
        assert_model(&last, losses::MeanSquaredError, &regression(), kinks);
        let alone = Sequential::new([3])
            .add(activation.clone())
            .add(Dropout::new(0.3))
            .add(activation)
            .add(Dense::new(2));
        assert_model(&alone, losses::MeanSquaredError, &regression(), kinks);
    }
}

/// A model that ends as a loss wants it, and data for it.
fn ending_for(loss: &dyn Loss) -> (Sequential, Dataset) {
    let targets = match loss.targets() {
        TargetKind::Labels => None,
        TargetKind::Numbers | TargetKind::Unit => Some(drawn(2, 7, 4, 0.0, 1.0)),
        TargetKind::Binary => Some(drawn(2, 7, 4, 0.0, 1.0).mapv(f32::round)),
        TargetKind::Signs => Some(drawn(2, 7, 4, -1.0, 1.0).mapv(f32::signum)),
        TargetKind::Distribution => {
            let positive = drawn(2, 7, 4, 0.1, 1.0);
            Some(&positive / &positive.sum_axis(Axis(1)).insert_axis(Axis(1)))
        }
        other => unreachable!("no targets of {other:?}"),
    };
    let inputs = drawn(1, 7, 3, -1.5, 1.5);
    let data = targets.map(|targets| Dataset::regression(inputs.view(), targets.view()).unwrap());
    let net = Sequential::new([3]).add(Dense::new(5)).add(Tanh).add(Dense::new(4));
    let net = if loss.outputs() == OutputKind::Probabilities { net.add(Sigmoid) } else { net };
    (net, data.unwrap_or_else(classification))
}

#[test]
fn every_loss_is_right() {
    for loss in losses::examples() {
        let (net, data) = ending_for(&loss);
        // Huber's, the hinge and distances have a kink, which may lie within a difference.
        let kinks = loss.outputs() == OutputKind::Any;
        assert_model(&net, Arc::clone(&loss), &data, kinks);
        if loss.outputs() == OutputKind::Scores {
            assert_model(&net.add(Softmax), loss, &data, kinks);
        }
    }
}

#[test]
fn every_layer_is_right() {
    let nets = [
        Sequential::new([3]).add(Dense::new(2)),
        Sequential::new([3]).add(Dense::new(4).without_bias()).add(Dense::new(2).without_bias()),
        Sequential::new([3]).add(Flatten).add(Dense::new(2).init(Init::HeNormal)),
        Sequential::new([3])
            .add(Dropout::new(0.5))
            .add(Dense::new(8))
            .add(Tanh)
            .add(Dropout::new(0.3))
            .add(Dense::new(2)),
        Sequential::new([3]).add(Dense::new(2)).add(Softmax),
        Sequential::new([3]).add(Softmax).add(Dense::new(4)).add(Softmax).add(Dense::new(2)),
    ];
    for net in nets {
        let rows = assert_model(&net, losses::MeanSquaredError, &regression(), false);
        assert_eq!(rows.last().unwrap().name, "inputs");
    }
}

#[test]
fn autoencoders_and_classifiers_of_images_are_right() {
    let mut stream = Stream::numbered(4, 99);
    let pixels: Vec<u8> = (0..6 * 24).map(|_| stream.below(256) as u8).collect();
    let images = Samples::images(pixels, [4, 6]).unwrap();
    let coder = Sequential::new([24])
        .add(Dense::new(9))
        .add(Relu)
        .add_named("latent", Dense::new(3))
        .add(Relu)
        .add(Dense::new(9))
        .add(Relu)
        .add(Dense::new(24))
        .add(Sigmoid);
    assert_model(&coder, losses::MeanSquaredError, &Dataset::autoencoder(images.clone()), true);
    assert_model(&coder, losses::BinaryCrossEntropy::new(), &Dataset::autoencoder(images.clone()), true);
    let classifier = Sequential::new([4, 6])
        .add(Flatten)
        .add(Dense::new(8))
        .add(Relu)
        .add(Dropout::new(0.2))
        .add(Dense::new(4));
    let data = Dataset::classification(images, vec![1, 0, 3, 2, 2, 1]).unwrap();
    assert_model(&classifier, losses::SoftmaxCrossEntropy::new(), &data, true);
}

#[test]
fn a_seed_decides_all_and_the_table_names_what_was_checked() {
    let (net, data) = ending_for(&losses::SoftmaxCrossEntropy::new());
    let check = |seed| gradcheck(&net, losses::SoftmaxCrossEntropy::new(), &data, seed).unwrap();
    assert_eq!(check(1), check(1));
    assert_ne!(check(1), check(2));
    let names: Vec<_> = check(1).rows.iter().map(|row| (row.name.clone(), row.shape, row.compared)).collect();
    let row = |name: &str, rows, cols| (name.to_string(), [rows, cols], rows * cols);
    let wanted = [
        row("dense_1.weight", 3, 5),
        row("dense_1.bias", 1, 5),
        row("dense_2.weight", 5, 4),
        row("dense_2.bias", 1, 4),
        row("inputs", 6, 3),
    ];
    assert_eq!(names, wanted);
}

#[test]
fn of_large_parameters_and_datasets_a_part_is_checked() {
    let data = Dataset::autoencoder(Samples::reals(drawn(5, 30, 20, -1.0, 1.0).view()).unwrap());
    let net = Sequential::new([20]).add(Dense::new(20));
    let rows = assert_model(&net, losses::MeanSquaredError, &data, false);
    assert_eq!((rows[0].shape, rows[0].compared), ([20, 20], 256));
    assert_eq!((rows[2].shape, rows[2].compared), ([8, 20], 160));
}

#[test]
fn a_backend_in_f32_is_close_and_a_wrong_dataset_is_refused() {
    for loss in losses::examples() {
        let (net, data) = ending_for(&loss);
        let check = gradcheck_beside(&mut Cpu::<f32>::new().unwrap(), &net, loss, &data, 0).unwrap();
        assert!(check.passes() && check.to_string().contains("device, f32"), "{check}");
        assert!(check.rows.iter().all(|row| row.device.is_some_and(|far| far < 1e-5)), "{check}");
    }
    let (net, data) = ending_for(&losses::SoftmaxCrossEntropy::new());
    assert!(gradcheck(&net, losses::MeanSquaredError, &data, 0).is_err());
    let other = Sequential::new([5]).add(Dense::new(4));
    assert!(gradcheck(&other, losses::SoftmaxCrossEntropy::new(), &data, 0).is_err());
}

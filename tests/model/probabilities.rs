//! Losses on probabilities are recorded on what is behind their sigmoid or softmax.

use ndarray::{Array2, array};
use wgrad::backend::{Backend, Values};
use wgrad::layers::{Dense, Identity, LeakyRelu, Relu, Sigmoid, Softmax};
use wgrad::op::Use;
use wgrad::ops::activation::Activation;
use wgrad::ops::{Activate, Dense as Product};
use wgrad::program::{Batch, Program};
use wgrad::{
    Dataset, Element, Fit, Init, Loss, Model, Optimizer, Precision, Recorder, Samples, Sequential, Tensor,
    losses,
};

use crate::support::{cpu, drawn, regression, samples, weights};

/// `sigmoid(w · x)` after one step from `w = 100` at `x = 1`, with the target 0.
fn stepped(net: impl Fn(Sequential) -> Sequential) -> f32 {
    let net = net(Sequential::new([1]).add(Dense::new(1).without_bias())).add(Sigmoid);
    let mut model = net.compile(cpu(), losses::BinaryCrossEntropy::new(), Optimizer::sgd(0.5), 0).unwrap();
    model.set_parameter("dense_1.weight", array![[100.0f32]].view()).unwrap();
    let history = model.fit(&regression(&array![[1.0]], &array![[0.0]]), Fit::new().epochs(1)).unwrap();
    // -ln (1 - sigmoid(100)) = ln (1 + e¹⁰⁰).
    assert!((history.epochs[0].metrics.loss - 100.0).abs() < 1e-4, "{}", history.epochs[0].metrics.loss);
    weights(&mut model, "dense_1.weight")[0]
}

#[test]
fn a_probability_of_1_has_a_gradient() {
    assert_eq!(stepped(|net| net), 99.5, "fused");
    assert_eq!(stepped(|net| net.add(LeakyRelu { negative_slope: 1.0 })), 99.5, "not fused");
    assert_eq!(stepped(|net| net.add(Identity)), 99.5);
}

fn trained(net: Sequential, loss: impl Loss, data: &Dataset) -> Model {
    let mut model = net.compile(cpu(), loss, Optimizer::adam(0.05), 4).unwrap();
    model.fit(data, Fit::new().epochs(5).batch(4)).unwrap();
    model
}

/// Eight samples of three numbers, whose class is the place of the largest.
fn classes() -> Dataset {
    let inputs = drawn(5, 8, 3);
    let largest = |row: &[f32]| (0..3).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap() as u32;
    let labels = inputs.rows().into_iter().map(|row| largest(row.as_slice().unwrap())).collect();
    Dataset::classification(samples(&inputs), labels).unwrap()
}

#[test]
fn a_softmax_before_its_loss_changes_predictions_and_not_the_training() {
    for precision in [Precision::F32, Precision::F16] {
        let net = || {
            let net = Sequential::new([3]).precision(precision);
            net.add(Dense::new(8)).add(Relu).add_named("scores", Dense::new(4))
        };
        let data = classes();
        let mut scores = trained(net(), losses::SoftmaxCrossEntropy::new(), &data);
        let mut probabilities = trained(net().add(Softmax), losses::SoftmaxCrossEntropy::new(), &data);
        for name in ["dense_1.weight", "scores.weight", "scores.bias"] {
            assert_eq!(weights(&mut scores, name), weights(&mut probabilities, name), "{name}");
        }
        let [of_scores, metrics] =
            [&mut scores, &mut probabilities].map(|model| model.evaluate(&data).unwrap());
        assert_eq!(of_scores, metrics);
        let predictions = probabilities.predict(data.inputs()).unwrap();
        assert!(predictions.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-5), "{predictions}");
    }
}

#[test]
fn a_sigmoid_before_its_loss_trains_as_the_loss_of_logits_does() {
    for (precision, activation) in
        [(Precision::F32, false), (Precision::F32, true), (Precision::F16, false), (Precision::F16, true)]
    {
        let net = || {
            let net =
                Sequential::new([3]).precision(precision).add(Dense::new(8)).add(Relu).add(Dense::new(4));
            if activation { net.add(LeakyRelu::default()) } else { net }
        };
        let inputs = drawn(6, 8, 3);
        let data = regression(&inputs, &Array2::from_shape_fn((8, 4), |(i, j)| ((i + j) % 2) as f32));
        let mut logits = trained(net(), losses::BinaryCrossEntropy::logits(), &data);
        let mut probabilities = trained(net().add(Sigmoid), losses::BinaryCrossEntropy::new(), &data);
        for name in ["dense_1.weight", "dense_2.weight", "dense_2.bias"] {
            assert_eq!(weights(&mut logits, name), weights(&mut probabilities, name), "{precision} {name}");
        }
        let predictions = probabilities.predict(data.inputs()).unwrap();
        assert!(predictions.iter().all(|p| (0.0..=1.0).contains(p)), "{predictions}");
    }
}

/// A product with a sigmoid on a tape, and its loss; `before` and `after` read the probabilities as well.
struct Taped {
    program: Program,
    x: Tensor,
    weight: Tensor,
    target: Tensor,
    losses: Tensor,
    gradient: Tensor,
    read: Vec<Tensor>,
}

fn taped(before: bool, after: bool) -> Taped {
    let mut tape = Recorder::new("test", 1);
    let weight = tape.tensor("weight", Element::Real, 1, 1);
    let gradient = tape.tensor("weight.gradient", Element::Real, 1, 1);
    tape.arena(weight, gradient);
    let [x, p, target] = ["x", "p", "target"].map(|name| tape.batched(name, 1));
    tape.push(Product { x, weight, y: p, activation: Activation::Sigmoid(Sigmoid) });
    let mut read = Vec::new();
    let mut reader = |tape: &mut Recorder| {
        let y = tape.batched("read", 1);
        tape.push(Activate { activation: Activation::identity(), x: p, y });
        read.push(y);
    };
    before.then(|| reader(&mut tape));
    let losses = losses::BinaryCrossEntropy::new().record(&mut tape, p, target);
    tape.backward(losses);
    after.then(|| reader(&mut tape));
    read.iter().chain([&losses]).for_each(|tensor| tape.keep(*tensor));
    let program = tape.finish().unwrap().without_unread_steps();
    Taped { program, x, weight, target, losses, gradient, read }
}

#[test]
fn one_softmax_is_taken_off_and_no_more() {
    let mut tape = Recorder::new("test", 1);
    let [x, once, twice] = ["x", "once", "twice"].map(|name| tape.batched(name, 3));
    let labels = tape.batched_of("labels", Element::U32, 1);
    tape.push(wgrad::ops::Softmax { x, y: once });
    tape.push(wgrad::ops::Softmax { x: once, y: twice });
    let losses = losses::SoftmaxCrossEntropy::new().record(&mut tape, twice, labels);
    tape.keep(losses);
    let program = tape.finish().unwrap().without_unread_steps();
    let reads = program.steps().last().unwrap().operands()[0].1;
    assert!(reads == once && program.steps().len() == 2 && losses.cols == 1, "{program}");
}

#[test]
fn whoever_else_reads_the_probability_gets_it() {
    for (before, after, products) in [(false, false, 1), (true, false, 2), (false, true, 2), (true, true, 2)]
    {
        let Taped { program, x, weight, target, losses, gradient, read } = taped(before, after);
        let mut cpu = cpu();
        let id = cpu.compile(&program).unwrap();
        for (tensor, value) in [(x, 2.0), (weight, 20.0), (target, 0.0)] {
            cpu.write(tensor, Values::Real(&[value])).unwrap();
        }
        cpu.run(id, &[Batch::of(1)]).unwrap();
        assert_eq!(cpu.read(losses).unwrap(), [40.0]);
        assert_eq!(cpu.read(gradient).unwrap(), [2.0]);
        assert!(read.into_iter().all(|tensor| cpu.read(tensor).unwrap() == [1.0]));
        let found = program.steps().iter().filter(|step| step.name() == "dense").count();
        assert_eq!(found, products, "{program}");
    }
}

#[test]
fn a_probability_whose_gradient_is_read_keeps_its_loss() {
    let mut tape = Recorder::new("test", 1);
    let weight = tape.tensor("weight", Element::Real, 1, 1);
    let [x, p, target] = ["x", "p", "target"].map(|name| tape.batched(name, 1));
    tape.push(Product { x, weight, y: p, activation: Activation::Sigmoid(Sigmoid) });
    tape.watch(p);
    let losses = losses::BinaryCrossEntropy::new().record(&mut tape, p, target);
    tape.backward(losses);
    let gradient = tape.gradient(p).expect("a gradient of the probability");
    let program = tape.finish().unwrap();
    let writes = |(used, tensor): &(Use, Tensor)| *used == Use::Out && *tensor == gradient;
    assert!(program.steps().iter().any(|step| step.operands().iter().any(writes)), "{program}");
}

#[test]
fn initial_weights_of_any_size_can_be_unlearned() {
    let inputs = Array2::ones((4, 2));
    let data = regression(&inputs, &Array2::zeros((4, 1)));
    let net = Sequential::new([2]).add(Dense::new(1).init(Init::Normal(30.0))).add(Sigmoid);
    let mut model = net.compile(cpu(), losses::BinaryCrossEntropy::new(), Optimizer::adam(1.0), 1).unwrap();
    model.set_parameter("dense_1.weight", array![[60.0f32], [60.0]].view()).unwrap();
    model.fit(&data, Fit::new().epochs(200).batch(4)).unwrap();
    let found = model.predict(&Samples::reals(inputs.view()).unwrap()).unwrap();
    assert!(found.iter().all(|p| *p < 0.01), "{found}");
}

//! Graphs that cannot be, and what their errors say.

use wgrad::backend::Cpu;
use wgrad::layers::{Add, Concat, Dense, Relu, Reshape, Residual};
use wgrad::{Graph, Optimizer, losses};

fn refused(make: impl Fn(&mut Graph)) -> String {
    let mut net = Graph::new();
    make(&mut net);
    let cpu = Cpu::<f32>::with_threads(1).unwrap();
    let outcome = net.compile(cpu, losses::MeanSquaredError, Optimizer::sgd(0.1), 0);
    outcome.map(|_| ()).unwrap_err().to_string()
}

fn assert_says(error: String, words: &[&str]) {
    assert!(words.iter().all(|word| error.contains(word)), "{error}");
}

#[test]
fn a_node_or_a_layer_of_another_graph_is_refused() {
    let mut other = Graph::new();
    let foreign = other.input("x", [4]);
    let layer = other.shared("theirs", Dense::new(4));
    assert_says(
        refused(|net| {
            net.input("x", [4]);
            net.add(Relu, [foreign]);
        }),
        &["a node", "another graph"],
    );
    assert_says(
        refused(|net| {
            let x = net.input("x", [4]);
            net.call(layer, [x]);
        }),
        &["a layer", "another graph"],
    );
}

#[test]
fn shapes_that_do_not_go_together_are_named() {
    let two = |shape: [usize; 2], layer: fn(&mut Graph, [wgrad::Node; 2])| {
        refused(|net| {
            let x = net.input("x", [8]);
            let matrix = net.add(Reshape::new(shape), [x]);
            layer(net, [x, matrix]);
        })
    };
    let add = two([2, 4], |net, both| _ = net.add_named("sum", Add, both));
    assert_says(add, &["sum", "[2, 4]", "[8]"]);
    let concat = two([2, 4], |net, both| _ = net.add_named("side", Concat, both));
    assert_says(concat, &["side", "[2, 4]", "[8]"]);
    let reshape = two([3, 3], |_, _| ());
    assert_says(reshape, &["reshape_1", "8 numbers", "[3, 3]"]);
    let alone = refused(|net| {
        let x = net.input("x", [8]);
        net.add(Add, [x]);
    });
    assert_says(alone, &["add_1", "at least two inputs"]);
    let many = refused(|net| {
        let x = net.input("x", [8]);
        net.add(Relu, [x, x]);
    });
    assert_says(many, &["relu_1", "one input, and gets 2"]);
}

#[test]
fn what_is_wrong_inside_a_layer_has_its_path() {
    let error = refused(|net| {
        let x = net.input("x", [8]);
        net.add_named("block", Residual::new().add(Dense::new(4)), [x]);
    });
    assert_says(error, &["block.sum", "[4]", "[8]"]);
    let error = refused(|net| {
        let x = net.input("x", [8]);
        net.add_named("block", Residual::new().add_named("a", Relu).add_named("a", Relu), [x]);
    });
    assert_says(error, &["block", "\"a\"", "a name of its own"]);
}

#[test]
fn names_and_numbers_of_inputs_are_checked() {
    let twice = refused(|net| {
        let x = net.input("x", [8]);
        let y = net.add_named("same", Relu, [x]);
        net.add_named("same", Relu, [y]);
    });
    assert_says(twice, &["\"same\"", "two layers"]);
    assert_says(refused(|_| ()), &["0 inputs"]);
}

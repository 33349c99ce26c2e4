//! Tables of nets that are no stacks.

use wgrad::layers::{Add, Dense, Embedding, Flatten, Relu};
use wgrad::{Graph, Sequential};

#[test]
fn a_graphs_table_says_what_goes_into_each_layer() {
    let mut net = Graph::new();
    let (numbers, word) = (net.input("numbers", [4]), net.integers("word", [1]));
    let row = net.add_named("words", Embedding::new(5, 4), [word]);
    let row = net.add(Flatten, [row]);
    let sum = net.add(Add, [numbers, row]);
    let twice = net.shared("twice", Dense::new(4));
    let once = net.call(twice, [sum]);
    net.call(twice, [once]);
    let wanted = "\
layer      kind                output   parameters  inputs
numbers                             4            0
word       integers                 1            0
words      embedding              1×4           20  word
flatten_1  flatten                  4            0  words
add_1      add                      4            0  numbers, flatten_1
twice      dense                    4           20  add_1
twice_2    dense                    4            0  twice
40 parameters, 0.2 kB";
    assert_eq!(net.summary().unwrap().to_string(), wanted);
}

#[test]
fn a_stacks_table_does_not() {
    let stack = Sequential::integers([5]).add(Embedding::new(7, 6)).add(Flatten).add(Dense::new(2));
    assert!(!stack.summary().unwrap().to_string().contains("inputs"));
    let mut stack = Graph::new();
    let x = stack.input("image", [4]);
    let hidden = stack.add(Dense::new(3), [x]);
    stack.add(Relu, [hidden]);
    assert!(!stack.summary().unwrap().to_string().contains("inputs"));
    let mut fork = Graph::new();
    let x = fork.input("image", [4]);
    let [left, _] = [2, 3].map(|units| fork.add(Dense::new(units), [x]));
    fork.output(left);
    assert!(fork.summary().unwrap().to_string().contains("  image\n"));
}

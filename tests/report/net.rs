//! Pictures of nets: what their boxes say, and that no line goes through one.

use wgrad::backend::Cpu;
use wgrad::layers::{Add, Concat, Dense, Embedding, Flatten, LayerNorm, Relu, Tanh};
use wgrad::random::Stream;
use wgrad::{Graph, Node, Optimizer, Sequential, losses};

use crate::svg::{self, Svg};

/// The picture of a net, if every word is in a box, and no box or line goes through another box.
fn picture(net: &Graph) -> Svg {
    let svg = svg::parse(&net.picture().unwrap());
    svg.assert_readable();
    let within = |[left, top, right, bottom]: [f64; 4], (x, y): (f64, f64), room: f64| {
        left + room < x && x < right - room && top + room < y && y < bottom - room
    };
    for text in &svg.texts {
        let ends = [(text.left, text.top), (text.right, text.bottom)];
        let is_in = |edges: &&[f64; 4]| ends.iter().all(|end| within(**edges, *end, 0.0));
        assert_eq!(svg.boxes.iter().filter(is_in).count(), 1, "{text:?} in {:?}", svg.boxes);
    }
    for (number, [left, top, right, bottom]) in svg.boxes.iter().copied().enumerate() {
        let apart =
            |other: &[f64; 4]| right < other[0] || other[2] < left || bottom < other[1] || other[3] < top;
        assert!(svg.boxes[..number].iter().all(apart), "{:?}", svg.boxes);
        assert!(left > 0.0 && top > 0.0 && right < svg.units.0 && bottom < svg.units.1, "{:?}", svg.units);
    }
    for path in &svg.paths {
        let crossed = |point: &(f64, f64)| svg.boxes.iter().find(|edges| within(**edges, *point, 1.0));
        assert_eq!(path.iter().find_map(crossed), None);
        assert!(path.windows(2).all(|pair| pair[0].1 <= pair[1].1 + 1e-9), "a line goes up");
    }
    svg
}

/// The places of boxes that a line and its head lead from and to.
fn arrows(svg: &Svg) -> Vec<[usize; 2]> {
    let at = |(x, y): (f64, f64), side: usize| {
        let meets = |edges: &[f64; 4]| (y - edges[side]).abs() < 2.0 && edges[0] < x && x < edges[2];
        svg.boxes.iter().position(meets).unwrap()
    };
    svg.paths.iter().zip(&svg.tips).map(|(path, tip)| [at(path[0], 3), at(*tip, 1)]).collect()
}

fn residual() -> Graph {
    let mut net = Graph::new();
    let mut x = net.input("image", [24]);
    for _ in 0..2 {
        let hidden = net.add(LayerNorm::new(), [x]);
        let hidden = net.add(Dense::new(24), [hidden]);
        let hidden = net.add(Relu, [hidden]);
        x = net.add(Add, [x, hidden]);
    }
    net.add_named("scores", Dense::new(3), [x]);
    net
}

fn two_and_two() -> Graph {
    let mut net = Graph::new();
    let (numbers, word) = (net.input("numbers", [4]), net.integers("word", [1]));
    let row = net.add_named("words", Embedding::new(5, 3), [word]);
    let row = net.add(Flatten, [row]);
    let both = net.add(Concat, [numbers, row]);
    let twice = net.shared("twice", Dense::new(7));
    let once = net.call(twice, [both]);
    let bent = net.add(Tanh, [once]);
    let again = net.call(twice, [bent]);
    let class = net.add_named("class", Dense::new(3), [again]);
    let size = net.add_named("size", Dense::new(2), [once]);
    net.output(class);
    net.output(size);
    net
}

#[test]
fn a_stack_is_a_column_of_boxes() {
    let net = || Sequential::new([28, 28]).add(Flatten).add_named("latent", Dense::new(16)).add(Relu);
    let svg = picture(net().as_ref());
    for word in
        ["input, 28×28", "flatten_1", "flatten, 784", "latent", "dense, 16", "12560 parameters", "output"]
    {
        svg.text(word);
    }
    assert_eq!(arrows(&svg), [[0, 1], [1, 2], [2, 3]]);
    let middle = (svg.boxes[0][0] + svg.boxes[0][2]) / 2.0;
    assert!(svg.boxes.iter().all(|edges| ((edges[0] + edges[2]) / 2.0 - middle).abs() <= 1.0));
    let model =
        net().compile(Cpu::<f32>::new().unwrap(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0).unwrap();
    let source = net().picture().unwrap();
    assert!(model.picture().unwrap() == source && net().as_ref().picture().unwrap() == source);
}

#[test]
fn a_skip_connection_goes_by_the_side() {
    let svg = picture(&residual());
    assert_eq!(arrows(&svg).iter().filter(|arrow| **arrow == [0, 4] || **arrow == [4, 8]).count(), 2);
    assert_eq!(svg.paths.len(), 11);
}

#[test]
fn inputs_outputs_and_shared_layers_are_marked() {
    let svg = picture(&two_and_two());
    for word in [
        "input, 4",
        "input of integers, 1",
        "shared layer, use 1 of 2",
        "shared layer, use 2 of 2",
        "twice_2",
    ] {
        svg.text(word);
    }
    assert_eq!(svg.words().iter().filter(|word| **word == "output").count(), 2);
    assert_eq!(svg.words().iter().filter(|word| **word == "56 parameters").count(), 1);
    let mut colors: Vec<_> = svg.rects.iter().map(|(fill, _)| fill.as_str()).collect();
    colors.sort_unstable();
    assert_eq!(colors.iter().filter(|color| **color == colors[0]).count(), 2, "{colors:?}");
    // What has one input stands under it.
    for column in [[1, 2, 3], [6, 7, 8]] {
        let middles = column.map(|at| svg.boxes[at][0] + svg.boxes[at][2]);
        assert!(middles.iter().all(|middle| (middle - middles[0]).abs() <= 2.0), "{column:?}: {middles:?}");
    }
    let source = two_and_two().picture().unwrap();
    assert_eq!(source.matches("stroke-dasharray").count(), 2);
}

#[test]
fn two_lines_between_two_boxes_are_told_apart() {
    let mut net = Graph::new();
    let x = net.input("x", [2]);
    net.add(Add, [x, x]);
    let svg = picture(&net);
    assert_eq!(arrows(&svg), [[0, 1]; 2]);
    assert!((svg.tips[0].0 - svg.tips[1].0).abs() > 10.0, "{:?}", svg.tips);
}

#[test]
fn names_are_whole_whatever_they_are() {
    let wide = "W".repeat(30);
    for name in
        ["a<b> & \"c\" 'd'", "", &"long_name.".repeat(40), &wide, "größer → 大きい", "\u{1}\n\u{FFFE}"]
    {
        let mut net = Graph::new();
        let x = net.input("x", [3]);
        net.add_named(name, Relu, [x]);
        let svg = picture(&net);
        let shown = svg.words()[2..].concat();
        match name.starts_with('\u{1}') {
            true => assert!(shown.starts_with("relu"), "{shown:?}"),
            false => assert!(shown.starts_with(name) && shown.ends_with("relu, 3output"), "{shown:?}"),
        }
    }
    let mut net = Graph::new();
    net.input(wide, [3]);
    let svg = picture(&net);
    let of_w = svg.words().into_iter().map(|word| word.chars().filter(|letter| *letter == 'W').count());
    let [left, _, right, _] = svg.boxes[0];
    // As wide as 0.99 of its size, in DejaVu Sans.
    assert!(of_w.max().unwrap() as f64 * 0.99 * 60.0 < right - left, "{:?}", svg.boxes);
}

#[test]
fn a_net_without_a_node_is_white() {
    let svg = picture(&Graph::new());
    assert!(svg.boxes.is_empty() && svg.units.0 > 0.0 && svg.units.1 > 0.0, "{:?}", svg.units);
}

/// A net of sums of earlier nodes, drawn by chance.
fn drawn(seed: u64) -> Graph {
    let mut stream = Stream::numbered(seed, 70);
    let mut net = Graph::new();
    let mut nodes: Vec<Node> = vec![net.input("x", [2]), net.input("another_input", [2])];
    for _ in 0..12 {
        let picked = [(); 3].map(|()| nodes[stream.below(nodes.len())]);
        nodes.push(if stream.below(2) == 0 { net.add(Add, picked) } else { net.add(Relu, [picked[0]]) });
    }
    net
}

#[test]
fn no_line_goes_through_a_box_of_any_net() {
    for seed in 0..60 {
        picture(&drawn(seed));
    }
}

#[test]
fn a_net_that_cannot_be_is_refused_as_by_the_summary() {
    let mut net = Graph::new();
    let x = net.input("x", [3]);
    net.add_named("sum", Add, [x]);
    assert_eq!(net.picture().unwrap_err().to_string(), net.summary().unwrap_err().to_string());
}

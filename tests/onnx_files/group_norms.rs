//! Group normalisations: of sets 18 and 21, in parts, and those that are none.

use onnx_rs::ast::{Node, OpType, TensorProto};
use tempfile::tempdir;
use wgrad::layers::{Add, Conv2d, GroupNorm, Reshape};
use wgrad::{Graph, OnnxNet, Optimizer, Samples, load_onnx, losses};

use super::made::{file, int, ints, node};
use super::{compile, cpu};

fn reals<'a>(name: &'a str, shape: &[i64], some: &[f32]) -> TensorProto<'a> {
    TensorProto::from_f32(name, shape.to_vec(), some.to_vec())
}

fn why(bytes: &[u8]) -> String {
    OnnxNet::from_bytes(bytes).map(|net| net.net().summary().unwrap().to_string()).unwrap_err().to_string()
}

/// A file with ONNX's own operator for groups, for samples of this shape.
fn of_operator(set: i64, groups: i64, shape: &[i64], [scale, shift]: [&[f32]; 2]) -> Vec<u8> {
    let mut norm = node("norm", OpType::GroupNormalization, &["x", "scale", "shift"], "y");
    norm.attribute = vec![int("num_groups", groups)];
    let arrays =
        [("scale", scale), ("shift", shift)].map(|(name, some)| reals(name, &[some.len() as i64], some));
    file(set, shape, vec![norm], arrays.to_vec())
}

#[test]
fn set_18_has_a_scale_for_each_group_and_set_21_one_for_each_channel() {
    for (set, affine, wanted) in [
        (18, [&[2.0, 3.0][..], &[0.0, 1.0]], [-2.0, 2.0, -2.0, 4.0]),
        (21, [&[2.0, 2.0, 3.0, 5.0], &[0.0, 0.5, 1.0, 0.0]], [-2.0, 2.5, -2.0, 5.0]),
    ] {
        let mut model = compile(OnnxNet::from_bytes(&of_operator(set, 2, &[4], affine)).unwrap());
        let found = model.predict(&Samples::rows([1.0, 5.0, -3.0, 7.0], 4).unwrap()).unwrap();
        let wrong = found.iter().zip(wanted).any(|(found, wanted)| (found - wanted).abs() > 1e-4);
        assert!(!wrong, "{set}: {found}");
    }
    for (says, set, groups, count) in [
        ("has 0 groups", 21, 0, 4),
        ("has -2 groups", 21, -2, 4),
        ("4 channels into 3 groups", 21, 3, 4),
        ("has numbers of shape [4] for 2 groups of 4 channels", 18, 2, 4),
        ("has numbers of shape [2] for 2 groups of 4 channels", 21, 2, 2),
        ("has numbers of shape [1] for 2 groups of 4 channels", 21, 2, 1),
    ] {
        let why = why(&of_operator(set, groups, &[4], [&vec![1.0; count], &vec![0.0; count]]));
        assert!(why.contains(says) && why.contains("\"norm\""), "{says}: {why}");
    }
    let images = OnnxNet::from_bytes(&of_operator(21, 2, &[4, 3, 5], [&[1.0; 4], &[0.0; 4]])).unwrap();
    let summary = images.net().summary().unwrap().to_string();
    assert!(summary.contains("3×5×4"), "{summary}");
}

#[test]
fn instances_have_a_scale_for_each_channel() {
    let of = |count: usize| {
        let arrays = [("scale", 2.0), ("shift", 3.0)];
        let arrays = arrays.map(|(name, number)| reals(name, &[count as i64], &vec![number; count]));
        let norm = node("norm", OpType::InstanceNormalization, &["x", "scale", "shift"], "y");
        file(13, &[3, 4, 5], vec![norm], arrays.to_vec())
    };
    let net = OnnxNet::from_bytes(&of(3)).unwrap();
    let described = format!("{:?}", net.net());
    assert!(described.contains("groups: 3, epsilon: 1e-5"), "{described}");
    let why = why(&of(2));
    assert!(why.contains("has numbers of shape [2] for 3 groups of 3 channels"), "{why}");
}

/// The nodes that PyTorch writes for two groups.
fn rows() -> Vec<Node<'static>> {
    vec![
        node("cut", OpType::Reshape, &["x", "rows"], "cut"),
        node("normed", OpType::InstanceNormalization, &["cut", "ones", "zeros"], "normed"),
        node("whole", OpType::Reshape, &["normed", "shape"], "whole"),
        node("scaled", OpType::Mul, &["whole", "scale"], "scaled"),
        node("sum", OpType::Add, &["scaled", "shift"], "y"),
    ]
}

/// A file of such nodes for images of this shape, with a scale of this one.
fn of_rows(shape: [i64; 3], made: [i64; 4], scale: &[i64], ones: [f32; 2]) -> Vec<u8> {
    let whole = |name, some: &[i64]| TensorProto::from_i64(name, vec![some.len() as i64], some.to_vec());
    let count = scale.iter().product::<i64>() as usize;
    let arrays = vec![
        whole("rows", &[0, 2, -1]),
        whole("shape", &made),
        reals("ones", &[2], &ones),
        reals("zeros", &[2], &[0.0; 2]),
        reals("scale", scale, &vec![2.0; count]),
        reals("shift", scale, &vec![3.0; count]),
    ];
    file(13, &shape, rows(), arrays)
}

#[test]
fn groups_as_rows_are_a_layer_where_scale_and_shape_are_those_of_channels() {
    for scale in [&[4, 1, 1][..], &[1, 4, 1, 1], &[1, 1, 1], &[]] {
        let net = OnnxNet::from_bytes(&of_rows([4, 4, 4], [0, 4, 4, 4], scale, [1.0; 2])).unwrap();
        assert_eq!(net.weights().shape("sum.scale"), Some(&[4][..]), "{scale:?}");
        assert_eq!(net.net().summary().unwrap().parameters(), 8);
    }
    for (says, made, scale, ones) in [
        ("\"sum\", number 4 from 0", [0, 4, 4, 4], &[4][..], [1.0; 2]),
        ("has numbers of shape [4]; one for each of 4 channels", [0, 4, 4, 4], &[4], [1.0; 2]),
        ("has numbers of shape [1, 4, 1]; one for each of 4 channels", [0, 4, 4, 4], &[1, 4, 1], [1.0; 2]),
        ("has numbers of shape [2, 1, 1]", [0, 4, 4, 4], &[2, 1, 1], [1.0; 2]),
        ("makes samples of shape [4, 8, 2] of some of [4, 4, 4]", [0, 4, 8, 2], &[4, 1, 1], [1.0; 2]),
        ("\"normed\", number 1 from 0", [0, 4, 4, 4], &[4, 1, 1], [1.0, 2.0]),
    ] {
        let why = why(&of_rows([4, 4, 4], made, scale, ones));
        assert!(why.contains(says), "{says}: {why}");
    }
    let why = why(&of_rows([3, 4, 4], [0, 3, 4, 4], &[3, 1, 1], [1.0; 2]));
    assert!(why.contains("3 channels into 2 groups") && why.contains("\"sum\""), "{why}");
}

/// A file with the nodes that Keras writes for three groups of two channels behind each of four places, with means over these axes.
fn of_moments(axes: &[i64], squared: &'static str) -> Vec<u8> {
    let mean = |name, x, output| {
        let mut mean = node(name, OpType::ReduceMean, &[x], output);
        mean.attribute = vec![ints("axes", axes)];
        mean
    };
    let nodes = vec![
        node("cut", OpType::Reshape, &["x", "groups"], "cut"),
        mean("mean", "cut", "mean"),
        node("neg", OpType::Neg, &["mean"], "neg"),
        node("centered", OpType::Sub, &["cut", "mean"], "centered"),
        node("squares", OpType::Mul, &["centered", squared], "squares"),
        mean("variance", "squares", "variance"),
        node("above", OpType::Add, &["variance", "epsilon"], "above"),
        node("root", OpType::Sqrt, &["above"], "root"),
        node("ratio", OpType::Reciprocal, &["root"], "ratio"),
        node("scaled", OpType::Mul, &["cut", "ratio"], "scaled"),
        node("moved", OpType::Mul, &["neg", "ratio"], "moved"),
        node("sum", OpType::Add, &["scaled", "moved"], "sum"),
        node("whole", OpType::Reshape, &["sum", "shape"], "y"),
    ];
    let whole = |name, some: &[i64]| TensorProto::from_i64(name, vec![some.len() as i64], some.to_vec());
    let arrays =
        vec![whole("groups", &[-1, 4, 3, 2]), whole("shape", &[-1, 4, 6]), reals("epsilon", &[], &[0.25])];
    file(13, &[4, 6], nodes, arrays)
}

#[test]
fn moments_are_a_layer_where_they_are_those_of_groups() {
    let net = OnnxNet::from_bytes(&of_moments(&[1, 3], "centered")).unwrap();
    let described = format!("{:?}", net.net());
    assert!(described.contains("groups: 3, epsilon: 0.25"), "{described}");
    for (axes, squared, first) in
        [(&[1, 2][..], "centered", "\"neg\""), (&[3], "centered", "\"mean\""), (&[1, 3], "cut", "\"mean\"")]
    {
        let why = why(&of_moments(axes, squared));
        assert!(why.contains(first), "{axes:?}: {why}");
    }
}

#[test]
fn a_norm_that_serves_twice_comes_back_as_one_with_its_settings() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    let mut net = Graph::new();
    let rows = net.input("rows", [3, 6]);
    let norm = net.shared("norm", GroupNorm::new(3).epsilon(0.25));
    let once = net.call(norm, [rows]);
    let image = net.add(Reshape::new([3, 6, 1]), [once]);
    let image = net.add(Conv2d::new(6, [1, 6]), [image]);
    let rows = net.add(Reshape::new([3, 6]), [image]);
    let twice = net.call(norm, [rows]);
    let sum = net.add(Add, [once, twice]);
    net.output(sum);
    let mut written = net.compile(cpu(), losses::MeanSquaredError, Optimizer::adam(0.01), 4).unwrap();
    written.save_onnx(&path).unwrap();
    let read = load_onnx(&path).unwrap();
    assert!(format!("{:?}", read.net()).contains("groups: 3, epsilon: 0.25"));
    assert_eq!(
        read.weights().names().collect::<Vec<_>>(),
        ["conv2d_1.bias", "conv2d_1.weight", "norm.scale", "norm.shift"]
    );
}

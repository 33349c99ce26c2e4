//! Nodes whose results can be told by hand: settings that no exporter here writes, and numbers of every kind.

use onnx_rs::ast::{Attribute, AttributeType, DataType, Node, OpType, TensorProto};
use wgrad::{OnnxNet, Samples};

use super::compile;
use super::made::{file, int, ints, node, of_messages, part};

fn text<'a>(name: &'a str, text: &'a str) -> Attribute<'a> {
    Attribute { name, r#type: AttributeType::String, s: text.as_bytes(), ..Attribute::default() }
}

/// What the nodes of a set make of one sample, whose shape here is the second one.
fn made(
    set: i64,
    shapes: [&[usize]; 2],
    x: &[f32],
    nodes: Vec<Node<'_>>,
    arrays: Vec<TensorProto<'_>>,
) -> Vec<f32> {
    let shape: Vec<i64> = shapes[0].iter().map(|size| *size as i64).collect();
    let net =
        OnnxNet::from_bytes(&file(set, &shape, nodes, arrays)).unwrap_or_else(|error| panic!("{error}"));
    compile(net).predict(&Samples::shaped(x, shapes[1]).unwrap()).unwrap().into_iter().collect()
}

fn pool<'a>(op: OpType<'a>, stride: i64, setting: Attribute<'a>) -> Vec<f32> {
    let mut pool = node("pool", op, &["x"], "y");
    pool.attribute = vec![ints("kernel_shape", &[2]), ints("strides", &[stride]), setting];
    made(12, [&[1, 3], &[3, 1]], &[1.0, 3.0, 2.0], vec![pool], Vec::new())
}

#[test]
fn pools_end_where_their_settings_say() {
    assert_eq!(pool(OpType::MaxPool, 2, int("ceil_mode", 1)), [3.0, 2.0]);
    assert_eq!(pool(OpType::MaxPool, 2, int("ceil_mode", 0)), [3.0]);
    assert_eq!(pool(OpType::MaxPool, 1, text("auto_pad", "SAME_LOWER")), [1.0, 3.0, 3.0]);
    assert_eq!(pool(OpType::MaxPool, 1, text("auto_pad", "SAME_UPPER")), [3.0, 3.0, 2.0]);
    assert_eq!(pool(OpType::AveragePool, 2, int("ceil_mode", 1)), [2.0, 2.0]);
    assert_eq!(pool(OpType::AveragePool, 1, ints("pads", &[1, 0])), [1.0, 2.0, 2.5]);
}

#[test]
fn numbers_of_every_kind_are_weights() {
    let halves: Vec<u8> = [0x3c00_u16, 0xc000].iter().flat_map(|half| half.to_le_bytes()).collect(); // 1 and -2
    let brains: Vec<u8> = [0x3f80_u16, 0xc000].iter().flat_map(|half| half.to_le_bytes()).collect();
    let floats: Vec<u8> = [1.0_f32, -2.0].iter().flat_map(|real| real.to_le_bytes()).collect();
    let sizes = vec![1, 2];
    for weight in [
        TensorProto::from_f32("w", sizes.clone(), vec![1.0, -2.0]),
        TensorProto::from_f64("w", sizes.clone(), vec![1.0, -2.0]),
        TensorProto::from_raw("w", sizes.clone(), DataType::Float, &floats),
        TensorProto::from_raw("w", sizes.clone(), DataType::Float16, &halves),
        TensorProto::from_raw("w", sizes.clone(), DataType::Bfloat16, &brains),
    ] {
        let mut product = node("product", OpType::Gemm, &["x", "w"], "y");
        product.attribute = vec![int("transB", 0)];
        assert_eq!(made(11, [&[1], &[1]], &[3.0], vec![product], vec![weight]), [3.0, -6.0]);
    }
    let odd = TensorProto::from_raw("w", sizes, DataType::Float, &floats[1..]);
    let why = OnnxNet::from_bytes(&file(11, &[1], Vec::new(), vec![odd])).unwrap_err().to_string();
    assert!(why.contains("tensor \"w\" has 7 bytes, which are no numbers of 4 bytes"), "{why}");
}

#[test]
fn numbers_in_another_file_are_refused() {
    // Size 1, kind 1, a name, and that the numbers are elsewhere.
    let array = [&[0x08, 1, 0x10, 1][..], &part(8, b"w"), &[0x70, 1]].concat();
    let why = OnnxNet::from_bytes(&of_messages(&part(5, &array))).unwrap_err().to_string();
    assert!(
        why.contains("tensor \"w\" has its numbers in another file; export the model as one file"),
        "{why}"
    );
}

#[test]
fn shapes_and_bounds_are_attributes_of_old_sets_and_inputs_of_new_ones() {
    let reals = |name: &'static str, some: &[f32]| {
        TensorProto::from_f32(name, vec![some.len() as i64], some.to_vec())
    };
    let whole = |name: &'static str, some: &[i64]| {
        TensorProto::from_i64(name, vec![some.len() as i64], some.to_vec())
    };
    // Of an operator for images alone, a file says that channels come first.
    let (rows, image, pixels): ([&[usize]; 2], [&[usize]; 2], _) =
        ([&[1, 1, 2]; 2], [&[1, 1, 2], &[1, 2, 1]], [1.0, 2.0]);
    let mut old = node("old", OpType::Pad, &["x"], "y");
    old.attribute = vec![ints("pads", &[0, 0, 0, 1, 0, 0, 0, 0])];
    assert_eq!(made(9, rows, &pixels, vec![old], Vec::new()), [0.0, 1.0, 2.0]);
    let new = node("new", OpType::Pad, &["x", "pads"], "y");
    let pads = whole("pads", &[0, 0, 0, 1, 0, 0, 0, 0]);
    assert_eq!(made(13, rows, &pixels, vec![new], vec![pads]), [0.0, 1.0, 2.0]);
    let larger = node("larger", OpType::Upsample, &["x", "scales"], "y");
    assert_eq!(
        made(9, image, &pixels, vec![larger], vec![reals("scales", &[1.0, 1.0, 1.0, 2.0])]),
        [1.0, 1.0, 2.0, 2.0]
    );
    let largest = node("largest", OpType::ReduceMax, &["x", "axes"], "y");
    assert_eq!(made(18, rows, &pixels, vec![largest], vec![whole("axes", &[-1, -2])]), [2.0]);
    // The batch's size is computed in the file.
    let nodes = vec![
        node("sizes", OpType::Shape, &["x"], "sizes"),
        node("batch", OpType::Gather, &["sizes", "first"], "batch"),
        node("shape", OpType::Concat, &["batch", "rest"], "shape"),
        node("flat", OpType::Reshape, &["x", "shape"], "y"),
    ];
    let arrays = vec![whole("first", &[0]), whole("rest", &[-1])];
    assert_eq!(made(13, [&[2, 2], &[2, 2]], &[1.0, 2.0, 3.0, 4.0], nodes, arrays), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn a_gelu_and_a_bias_in_parts_are_layers() {
    let arrays = || ["root", "one", "half"].into_iter().zip([std::f32::consts::SQRT_2, 1.0, 0.5]);
    let arrays = arrays().map(|(name, real)| TensorProto::from_f32(name, Vec::new(), vec![real]));
    let nodes = vec![
        node("narrow", OpType::Div, &["x", "root"], "narrow"),
        node("erf", OpType::Erf, &["narrow"], "erf"),
        node("above", OpType::Add, &["erf", "one"], "above"),
        node("twice", OpType::Mul, &["x", "above"], "twice"),
        node("gelu", OpType::Mul, &["twice", "half"], "y"),
    ];
    let net = OnnxNet::from_bytes(&file(13, &[2], nodes, arrays.collect())).unwrap();
    let summary = net.net().summary().unwrap().to_string();
    assert!(summary.contains("gelu_erf") && !summary.contains("standardize"), "{summary}");
    let nodes = vec![
        node("product", OpType::MatMul, &["x", "w"], "product"),
        node("sum", OpType::Add, &["b", "product"], "y"),
    ];
    let weights = vec![
        TensorProto::from_f32("w", vec![2, 1], vec![1.0; 2]),
        TensorProto::from_f32("b", vec![1], vec![5.0]),
    ];
    let net = OnnxNet::from_bytes(&file(7, &[2], nodes, weights)).unwrap();
    assert_eq!(net.weights().names().collect::<Vec<_>>(), ["product.bias", "product.weight"]);
    assert_eq!(compile(net).predict(&Samples::rows([1.0, 2.0], 2).unwrap()).unwrap(), ndarray::array![[8.0]]);
}

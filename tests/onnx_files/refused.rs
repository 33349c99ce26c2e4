//! What is malformed, or is no layer here.

use onnx_rs::ast::{Dimension, Graph, Model, OpType, OperatorSetId, TensorProto};
use wgrad::{FileFault, OnnxNet, load_onnx};

use super::made::{file, int, ints, node, value};

/// A convolution, a pool, and a dense layer behind them.
fn small() -> Vec<u8> {
    let conv = node("conv", OpType::Conv, &["x", "kernel", "bias"], "a");
    let mut pool = node("pool", OpType::MaxPool, &["a"], "b");
    pool.attribute = vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])];
    let nodes = vec![
        conv,
        pool,
        node("flat", OpType::Flatten, &["b"], "c"),
        node("head", OpType::Gemm, &["c", "w"], "y"),
    ];
    let kernel = TensorProto::from_f32("kernel", vec![2, 1, 3, 3], vec![0.5; 18]);
    let bias = TensorProto::from_f32("bias", vec![2], vec![0.0; 2]);
    let weight = TensorProto::from_f32("w", vec![8, 2], vec![0.1; 16]);
    file(13, &[1, 6, 6], nodes, vec![kernel, bias, weight])
}

fn why(bytes: &[u8]) -> String {
    OnnxNet::from_bytes(bytes).map(|net| net.net().summary().unwrap().to_string()).unwrap_err().to_string()
}

#[test]
fn a_file_that_is_cut_off_or_changed_is_an_error_or_another_net_and_never_a_panic() {
    let whole = small();
    assert!(OnnxNet::from_bytes(&whole).is_ok());
    for length in 0..whole.len() {
        assert!(
            OnnxNet::from_bytes(&whole[..length]).is_err(),
            "{length} of {} bytes are a net",
            whole.len()
        );
    }
    for at in 0..whole.len() {
        for other in [0, 1, 0x7f, 0x80, 0xff, whole[at] ^ 0x10] {
            let mut changed = whole.clone();
            changed[at] = other;
            if let Ok(net) = OnnxNet::from_bytes(&changed) {
                net.net().summary().unwrap();
            }
        }
    }
}

#[test]
fn an_error_names_the_byte_the_field_or_the_version() {
    let whole = small();
    assert!(why(&whole[..40]).contains("the file is cut off"), "{}", why(&whole[..40]));
    assert!(why(b"\x0b").contains("byte 0 begins a field of kind 3"), "{}", why(b"\x0b"));
    assert!(why(&[]).contains("it has no graph; is it an ONNX file?"));
    let old = file(6, &[2], vec![node("one", OpType::Relu, &["x"], "y")], Vec::new());
    assert!(why(&old).contains("it is of operator set 6, and 7 is the oldest that is read"), "{}", why(&old));
    let missing = load_onnx("/nowhere/model.onnx").unwrap_err().to_string();
    assert!(missing.starts_with("/nowhere/model.onnx cannot be read"), "{missing}");
}

#[test]
fn an_unknown_operator_is_named_with_its_node_and_place() {
    let nodes = || {
        vec![node("first", OpType::Relu, &["x"], "a"), node("odd", OpType::Custom("Fourier"), &["a"], "y")]
    };
    match OnnxNet::from_bytes(&file(13, &[2], nodes(), Vec::new())) {
        Err(FileFault::OnnxNode { place: 1, name, operator, why }) => {
            assert_eq!((&*name, &*operator), ("odd", "Fourier"));
            assert!(why.contains("export the net without it"), "{why}");
        }
        other => panic!("{other:?}"),
    }
    // Nobody reads what it makes.
    let mut unread = nodes();
    unread[0].output = vec!["y"];
    unread[1].output = vec!["z"];
    assert!(OnnxNet::from_bytes(&file(13, &[2], unread, Vec::new())).is_ok());
}

#[test]
fn what_no_layer_does_is_refused_with_what_is_wrong() {
    let kernel = |sizes: [i64; 4]| {
        TensorProto::from_f32("w", sizes.to_vec(), vec![0.5; sizes.iter().product::<i64>() as usize])
    };
    let conv = |attributes| {
        let mut conv = node("conv", OpType::Conv, &["x", "w"], "y");
        conv.attribute = attributes;
        vec![conv]
    };
    let mut pad = node("pad", OpType::Pad, &["x"], "y");
    pad.attribute = vec![ints("pads", &[0, 0, -1, 0, 0, 0, 0, 0])];
    let mut flat = node("flat", OpType::Flatten, &["a"], "y");
    flat.attribute = vec![int("axis", 1)];
    let row = |count: i64| TensorProto::from_f32("w", vec![count], vec![-1.0; count as usize]);
    for (says, shape, nodes, arrays) in [
        ("has -1 groups", vec![2, 4, 4], conv(vec![int("group", -1)]), vec![kernel([2, 1, 3, 3])]),
        ("goes over 2 channels", vec![2, 4, 4], conv(vec![int("group", 0)]), vec![kernel([2, 1, 3, 3])]),
        ("3 filters into 2 groups", vec![2, 4, 4], conv(vec![int("group", 2)]), vec![kernel([3, 1, 3, 3])]),
        ("for 3 channels", vec![2, 4, 4], conv(Vec::new()), vec![kernel([2, 3, 3, 3])]),
        (
            "no numbers of rows and columns",
            vec![1, 4, 4],
            conv(vec![ints("pads", &[-1, 0, 0, 0])]),
            vec![kernel([1, 1, 2, 2])],
        ),
        ("cuts samples", vec![1, 4, 4], vec![pad], Vec::new()),
        ("not all more than 0", vec![3], vec![node("mul", OpType::Mul, &["x", "w"], "y")], vec![row(3)]),
        ("one for each channel", vec![3], vec![node("mul", OpType::Mul, &["x", "w"], "y")], vec![row(2)]),
        ("no initializer of reals", vec![3], vec![node("fc", OpType::Gemm, &["x", "x"], "y")], Vec::new()),
        ("no node before it makes", vec![3], vec![node("relu", OpType::Relu, &["z"], "y")], Vec::new()),
        (
            "turns them again",
            vec![2, 2, 2],
            [conv(Vec::new()), vec![flat]].concat(),
            vec![kernel([2, 2, 1, 1])],
        ),
        ("has the size \"height\"", vec![], Vec::new(), Vec::new()),
    ] {
        let mut nodes = nodes;
        if nodes.len() == 2 {
            nodes[0].output = vec!["a"];
        }
        let bytes = if nodes.is_empty() { sizes_by_name() } else { file(9, &shape, nodes, arrays) };
        let why = why(&bytes);
        assert!(why.contains(says), "{says}: {why}");
    }
}

/// A file whose images are of any height.
fn sizes_by_name() -> Vec<u8> {
    let sizes =
        vec![Dimension::Param("batch"), Dimension::Value(1), Dimension::Param("height"), Dimension::Value(3)];
    let graph = Graph {
        node: vec![node("relu", OpType::Relu, &["x"], "y")],
        input: vec![value("x", sizes)],
        output: vec![value("y", Vec::new())],
        ..Graph::default()
    };
    let opset_import = vec![OperatorSetId { domain: "", version: 13 }];
    onnx_rs::encode(&Model { opset_import, graph: Some(graph), ..Model::default() })
}

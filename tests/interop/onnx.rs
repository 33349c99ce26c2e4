//! ONNX files: onnxruntime computes the same, they ask for no newer operators than they have, and what they cannot say is refused.

mod nets;

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::Array2;
use onnx_rs::ast::{DataType, Dimension, ValueInfo};
use tempfile::tempdir;
use wgrad::layers::{
    Add, Concat, Context, Dense, Dropout, Elu, Embedding, Flatten, Gelu, GeluTanh, HardTanh, Layer,
    LayerNorm, LeakyRelu, Mish, Prelu, Radial, Relu, Reshape, Residual, Selu, Shaped, Sigmoid, Silu, Softmax,
    Softplus, Softsign, Tanh, one,
};
use wgrad::ops::activation::Activation;
use wgrad::random::Stream;
use wgrad::{
    Graph, LayerError, Losses, Model, Optimizer, Samples, Sequential, TensorFile, load_onnx, losses,
};

use super::{Cpu, compile, disturb, samples};
use nets::{activations, integers, layers_of_rows};

/// Writes models into a folder, each with what it takes and gives.
pub fn write(folder: &Path, model: &mut Model) {
    model.save_onnx(folder.join("model.onnx")).unwrap();
    model.save_encoder_onnx("latent", folder.join("encoder.onnx")).unwrap();
    let folder = folder.join("onnx");
    std::fs::create_dir(&folder).unwrap();
    let squares = squares();
    let stacks = [("every_activation", activations(false)), ("newer", activations(true))];
    for (name, net) in stacks.into_iter().chain(layers_of_rows()) {
        write_one(&folder, name, net, &[("input", &squares)]);
    }
    for f in Activation::examples() {
        // Of numbers on both sides of 0.
        write_one(
            &folder,
            f.name(),
            Sequential::new([3, 4]).add(LayerNorm::new()).add(f.clone()),
            &[("input", &squares)],
        );
    }
    for (name, net, inputs) in integers() {
        write_one(&folder, name, net, &[("input", &inputs)]);
    }
    write_graph(&folder);
}

/// Ten samples of 3 × 4.
fn squares() -> Samples {
    let pixels = samples(10, 12).iter().map(|x| (x.abs() * 100.0) as u8).collect();
    Samples::images(pixels, [3, 4]).unwrap()
}

/// Ten samples of integers below `rows`.
fn tokens(rows: u32, shape: impl Into<Vec<usize>>) -> Samples {
    let (mut stream, shape) = (Stream::numbered(6, 6), shape.into());
    let count = 10 * shape.iter().product::<usize>();
    let tokens = (0..count).map(|_| (stream.uniform(0.0, rows.into()) as u32).min(rows - 1));
    Samples::integers(tokens.collect::<Vec<_>>(), shape).unwrap()
}

fn write_one(folder: &Path, name: &str, net: Sequential, inputs: &[(&str, &Samples)]) {
    let mut model = compile(net);
    disturb(&mut model);
    write_model(folder, name, &mut model, inputs);
}

/// A model's file, and one with what it takes and gives.
fn write_model(folder: &Path, name: &str, model: &mut Model, inputs: &[(&str, &Samples)]) {
    model.save_onnx(folder.join(name).with_extension("onnx")).unwrap();
    let outputs = model.predict_named(inputs).unwrap();
    let mut file = data(inputs);
    assert_read_back(&folder.join(name).with_extension("onnx"), &outputs, inputs);
    for (name, values) in outputs {
        file = file.with_reals(&format!("outputs/{name}"), values.view());
    }
    file.write(folder.join(name).with_extension("safetensors")).unwrap();
}

fn assert_read_back(path: &Path, outputs: &BTreeMap<String, Array2<f32>>, inputs: &[(&str, &Samples)]) {
    // A layer that a file leaves out, such as dropout, gives an output no name.
    for ((name, values), (_, read)) in outputs.iter().zip(&read_back(path, outputs, inputs)) {
        let wrong = (read - values).iter().fold(0.0_f32, |most, off| most.max(off.abs()));
        assert!(read.dim() == values.dim() && wrong <= 1e-5, "{name} of {path:?} is off by {wrong}");
    }
}

/// What the net of a file predicts here.
fn read_back(
    path: &Path,
    outputs: &BTreeMap<String, Array2<f32>>,
    inputs: &[(&str, &Samples)],
) -> BTreeMap<String, Array2<f32>> {
    let mean = losses::MeanSquaredError;
    let all = match outputs.len() {
        1 => Losses::from(mean),
        _ => outputs.keys().fold(Losses::new(), |all, name| all.add(name, mean, 1.0)),
    };
    let net = load_onnx(path).unwrap_or_else(|error| panic!("{error}"));
    let mut model = net.compile(Cpu::<f32>::with_threads(1).unwrap(), all, Optimizer::adam(0.01), 4).unwrap();
    model.predict_named(inputs).unwrap()
}

fn data(inputs: &[(&str, &Samples)]) -> TensorFile {
    inputs.iter().fold(TensorFile::new(), |file, (name, samples)| {
        file.with_reals(&format!("inputs/{name}"), samples.to_array().view())
    })
}

/// Two inputs of numbers and one of integers, layers that serve twice, and three outputs.
fn graph() -> Graph {
    let mut net = Graph::new();
    let words = net.integers("words", [5]);
    let (image, size) = (net.input("image", [3, 4]), net.input("size", [6]));
    let rows = net.add(Embedding::new(11, 6), [words]);
    let inner = Residual::new().add(Prelu).add(Dense::new(6).each_row().without_bias());
    let block = Residual::new().add(LayerNorm::new()).add(Dense::new(6).each_row()).add(Silu).add(inner);
    let block = net.shared("block", block);
    let once = net.call(block, [rows]);
    let twice = net.call(block, [once]);
    let shares = net.add_named("shares", Softmax, [twice]);
    let pixels = net.add(Reshape::new([2, 6]), [image]);
    let tall = net.call(block, [pixels]);
    let wide = net.add(Concat, [tall, pixels, tall]);
    let [flat, wide] = [twice, wide].map(|rows| net.add(Flatten, [rows]));
    let narrow = net.add(Dense::new(6), [wide]);
    let scale = net.shared("scale", Dense::new(6));
    let [narrow, size] = [narrow, size].map(|x| net.call(scale, [x]));
    let sum = net.add_named("sum", Add, [narrow, size, narrow]);
    let all = net.add(Concat, [flat, sum]);
    let all = net.add(Prelu, [all]);
    let class = net.add_named("class", Dense::new(3), [all]);
    net.output(class);
    net.output(shares);
    net.output(sum);
    net
}

fn compile_graph() -> Model {
    let losses = ["class", "shares", "sum"].map(|name| (name, losses::MeanSquaredError));
    let cpu = Cpu::<f32>::with_threads(1).unwrap();
    let mut model = graph().compile(cpu, losses, Optimizer::adam(0.01), 4).unwrap();
    disturb(&mut model);
    model
}

/// The graph, and its part that goes by the words alone.
fn write_graph(folder: &Path) {
    let mut model = compile_graph();
    let (words, image) = (tokens(11, [5]), squares());
    let size = Samples::reals(samples(10, 6).view()).unwrap();
    write_model(folder, "graph", &mut model, &[("words", &words), ("image", &image), ("size", &size)]);
    model.save_encoder_onnx("block_2", folder.join("words.onnx")).unwrap();
    let inputs = [("words", &words)];
    let latents = model.encode_named("block_2", &inputs).unwrap();
    let file = data(&inputs).with_reals("outputs/block_2", latents.view());
    file.write(folder.join("words.safetensors")).unwrap();
}

/// A value's name, type and sizes.
fn described(value: &ValueInfo<'_>) -> String {
    let sizes = value.tensor_shape().unwrap().dim.iter().map(|dim| match dim.value {
        Dimension::Value(size) => size.to_string(),
        Dimension::Param(name) => name.to_string(),
    });
    let kind = match value.tensor_elem_type().unwrap() {
        DataType::Float => "float",
        DataType::Int64 => "int64",
        other => panic!("{other:?}"),
    };
    format!("{} {kind} {}", value.name, sizes.collect::<Vec<_>>().join("×"))
}

#[test]
fn an_onnx_file_has_the_inputs_outputs_and_weights_of_the_net_once() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    let mut model = compile_graph();
    model.save_onnx(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let file = onnx_rs::parse(&bytes).unwrap();
    let graph = file.graph.unwrap();
    let all = |values: &[ValueInfo<'_>]| values.iter().map(described).collect::<Vec<_>>().join(", ");
    let inputs = "words int64 samples×5, image float samples×3×4, size float samples×6";
    assert_eq!(all(&graph.input), inputs);
    assert_eq!(all(&graph.output), "class float samples×3, shares float samples×5×6, sum float samples×6");
    let read = |name: &str| graph.node.iter().filter(|node| node.input.contains(&name)).count();
    let owned: Vec<_> = graph.initializer.iter().map(|constant| constant.name()).collect();
    for name in model.parameter_names() {
        assert_eq!(owned.iter().filter(|owned| **owned == name).count(), 1, "{name}");
    }
    assert_eq!(read("block.dense_1.weight"), 3);
    assert_eq!(read("block.residual_1.prelu_1.slope"), 3);
    assert_eq!(read("scale.weight"), 2);
    assert!(graph.node.iter().any(|node| node.name == "block_2.residual_1.prelu_1"));
    assert_eq!((file.opset_import[0].version, file.ir_version), (9, 4));
    // An encoder takes what it depends on.
    model.save_encoder_onnx("block_2", &path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let graph = onnx_rs::parse(&bytes).unwrap().graph.unwrap();
    assert_eq!(all(&graph.input), "words int64 samples×5");
    assert_eq!(all(&graph.output), "block_2 float samples×5×6");
    assert!(graph.get_initializer("scale.weight").is_none());
    let integers =
        Sequential::integers([6]).add_named("grid", Reshape::new([2, 3])).add(Embedding::new(9, 1));
    compile(integers).save_encoder_onnx("grid", &path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(all(&onnx_rs::parse(&bytes).unwrap().graph.unwrap().output), "grid int64 samples×2×3");
}

/// The operator set and the format's version of a model's file, with its operators.
fn versions(net: Sequential) -> (i64, i64, String) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    compile(net).save_onnx(&path).unwrap();
    let bytes = std::fs::read(path).unwrap();
    let model = onnx_rs::parse(&bytes).unwrap();
    let operators = model.graph.unwrap().node.into_iter().map(|node| format!("{:?}", node.op_type));
    (model.opset_import[0].version, model.ir_version, operators.collect::<Vec<_>>().join(" "))
}

#[test]
fn an_onnx_file_asks_for_no_newer_operators_than_it_has() {
    let dense = || Sequential::new([2, 3]).add(Flatten).add(Dense::new(4));
    let usual = dense().add(Relu).add(Dense::new(3).without_bias()).add(LeakyRelu::default()).add(Softmax);
    let usual = versions(usual.add(Dropout::new(0.1)).add(Tanh).add(Sigmoid));
    let operators = "Flatten Gemm Relu MatMul LeakyRelu Softmax Identity Tanh Sigmoid";
    assert_eq!(usual, (9, 4, operators.to_string()));
    let smooth = dense().add(Elu::default()).add(Selu).add(Softplus).add(Softsign).add(HardTanh::default());
    let operators = "Flatten Gemm Elu Selu Softplus Softsign Clip Sigmoid Mul";
    assert_eq!(versions(smooth.add(Silu)), (9, 4, operators.to_string()));
    let normed = dense().add(LayerNorm::new()).add(Prelu).add(Residual::new().add(Radial));
    let operators = "Flatten Gemm ReduceMean Sub Mul ReduceMean Add Sqrt Div Mul Add PRelu Min Exp Add";
    assert_eq!(versions(normed), (9, 4, operators.to_string()));
    for (net, operator) in
        [(dense().add(Gelu), "Gelu"), (dense().add(GeluTanh), "Gelu"), (dense().add(Mish), "Mish")]
    {
        let operators = format!("Flatten Gemm {operator} Gemm Clip");
        assert_eq!(versions(net.add(Dense::new(2)).add(HardTanh::default())), (20, 9, operators));
    }
    let within = dense().add(Residual::new().add(Residual::new().add(Gelu))).add(LayerNorm::new());
    let operators = "Flatten Gemm Gelu Add Add LayerNormalization";
    assert_eq!(versions(within), (20, 9, operators.to_string()));
}

/// A layer of one's own.
#[derive(Debug)]
struct Doubled;

impl Layer for Doubled {
    fn kind(&self) -> &'static str {
        "doubled"
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        cx.layer("sum", &Add, &[x.clone(), x.clone()])
    }
}

#[test]
fn what_an_onnx_file_cannot_say_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    let net = || Sequential::new([2]);
    let kind = "is a layer of kind doubled, for which wgrad knows no operators of ONNX; write the layers before \
                it with save_encoder_onnx, or the weights with save";
    let twice = "names two values, and an ONNX file has one value of a name; give the layer another name";
    for (net, says) in [
        (net().add_named("input", Dense::new(2)), format!("\"input\" {twice}")),
        (net().add_named("a", Dense::new(2)).add_named("a.bias", Relu), format!("\"a.bias\" {twice}")),
        (net().add_named("a.sigmoid", Relu).add_named("a", Silu), format!("\"a.sigmoid\" {twice}")),
        (net().add_named("", Relu), "\"\" names a value, and ONNX files have none without a name".into()),
        (net().add_named("last", Doubled), format!("\"last\" {kind}")),
        (net().add_named("block", Residual::new().add(Doubled)), format!("\"block.doubled_1\" {kind}")),
        (Sequential::new([]).add_named("one", Softmax), "\"one\" goes over samples of shape []".into()),
    ] {
        let error = compile(net).save_onnx(&path).unwrap_err().to_string();
        assert!(error.starts_with(&says) && !path.exists(), "{error}");
    }
}

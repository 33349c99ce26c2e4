//! Models as ONNX files, for runtimes that only predict.

use std::path::Path;

use onnx_rs::ast::{
    Attribute, AttributeType, DataType, Dimension, Graph, Model as Proto, Node, OpType, OperatorSetId,
    TensorProto, TensorShape, TensorShapeDimension, TensorTypeProto, TypeProto, TypeValue, ValueInfo,
};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::file::json::real;
use crate::file::whole_file::write_whole;
use crate::nn::graph::{Call, Named};
use crate::train::model::Model;

/// An operator set, and the version of the format that ONNX pairs it with.
type Versions = (i64, i64);

/// Those of 2019, for all but what is in `NEWER`: format 4 is the first whose initializers need not be inputs as well, and since set 9
/// none of the operators has changed for numbers in two dimensions.
const USUAL: Versions = (9, 4);

/// The first with Gelu; Mish came two sets before.
const NEW: Versions = (20, 9);

/// The kinds of layers that need the new ones.
const NEWER: [&str; 3] = ["gelu", "gelu_erf", "mish"];

/// Layers whose operators would go over all of a sample, where the layers go over its rows.
const ONE_DIMENSION: [&str; 2] = ["dense", "softmax"];

/// The input's name; outputs have their layers' names.
const INPUT: &str = "input";

impl Model {
    /// Writes the model as an ONNX file, which runtimes since 2019 read, or since 2024 where it has a GELU or Mish.
    ///
    /// # Shapes
    /// The input, `input`: samples × the shape of one, as the model sees them (images from 0 to 1); the output, with the
    /// last layer's name: samples × outputs.
    ///
    /// # Errors
    /// A layer that is not of this crate, or is a [`Radial`](crate::ops::activation::Radial), for which ONNX has no
    /// operator, or is called `input`; a file that cannot be written; a lost device.
    pub fn save_onnx(&mut self, path: impl AsRef<Path>) -> Result<()> {
        self.write_onnx(self.net().only_output()?, path.as_ref())
    }

    /// The same up to the layer with this name: an encoder, whose outputs are latents.
    ///
    /// # Errors
    /// As [`Model::save_onnx`], and a name that no layer has.
    pub fn save_encoder_onnx(&mut self, layer: &str, path: impl AsRef<Path>) -> Result<()> {
        self.write_onnx(self.net().position(layer)?, path.as_ref())
    }

    fn write_onnx(&mut self, at: usize, path: &Path) -> Result<()> {
        let names: Vec<String> = self.parameter_names().map(str::to_string).collect();
        let owners: Vec<String> = self.net().calls_behind(at).map(|call| call.layer.name.clone()).collect();
        let mut initializer = Vec::new();
        let used = |name: &&String| owners.iter().any(|owner| owner_of(name) == owner);
        for name in names.iter().filter(used) {
            let values = self.parameter(name)?;
            let dims = values.shape().iter().map(|size| *size as i64).collect();
            initializer.push(TensorProto::from_f32(name, dims, values.into_iter().collect()));
        }
        let net = self.net();
        net.only_input("wgrad writes ONNX files of one")?;
        let calls: Vec<_> = net.calls_behind(at).collect();
        let newer = calls.iter().any(|call| NEWER.contains(&call.layer.layer.kind()));
        let versions = if newer { NEW } else { USUAL };
        let mut nodes = Nodes { node: Vec::new(), initializer, parameters: &names, versions };
        let beside: Vec<_> =
            calls.iter().map(|call| BESIDE.map(|what| format!("{}.{what}", call.name))).collect();
        for (call, beside) in calls.iter().zip(&beside) {
            if call.name == INPUT {
                let why =
                    "cannot be a layer's name in an ONNX file, whose input has it; give the layer another"
                        .into();
                return Err(Error::LayerName { name: call.name.to_string(), why });
            }
            let shape = net.shape(call.at)?;
            if shape.len() > 1 && ONE_DIMENSION.contains(&call.layer.layer.kind()) {
                let why = format!(
                    "gives samples of shape {shape:?}, and its operator in an ONNX file takes one dimension"
                );
                return Err(Error::LayerName { name: call.name.to_string(), why });
            }
            nodes.add(call, beside)?;
        }
        let output = nodes.node.last().map_or(INPUT, |last| last.name);
        let graph = Graph {
            name: "wgrad",
            node: nodes.node,
            initializer: nodes.initializer,
            input: net.inputs().map(|input| value(INPUT, input.shape)).collect(),
            output: vec![value(output, &net.shape(at)?)],
            ..Graph::default()
        };
        let (operators, format) = versions;
        let proto = Proto {
            ir_version: format,
            opset_import: vec![OperatorSetId { domain: "", version: operators }],
            producer_name: "wgrad",
            graph: Some(graph),
            ..Proto::default()
        };
        write_whole(path, &onnx_rs::encode(&proto))
    }
}

/// The layer of a parameter.
fn owner_of(parameter: &str) -> &str {
    parameter.rsplit_once('.').map_or("", |(layer, _)| layer)
}

/// What a layer may need beside its output: a sigmoid, and two bounds.
const BESIDE: [&str; 3] = ["sigmoid", "min", "max"];

/// The nodes and constants of a graph.
struct Nodes<'a> {
    node: Vec<Node<'a>>,
    initializer: Vec<TensorProto<'a>>,
    parameters: &'a [String],
    versions: Versions,
}

impl<'a> Nodes<'a> {
    /// Adds what computes a layer from its inputs. `beside` are the names of what it needs beside its output.
    fn add(&mut self, call: &Call<'a>, beside: &'a [String; 3]) -> Result<()> {
        let Named { name, layer } = call.layer;
        // The net's input has a name of its own in the file.
        let mut input: Vec<_> = call.inputs.iter().map(|input| input.unwrap_or(INPUT)).collect();
        let mut attribute = Vec::new();
        let setting = |setting: &str| {
            let value = real(&Value::Object(layer.settings()), setting);
            value.map_err(|why| Error::LayerName { name: name.clone(), why })
        };
        let op_type = match layer.kind() {
            "dense" => {
                let parameters = self.parameters.iter().map(String::as_str);
                input.extend(parameters.filter(|parameter| owner_of(parameter) == name));
                // Without a bias, Gemm came two sets later.
                if input.len() == 3 { OpType::Gemm } else { OpType::MatMul }
            }
            "dropout" | "identity" => OpType::Identity,
            "flatten" => OpType::Flatten,
            "relu" => OpType::Relu,
            "leaky_relu" => {
                attribute.push(float("alpha", setting("negative_slope")?));
                OpType::LeakyRelu
            }
            "elu" => {
                attribute.push(float("alpha", setting("alpha")?));
                OpType::Elu
            }
            "selu" => OpType::Selu,
            "softplus" => OpType::Softplus,
            "sigmoid" => OpType::Sigmoid,
            "tanh" => OpType::Tanh,
            "hard_tanh" => {
                let bounds = [("min", setting("min")?), ("max", setting("max")?)];
                match self.versions {
                    USUAL => attribute.extend(bounds.map(|(bound, value)| float(bound, value))),
                    // Bounds are inputs since set 11.
                    _ => {
                        input.extend(self.constants([&beside[1], &beside[2]], bounds.map(|(_, value)| value)))
                    }
                }
                OpType::Clip
            }
            "softsign" => OpType::Softsign,
            "softmax" => OpType::Softmax,
            "silu" => {
                let sigmoid = beside[0].as_str();
                self.push(sigmoid, OpType::Sigmoid, input.clone(), Vec::new());
                input.push(sigmoid);
                OpType::Mul
            }
            "mish" => OpType::Mish,
            kind @ ("gelu" | "gelu_erf") => {
                let s = if kind == "gelu" { b"tanh" } else { b"none" }.as_slice();
                let r#type = AttributeType::String;
                attribute.push(Attribute { name: "approximate", r#type, s, ..Attribute::default() });
                OpType::Gelu
            }
            kind => {
                let why = format!(
                    "is a layer of kind {kind}, for which ONNX has no operator; save what is before it, or the weights"
                );
                return Err(Error::LayerName { name: name.clone(), why });
            }
        };
        self.push(call.name, op_type, input, attribute);
        Ok(())
    }

    fn push(
        &mut self,
        name: &'a str,
        op_type: OpType<'a>,
        input: Vec<&'a str>,
        attribute: Vec<Attribute<'a>>,
    ) {
        self.node.push(Node { name, input, output: vec![name], op_type, attribute, ..Node::default() });
    }

    /// Adds single numbers, and gives their names back.
    fn constants(&mut self, names: [&'a str; 2], values: [f32; 2]) -> [&'a str; 2] {
        let constant = |(name, value)| TensorProto::from_f32(name, Vec::new(), vec![value]);
        self.initializer.extend(names.into_iter().zip(values).map(constant));
        names
    }
}

fn float(name: &str, f: f32) -> Attribute<'_> {
    Attribute { name, r#type: AttributeType::Float, f, ..Attribute::default() }
}

/// Numbers, samples × `shape`.
fn value<'a>(name: &'a str, shape: &[usize]) -> ValueInfo<'a> {
    let sizes = shape.iter().map(|size| Dimension::Value(*size as i64));
    let dim = std::iter::once(Dimension::Param("samples"))
        .chain(sizes)
        .map(|value| TensorShapeDimension { value, ..TensorShapeDimension::default() });
    let shape = Some(TensorShape { dim: dim.collect() });
    let tensor = TypeValue::Tensor(TensorTypeProto { elem_type: DataType::Float, shape });
    let r#type = Some(TypeProto { value: Some(tensor), ..TypeProto::default() });
    ValueInfo { name, r#type, ..ValueInfo::default() }
}

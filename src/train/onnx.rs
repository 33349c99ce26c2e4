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

/// Those of 2019, for all but GELU: format 4 is the first whose initializers need not be inputs as well, and since set 9
/// none of the operators has changed for numbers in two dimensions.
const USUAL: Versions = (9, 4);

/// The first with Gelu.
const WITH_GELU: Versions = (20, 9);

/// The input's name; outputs have their layers' names.
const INPUT: &str = "input";

impl Model {
    /// Writes the model as an ONNX file, which runtimes since 2019 read, or since 2024 where it has a GELU.
    ///
    /// # Shapes
    /// The input, `input`: samples × the shape of one, as the model sees them (images from 0 to 1); the output, with the
    /// last layer's name: samples × outputs.
    ///
    /// # Errors
    /// A layer that is not of this crate, is a [`Radial`](crate::ops::activation::Radial), for which ONNX has no operator,
    /// or is called `input`; a file that cannot be written; a lost device.
    pub fn save_onnx(&mut self, path: impl AsRef<Path>) -> Result<()> {
        self.write_onnx(self.net().output_place(), path.as_ref())
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
        let calls: Vec<_> = self.net().calls_behind(at).collect();
        let owners: Vec<String> = calls.iter().map(|call| call.layer.name.clone()).collect();
        let mut initializer = Vec::new();
        let used = |name: &&String| owners.iter().any(|owner| owner_of(name) == owner);
        for name in names.iter().filter(used) {
            let values = self.parameter(name)?;
            let dims = values.shape().iter().map(|size| *size as i64).collect();
            initializer.push(TensorProto::from_f32(name, dims, values.into_iter().collect()));
        }
        let net = self.net();
        let (_, input) = net.only_input()?;
        let (mut node, mut versions) = (Vec::new(), USUAL);
        for call in net.calls_behind(at) {
            if call.name == INPUT {
                let why =
                    "cannot be a layer's name in an ONNX file, whose input has it; give the layer another"
                        .into();
                return Err(Error::LayerName { name: call.name.to_string(), why });
            }
            node.push(to_node(&call, &names)?);
            if node.last().is_some_and(|node| node.op_type == OpType::Gelu) {
                versions = WITH_GELU;
            }
        }
        let output = node.last().map_or(INPUT, |last: &Node<'_>| last.name);
        let graph = Graph {
            name: "wgrad",
            node,
            initializer,
            input: vec![value(INPUT, input)],
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

fn to_node<'a>(call: &Call<'a>, parameters: &'a [String]) -> Result<Node<'a>> {
    let Named { name, layer } = call.layer;
    // The input has a name of its own in the file.
    let mut input: Vec<_> = call.inputs.iter().map(|input| input.unwrap_or(INPUT)).collect();
    let mut attribute = Vec::new();
    let op_type = match layer.kind() {
        "dense" => {
            input.extend(
                parameters.iter().map(String::as_str).filter(|parameter| owner_of(parameter) == name),
            );
            // Without a bias, Gemm came two sets later.
            if input.len() == 3 { OpType::Gemm } else { OpType::MatMul }
        }
        "dropout" | "identity" => OpType::Identity,
        "flatten" => OpType::Flatten,
        "relu" => OpType::Relu,
        "leaky_relu" => {
            let slope = real(&Value::Object(layer.settings()), "negative_slope");
            let f = slope.map_err(|why| Error::LayerName { name: name.clone(), why })?;
            attribute.push(Attribute {
                name: "alpha",
                r#type: AttributeType::Float,
                f,
                ..Attribute::default()
            });
            OpType::LeakyRelu
        }
        "sigmoid" => OpType::Sigmoid,
        "tanh" => OpType::Tanh,
        "softmax" => OpType::Softmax,
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
    Ok(Node { name: call.name, input, output: vec![call.name], op_type, attribute, ..Node::default() })
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

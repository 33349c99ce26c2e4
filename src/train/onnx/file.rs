//! The bytes of an ONNX file.

use std::mem::take;

use onnx_rs::ast::{
    self, DataType, Dimension, Model, OperatorSetId, TensorProto, TensorShape, TensorShapeDimension,
    TensorTypeProto, TypeProto, TypeValue, ValueInfo,
};

use super::nodes::{Constant, Node, Nodes, Numbers, Value};

/// The file's bytes; the constants' numbers move there.
pub(super) fn encoded(nodes: &mut Nodes, outputs: &[Value]) -> Vec<u8> {
    let versions = nodes.versions;
    let graph = ast::Graph {
        name: "wgrad",
        node: nodes.nodes.iter().map(node).collect(),
        initializer: nodes.constants.iter_mut().map(initializer).collect(),
        input: nodes.inputs.iter().map(value).collect(),
        output: outputs.iter().map(value).collect(),
        ..ast::Graph::default()
    };
    onnx_rs::encode(&Model {
        ir_version: versions.format,
        opset_import: vec![OperatorSetId { domain: "", version: versions.operators }],
        producer_name: "wgrad",
        graph: Some(graph),
        ..Model::default()
    })
}

fn node(node: &Node) -> ast::Node<'_> {
    ast::Node {
        name: &node.name,
        input: node.inputs.iter().map(String::as_str).collect(),
        output: vec![&node.name],
        op_type: node.op.clone(),
        attribute: node.attributes.clone(),
        ..ast::Node::default()
    }
}

fn initializer(constant: &mut Constant) -> TensorProto<'_> {
    let sizes = constant.shape.iter().map(|size| *size as i64).collect();
    match &mut constant.numbers {
        Numbers::Reals(reals) => TensorProto::from_f32(&constant.name, sizes, take(reals)),
        Numbers::Integers(integers) => TensorProto::from_i64(&constant.name, sizes, take(integers)),
    }
}

fn value(value: &Value) -> ValueInfo<'_> {
    let sizes = value.shape.iter().map(|size| Dimension::Value(*size as i64));
    let dim = std::iter::once(Dimension::Param("samples"))
        .chain(sizes)
        .map(|value| TensorShapeDimension { value, ..TensorShapeDimension::default() });
    let shape = Some(TensorShape { dim: dim.collect() });
    let elem_type = if value.integers { DataType::Int64 } else { DataType::Float };
    let tensor = TypeValue::Tensor(TensorTypeProto { elem_type, shape });
    let r#type = Some(TypeProto { value: Some(tensor), ..TypeProto::default() });
    ValueInfo { name: &value.name, r#type, ..ValueInfo::default() }
}

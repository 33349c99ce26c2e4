//! Small files of some nodes.

use onnx_rs::ast::{
    Attribute, AttributeType, DataType, Dimension, Graph, Model, Node, OpType, OperatorSetId, TensorProto,
    TensorShape, TensorShapeDimension, TensorTypeProto, TypeProto, TypeValue, ValueInfo,
};

/// A file of these nodes for samples `x` of a shape, whose output is `y`.
pub fn file(version: i64, shape: &[i64], nodes: Vec<Node<'_>>, arrays: Vec<TensorProto<'_>>) -> Vec<u8> {
    let sizes =
        std::iter::once(Dimension::Param("batch")).chain(shape.iter().map(|size| Dimension::Value(*size)));
    let graph = Graph {
        node: nodes,
        initializer: arrays,
        input: vec![value("x", sizes.collect())],
        output: vec![value("y", Vec::new())],
        ..Graph::default()
    };
    onnx_rs::encode(&Model {
        ir_version: 8,
        opset_import: vec![OperatorSetId { domain: "", version }],
        graph: Some(graph),
        ..Model::default()
    })
}

pub fn value<'a>(name: &'a str, sizes: Vec<Dimension<'a>>) -> ValueInfo<'a> {
    let dim =
        sizes.into_iter().map(|value| TensorShapeDimension { value, ..TensorShapeDimension::default() });
    let shape = Some(TensorShape { dim: dim.collect() });
    let tensor = TypeValue::Tensor(TensorTypeProto { elem_type: DataType::Float, shape });
    ValueInfo {
        name,
        r#type: Some(TypeProto { value: Some(tensor), ..TypeProto::default() }),
        ..ValueInfo::default()
    }
}

pub fn node<'a>(name: &'a str, op: OpType<'a>, inputs: &[&'a str], output: &'a str) -> Node<'a> {
    Node { name, op_type: op, input: inputs.to_vec(), output: vec![output], ..Node::default() }
}

pub fn ints<'a>(name: &'a str, ints: &[i64]) -> Attribute<'a> {
    Attribute { name, r#type: AttributeType::Ints, ints: ints.to_vec(), ..Attribute::default() }
}

pub fn int(name: &str, i: i64) -> Attribute<'_> {
    Attribute { name, r#type: AttributeType::Int, i, ..Attribute::default() }
}

/// A file of set 13 whose graph is these bytes.
pub fn of_messages(graph: &[u8]) -> Vec<u8> {
    [part(8, &[0x10, 13]), part(7, graph)].concat()
}

/// A field of bytes.
pub fn part(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, bytes.len() as u8], bytes].concat()
}

//! Layers that give numbers another shape.

use onnx_rs::ast::OpType;

use super::{Layer, Nodes, Result, Value};
use crate::file::json::sizes;

pub(super) fn flatten(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    nodes.push(&layer.name, OpType::Flatten, &[&x.name], [])?;
    Ok(Value { integers: x.integers, ..layer.output(vec![x.shape.iter().product()]) })
}

pub(super) fn reshape(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    let shape = layer.setting(sizes, "shape")?;
    // 0 keeps the number of samples.
    let whole = std::iter::once(0).chain(shape.iter().map(|size| *size as i64)).collect();
    let whole = nodes.integers(&layer.beside("shape"), whole)?;
    nodes.push(&layer.name, OpType::Reshape, &[&x.name, &whole], [])?;
    Ok(Value { integers: x.integers, ..layer.output(shape) })
}

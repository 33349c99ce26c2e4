//! Layers that make one value of several.

use onnx_rs::ast::OpType;

use super::nodes::int;
use super::{Layer, Nodes, Result, Value};

pub(super) fn add(nodes: &mut Nodes, layer: &Layer<'_>, inputs: &[Value], first: &Value) -> Result<Value> {
    // More runtimes have Add than Sum, and Add takes two only.
    let op = if inputs.len() == 2 { OpType::Add } else { OpType::Sum };
    nodes.push(&layer.name, op, &names(inputs), [])?;
    Ok(layer.output(first.shape.clone()))
}

pub(super) fn concat(nodes: &mut Nodes, layer: &Layer<'_>, inputs: &[Value], first: &Value) -> Result<Value> {
    nodes.push(&layer.name, OpType::Concat, &names(inputs), [int("axis", first.last_axis())])?;
    let mut shape = first.shape.clone();
    if let Some(width) = shape.last_mut() {
        *width = inputs.iter().filter_map(|input| input.shape.last()).sum();
    }
    Ok(layer.output(shape))
}

fn names(values: &[Value]) -> Vec<&str> {
    values.iter().map(|value| value.name.as_str()).collect()
}

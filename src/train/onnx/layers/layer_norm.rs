//! Layer normalisation.

use onnx_rs::ast::OpType;

use super::nodes::{float, int, ints};
use super::{Layer, NEW, Nodes, Result, Value};
use crate::file::json::real;

/// LayerNormalization came with set 17, so files that old runtimes may read have its parts instead.
pub(super) fn write(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    let epsilon = layer.setting(real, "epsilon")?;
    let affine = [layer.parameter(nodes, "scale")?, layer.parameter(nodes, "shift")?];
    if nodes.versions == NEW {
        let [scale, shift] = &affine;
        let attributes = [int("axis", x.last_axis()), float("epsilon", epsilon)];
        nodes.push(&layer.name, OpType::LayerNormalization, &[&x.name, scale, shift], attributes)?;
    } else {
        in_parts(nodes, layer, x, epsilon, &affine)?;
    }
    Ok(layer.output(x.shape.clone()))
}

fn in_parts(
    nodes: &mut Nodes,
    layer: &Layer<'_>,
    x: &Value,
    epsilon: f32,
    [scale, shift]: &[String; 2],
) -> Result<()> {
    let epsilon = nodes.number(&layer.beside("epsilon"), epsilon)?;
    let mut part = |name: &str, op: OpType<'static>, inputs: &[&str]| {
        let attributes = match op {
            OpType::ReduceMean => vec![ints("axes", vec![x.last_axis()])],
            _ => Vec::new(),
        };
        nodes.push(&layer.beside(name), op, inputs, attributes)
    };
    let mean = part("mean", OpType::ReduceMean, &[&x.name])?;
    let centered = part("centered", OpType::Sub, &[&x.name, &mean])?;
    // Some runtimes have a Pow that takes no negative numbers.
    let squares = part("squares", OpType::Mul, &[&centered, &centered])?;
    let variance = part("variance", OpType::ReduceMean, &[&squares])?;
    let positive = part("positive", OpType::Add, &[&variance, &epsilon])?;
    let deviation = part("deviation", OpType::Sqrt, &[&positive])?;
    let normed = part("normed", OpType::Div, &[&centered, &deviation])?;
    let scaled = part("scaled", OpType::Mul, &[&normed, scale])?;
    nodes.push(&layer.name, OpType::Add, &[&scaled, shift], []).map(drop)
}

//! The dense layer.

use onnx_rs::ast::OpType;

use super::{Layer, Nodes, Result, Value};
use crate::file::json::{count, flag};

pub(super) fn write(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    let weight = layer.parameter(nodes, "weight")?;
    let mut shape = x.shape.clone();
    if let Some(width) = shape.last_mut() {
        *width = layer.setting(count, "units")?;
    }
    let name = &layer.name;
    if !layer.setting(flag, "bias")? {
        // Without a bias, Gemm came two sets later.
        nodes.push(name, OpType::MatMul, &[&x.name, &weight], [])?;
        return Ok(layer.output(shape));
    }
    let bias = layer.parameter(nodes, "bias")?;
    if shape.len() > 1 {
        // Gemm takes matrices only.
        let product = nodes.push(&layer.beside("product"), OpType::MatMul, &[&x.name, &weight], [])?;
        nodes.push(name, OpType::Add, &[&product, &bias], [])?;
    } else {
        nodes.push(name, OpType::Gemm, &[&x.name, &weight, &bias], [])?;
    }
    Ok(layer.output(shape))
}

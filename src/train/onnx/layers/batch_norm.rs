//! Batch normalisation, by its running statistics. ONNX has channels first, so what has pixels is turned around and back.

use onnx_rs::ast::OpType;

use super::nodes::{float, ints};
use super::{Layer, Nodes, Result, Value};
use crate::file::json::real;

pub(super) fn write(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    let epsilon = layer.setting(real, "epsilon")?;
    // What ONNX calls momentum is the weight of what was before.
    let momentum = layer.setting(real, "momentum")?;
    let mut inputs = vec![x.name.clone()];
    for name in ["scale", "shift", "running_mean", "running_variance"] {
        inputs.push(layer.parameter(nodes, name)?);
    }
    let has_pixels = x.last_axis() > 1;
    if has_pixels {
        let first = [ints("perm", x.channels_first())];
        inputs[0] = nodes.push(&layer.beside("turned"), OpType::Transpose, &[&x.name], first)?;
    }
    let name = if has_pixels { layer.beside("normalised") } else { layer.name.clone() };
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let attributes = [float("epsilon", epsilon), float("momentum", 1.0 - momentum)];
    let made = nodes.push(&name, OpType::BatchNormalization, &inputs, attributes)?;
    if has_pixels {
        nodes.push(&layer.name, OpType::Transpose, &[&made], [ints("perm", x.channels_last())])?;
    }
    Ok(layer.output(x.shape.clone()))
}

//! Layers that keep the shape of a sample.

use onnx_rs::ast::{Attribute, OpType};

use super::nodes::{float, int, text};
use super::{Layer, NEW, Nodes, Result, Value, unknown};
use crate::file::json::real;

pub(super) fn write(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    let (name, input) = (&layer.name, x.name.as_str());
    match layer.kind {
        "hard_tanh" => clip(nodes, layer, input),
        "prelu" => {
            let slope = layer.parameter(nodes, "slope")?;
            nodes.push(name, OpType::PRelu, &[input, &slope], [])
        }
        "radial" => {
            let zero = nodes.number(&layer.beside("zero"), 0.0)?;
            let negative = nodes.push(&layer.beside("negative"), OpType::Min, &[input, &zero], [])?;
            nodes.push(name, OpType::Exp, &[&negative], [])
        }
        "silu" => {
            let sigmoid = nodes.push(&layer.beside("sigmoid"), OpType::Sigmoid, &[input], [])?;
            nodes.push(name, OpType::Mul, &[input, &sigmoid], [])
        }
        "softmax" => nodes.push(name, OpType::Softmax, &[input], [softmax_axis(layer, x)?]),
        _ => {
            let (op, attributes) = operator(layer)?;
            nodes.push(name, op, &[input], attributes)
        }
    }?;
    Ok(layer.output(x.shape.clone()))
}

/// The operator that does all that a layer does.
fn operator(layer: &Layer<'_>) -> Result<(OpType<'static>, Vec<Attribute<'static>>)> {
    Ok(match layer.kind {
        "dropout" | "dropout2d" | "gaussian_noise" | "identity" | "random_affine" | "random_erasing"
        | "random_flip" => (OpType::Identity, Vec::new()),
        "elu" => (OpType::Elu, vec![float("alpha", layer.setting(real, "alpha")?)]),
        "gelu" => (OpType::Gelu, vec![text("approximate", "tanh")]),
        "gelu_erf" => (OpType::Gelu, vec![text("approximate", "none")]),
        "leaky_relu" => (OpType::LeakyRelu, vec![float("alpha", layer.setting(real, "negative_slope")?)]),
        "mish" => (OpType::Mish, Vec::new()),
        "relu" => (OpType::Relu, Vec::new()),
        "selu" => (OpType::Selu, Vec::new()),
        "sigmoid" => (OpType::Sigmoid, Vec::new()),
        "softplus" => (OpType::Softplus, Vec::new()),
        "softsign" => (OpType::Softsign, Vec::new()),
        "tanh" => (OpType::Tanh, Vec::new()),
        _ => return Err(unknown(layer)),
    })
}

/// Of the last dimension, softmax means the same in all sets: before 13 it went over all dimensions from its axis on.
fn softmax_axis(layer: &Layer<'_>, x: &Value) -> Result<Attribute<'static>> {
    match x.shape[..] {
        [] => Err(layer.refused(
            "goes over samples of shape [], and ONNX would go over the samples; put Reshape::new([1]) before it",
        )),
        _ => Ok(int("axis", x.last_axis())),
    }
}

/// Bounds are inputs since set 11.
fn clip(nodes: &mut Nodes, layer: &Layer<'_>, input: &str) -> Result<String> {
    let (min, max) = (layer.setting(real, "min")?, layer.setting(real, "max")?);
    if nodes.versions != NEW {
        return nodes.push(&layer.name, OpType::Clip, &[input], [float("min", min), float("max", max)]);
    }
    let bounds = [nodes.number(&layer.beside("min"), min)?, nodes.number(&layer.beside("max"), max)?];
    nodes.push(&layer.name, OpType::Clip, &[input, &bounds[0], &bounds[1]], [])
}

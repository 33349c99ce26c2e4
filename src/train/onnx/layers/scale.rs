//! Layers that scale features.

use onnx_rs::ast::OpType;

use super::{Layer, Nodes, Result, Value};
use crate::file::json::reals;
use crate::nn::layers::divisor;

pub(super) fn standardize(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    let (mean, std) = (layer.setting(reals, "mean")?, layer.setting(reals, "std")?);
    scaled(nodes, layer, x, mean, std)
}

pub(super) fn normalize(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    let (min, max) = (layer.setting(reals, "min")?, layer.setting(reals, "max")?);
    let range = min.iter().zip(&max).map(|(min, max)| divisor(max - min)).collect();
    scaled(nodes, layer, x, min, range)
}

fn scaled(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value, shift: Vec<f32>, size: Vec<f32>) -> Result<Value> {
    let [shift, size] =
        [("shift", shift), ("size", size)].map(|(name, reals)| nodes.reals(&layer.beside(name), reals));
    let shifted = nodes.push(&layer.beside("shifted"), OpType::Sub, &[&x.name, &shift?], [])?;
    nodes.push(&layer.name, OpType::Div, &[&shifted, &size?], [])?;
    Ok(layer.output(x.shape.clone()))
}

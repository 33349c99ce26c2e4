//! The nodes of each kind of layer.

mod activation;
mod batch_norm;
mod dense;
mod group_norm;
mod image;
mod layer_norm;
mod merge;
mod scale;
mod shape;
mod sides;

use onnx_rs::ast::OpType;
use serde_json::Value as Json;

use super::nodes::{self, NEW, Nodes, Value};
use super::{Error, Result};
use crate::file::json::{count, list, text};

/// Kinds of layers whose operators came after the usual set.
const NEWER: [&str; 3] = ["gelu", "gelu_erf", "mish"];

/// A layer as files describe it, so that one within another is written as one of the net.
pub(super) struct Layer<'a> {
    /// The name of what it makes, which is another for each call.
    name: String,
    /// The beginning of its parameters' names, which is the same for each call.
    owner: String,
    kind: &'a str,
    settings: &'a Json,
}

impl<'a> Layer<'a> {
    pub(super) fn new(name: &str, owner: &str, kind: &'a str, settings: &'a Json) -> Self {
        Self { name: name.into(), owner: owner.into(), kind, settings }
    }

    /// A layer within this one.
    fn within(&self, described: &'a Json) -> Result<Self> {
        let under = |key: &str| text(described, key).map_err(|why| self.refused(why));
        let (name, kind) = (under("name")?, under("kind")?);
        let path = |outer: &str| format!("{outer}.{name}");
        Ok(Self { name: path(&self.name), owner: path(&self.owner), kind, settings: &described["settings"] })
    }

    /// The name of something that it needs beside its output.
    fn beside(&self, what: &str) -> String {
        format!("{}.{what}", self.name)
    }

    /// The name of a parameter in a file.
    fn parameter(&self, nodes: &mut Nodes, name: &str) -> Result<String> {
        nodes.parameter(format!("{}.{name}", self.owner))
    }

    fn setting<T>(&self, read: impl Fn(&'a Json, &str) -> Result<T, String>, key: &str) -> Result<T> {
        read(self.settings, key).map_err(|why| self.refused(why))
    }

    /// What it makes: numbers of this shape.
    fn output(&self, shape: Vec<usize>) -> Value {
        Value { name: self.name.clone(), shape, integers: false }
    }

    fn refused(&self, why: impl Into<String>) -> Error {
        Error::LayerName { name: self.name.clone(), why: why.into() }
    }
}

/// Whether a layer, or one within it, has no operator in the usual set.
pub(super) fn needs_new(kind: &str, settings: &Json) -> bool {
    let mut within = settings["layers"].as_array().into_iter().flatten();
    let is_new = |layer: &Json| needs_new(layer["kind"].as_str().unwrap_or_default(), &layer["settings"]);
    let smooth = kind == "upsample" && settings["interpolation"] == "bilinear";
    NEWER.contains(&kind) || smooth || within.any(is_new)
}

/// Adds the nodes of a layer on these inputs, and gives back what it makes.
pub(super) fn write(nodes: &mut Nodes, layer: &Layer<'_>, inputs: &[Value]) -> Result<Value> {
    match (layer.kind, inputs) {
        ("add", [first, ..]) => merge::add(nodes, layer, inputs, first),
        ("avg_pool2d", [x]) => image::avg_pool(nodes, layer, x),
        ("batch_norm", [x]) => batch_norm::write(nodes, layer, x),
        ("concat", [first, ..]) => merge::concat(nodes, layer, inputs, first),
        ("conv1d", [x]) => image::conv1d(nodes, layer, x),
        ("conv2d", [x]) => image::conv2d(nodes, layer, x),
        ("conv_transpose2d", [x]) => image::conv_transpose2d(nodes, layer, x),
        ("dense", [x]) => dense::write(nodes, layer, x),
        ("embedding", [x]) => embedding(nodes, layer, x),
        ("flatten", [x]) => shape::flatten(nodes, layer, x),
        ("global_avg_pool2d", [x]) => image::global_pool(nodes, layer, x, OpType::GlobalAveragePool),
        ("global_max_pool2d", [x]) => image::global_pool(nodes, layer, x, OpType::GlobalMaxPool),
        ("group_norm", [x]) => group_norm::write(nodes, layer, x),
        ("layer_norm", [x]) => layer_norm::write(nodes, layer, x),
        ("max_pool2d", [x]) => image::max_pool(nodes, layer, x),
        ("normalize", [x]) => scale::normalize(nodes, layer, x),
        ("reshape", [x]) => shape::reshape(nodes, layer, x),
        ("residual", [x]) => residual(nodes, layer, x),
        ("standardize", [x]) => scale::standardize(nodes, layer, x),
        ("upsample", [x]) => sides::upsample(nodes, layer, x),
        ("zero_pad2d", [x]) => sides::zero_pad(nodes, layer, x),
        (_, [x]) => activation::write(nodes, layer, x),
        _ => Err(unknown(layer)),
    }
}

fn embedding(nodes: &mut Nodes, layer: &Layer<'_>, ids: &Value) -> Result<Value> {
    let table = layer.parameter(nodes, "weight")?;
    nodes.push(&layer.name, OpType::Gather, &[&table, &ids.name], [])?;
    let width = layer.setting(count, "width")?;
    Ok(layer.output([&ids.shape[..], &[width]].concat()))
}

fn residual(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    let mut inner = x.clone();
    for described in layer.setting(list, "layers")? {
        inner = write(nodes, &layer.within(described)?, &[inner])?;
    }
    merge::add(nodes, layer, &[x.clone(), inner], x)
}

fn unknown(layer: &Layer<'_>) -> Error {
    layer.refused(format!(
        "is a layer of kind {}, for which wgrad knows no operators of ONNX; write the layers before it with \
         save_encoder_onnx, or the weights with save",
        layer.kind
    ))
}

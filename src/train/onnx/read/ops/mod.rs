//! The layers of each operator.

mod activation;
mod conv;
mod dense;
mod group_norm;
mod merge;
mod norm;
mod pool;
mod scale;
mod shape;
mod sides;

use super::builder::{Builder, Value, Weights};
use super::constant::Constant;
use super::file::Node;
use super::fold::{self, place};
use super::patterns::{ACTIVATION, GROUP_NORM, GROUP_NORM_APART};

/// More pixels than any window, padding or factor has; products of such sizes can be counted.
const MOST_PIXELS: usize = 1 << 12;

/// Adds the layers of a node, or the constant that it makes.
pub(super) fn add<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    if !matches!(node.domain, "" | "ai.onnx") {
        return Err(unknown());
    }
    if let Some(constant) = net.file.folded(node)? {
        net.file.constants.insert(node.output(), constant);
        return Ok(());
    }
    match node.op {
        ACTIVATION => activation::joined(net, node),
        GROUP_NORM => group_norm::joined(net, node),
        GROUP_NORM_APART => group_norm::apart(net, node),
        "Add" | "Sum" => merge::add(net, node),
        "AveragePool" | "MaxPool" => pool::windows(net, node),
        "BatchNormalization" => norm::batch(net, node),
        "Cast" | "Dropout" | "Identity" => shape::same(net, node),
        "Concat" => merge::concat(net, node),
        "Conv" => conv::conv(net, node),
        "ConvTranspose" => conv::transposed(net, node),
        "Div" | "Mul" | "Sub" => scale::scale(net, node),
        "Flatten" => shape::flatten(net, node),
        "Gather" => dense::embedding(net, node),
        "Gemm" | "MatMul" => dense::dense(net, node),
        "GlobalAveragePool" | "GlobalMaxPool" => pool::global(net, node),
        "GroupNormalization" => group_norm::group(net, node),
        "InstanceNormalization" => group_norm::instance(net, node),
        "LayerNormalization" => norm::layer(net, node),
        "Pad" => sides::pad(net, node),
        "PRelu" => activation::prelu(net, node),
        "ReduceMax" | "ReduceMean" => pool::reduced(net, node),
        "Reshape" => shape::reshape(net, node),
        "Resize" | "Upsample" => sides::larger(net, node),
        "Shape" => shape::sizes(net, node),
        "Softmax" => activation::softmax(net, node),
        "Squeeze" | "Unsqueeze" => shape::squeeze(net, node),
        "Transpose" => shape::transpose(net, node),
        _ => activation::activation(net, node),
    }
}

fn unknown() -> String {
    "is none of those that are a layer here; export the net without it, or up to it with the rest in code"
        .into()
}

/// Whether channels come first in what a node reads.
pub(super) fn has_channels_first(node: &Node<'_>) -> bool {
    match node.op {
        "AveragePool" | "GlobalAveragePool" | "GlobalMaxPool" | "MaxPool" => true,
        "BatchNormalization" | "GroupNormalization" | "InstanceNormalization" => true,
        "Conv" | "ConvTranspose" | "Resize" | "Upsample" => true,
        GROUP_NORM => node.integer("axis", 1) == 1,
        _ => false,
    }
}

/// Whether the axes of what an operator makes are those of what it reads.
pub(super) fn keeps_axes(op: &str) -> bool {
    matches!(op, "Add" | "Cast" | "Div" | "Identity" | "Mul" | "Pad" | "Relu" | "Sub")
}

/// An axis of a sample, for one that counts the samples as axis 0.
fn axis(at: i64, shape: &[usize]) -> Result<usize, String> {
    let found = place(at, shape.len() + 1).and_then(|axis| axis.checked_sub(1));
    found.ok_or_else(|| {
        format!("goes over axis {at} of samples of shape {shape:?}, and a layer goes over one of these")
    })
}

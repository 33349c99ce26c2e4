//! Layers over images. ONNX has channels first, so each of them turns its images around and back.

use onnx_rs::ast::{Attribute, OpType};

use super::super::nodes::{int, ints};
use super::{Layer, Nodes, Result, Value};
use crate::file::json::{count, flag};
use crate::nn::layers::{described_transposed, described_window};
use crate::ops::Window;

pub(super) const CHANNELS_FIRST: [i64; 4] = [0, 3, 1, 2];
pub(super) const CHANNELS_LAST: [i64; 4] = [0, 2, 3, 1];

/// From height × width × channels × filters, as weights are here; of transposed convolutions, channels come first by it.
const FILTERS_FIRST: [i64; 4] = [3, 2, 0, 1];

pub(super) fn conv2d(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    let window = window(layer, "kernel", x)?;
    let groups = int("group", layer.setting(count, "groups")? as i64);
    let attributes = [sizes(window), vec![ints("dilations", whole(window.dilation)), groups]].concat();
    convolution(nodes, layer, x, OpType::Conv, window.output, attributes)
}

pub(super) fn conv_transpose2d(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    let window = described_transposed(layer.settings, &x.shape).map_err(|why| layer.refused(why))?;
    let further =
        [0, 1].map(|side| (window.image[side] + window.padding[side]).saturating_sub(spanned(window)[side]));
    let attributes = [sizes(window), vec![ints("output_padding", whole(further))]].concat();
    convolution(nodes, layer, x, OpType::ConvTranspose, window.image, attributes)
}

/// The nodes of a layer with a kernel, which makes images of these sides.
fn convolution(
    nodes: &mut Nodes,
    layer: &Layer<'_>,
    x: &Value,
    op: OpType<'static>,
    [height, width]: [usize; 2],
    attributes: Vec<Attribute<'static>>,
) -> Result<Value> {
    let shape = [height, width, layer.setting(count, "filters")?];
    over_images(nodes, layer, x, shape, |nodes, name, images| {
        let weight = layer.parameter(nodes, "weight")?;
        let kernel = turned(nodes, &layer.beside("kernel"), &weight, FILTERS_FIRST)?;
        let mut inputs = vec![images.to_string(), kernel];
        if layer.setting(flag, "bias")? {
            inputs.push(layer.parameter(nodes, "bias")?);
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        nodes.push(name, op, &inputs, attributes)
    })
}

pub(super) fn max_pool(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    pool(nodes, layer, x, OpType::MaxPool)
}

pub(super) fn avg_pool(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    pool(nodes, layer, x, OpType::AveragePool)
}

fn pool(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value, op: OpType<'static>) -> Result<Value> {
    let window = window(layer, "size", x)?;
    let ([height, width], channels) = (window.output, x.shape.last().copied().unwrap_or_default());
    over_images(nodes, layer, x, [height, width, channels], |nodes, name, images| {
        nodes.push(name, op, &[images], sizes(window))
    })
}

/// A pool over the whole of each image; these operators keep their axes in either set.
pub(super) fn global_pool(
    nodes: &mut Nodes,
    layer: &Layer<'_>,
    x: &Value,
    op: OpType<'static>,
) -> Result<Value> {
    let channels = x.shape.last().copied().unwrap_or_default();
    let images = turned(nodes, &layer.beside("images"), &x.name, CHANNELS_FIRST)?;
    let pooled = nodes.push(&layer.beside("pooled"), op, &[&images], [])?;
    nodes.push(&layer.name, OpType::Flatten, &[&pooled], [int("axis", 1)])?;
    Ok(layer.output(vec![channels]))
}

/// A convolution over images of one row of pixels.
pub(super) fn conv1d(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    let images = reshaped(nodes, &layer.beside("rows"), x, [&[1], &x.shape[..]].concat())?;
    let inner = Layer { name: layer.beside("convolved"), owner: layer.owner.clone(), ..*layer };
    let y = conv2d(nodes, &inner, &images)?;
    reshaped(nodes, &layer.name, &y, y.shape[1..].to_vec())
}

fn reshaped(nodes: &mut Nodes, name: &str, x: &Value, shape: Vec<usize>) -> Result<Value> {
    // 0 keeps the number of samples.
    let mut whole = vec![0];
    whole.extend(shape.iter().map(|size| *size as i64));
    let whole = nodes.integers(&format!("{name}.shape"), whole)?;
    nodes.push(name, OpType::Reshape, &[&x.name, &whole], [])?;
    Ok(Value { name: name.into(), shape, integers: false })
}

/// The nodes of a layer over images that makes images of this shape; `node` adds the one between images with channels first.
fn over_images(
    nodes: &mut Nodes,
    layer: &Layer<'_>,
    x: &Value,
    shape: [usize; 3],
    node: impl FnOnce(&mut Nodes, &str, &str) -> Result<String>,
) -> Result<Value> {
    let images = turned(nodes, &layer.beside("images"), &x.name, CHANNELS_FIRST)?;
    let made = node(nodes, &layer.beside("made"), &images)?;
    turned(nodes, &layer.name, &made, CHANNELS_LAST)?;
    Ok(layer.output(shape.to_vec()))
}

/// The window of a layer; `kernel` is what its size is called.
fn window(layer: &Layer<'_>, kernel: &str, x: &Value) -> Result<Window> {
    described_window(layer.settings, kernel, &x.shape).map_err(|why| layer.refused(why))
}

pub(super) fn turned(nodes: &mut Nodes, name: &str, x: &str, axes: [i64; 4]) -> Result<String> {
    nodes.push(name, OpType::Transpose, &[x], [ints("perm", axes.to_vec())])
}

/// The attributes that convolutions and pools share.
fn sizes(window: Window) -> Vec<Attribute<'static>> {
    let seen = [0, 1].map(|side| window.image[side] + window.padding[side]);
    let behind = [0, 1].map(|side| spanned(window)[side].saturating_sub(seen[side]));
    let pads = [whole(window.padding), whole(behind)].concat();
    vec![
        ints("kernel_shape", whole(window.kernel)),
        ints("strides", whole(window.stride)),
        ints("pads", pads),
    ]
}

/// Pixels along the sides that the places see, those of the padding included.
fn spanned(window: Window) -> [usize; 2] {
    [0, 1].map(|side| (window.output[side] - 1) * window.stride[side] + window.span()[side])
}

fn whole(sides: [usize; 2]) -> Vec<i64> {
    sides.map(|side| side as i64).to_vec()
}

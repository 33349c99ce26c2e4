//! Layers that give images other sides.

use onnx_rs::ast::OpType;

use super::image::{CHANNELS_FIRST, CHANNELS_LAST, turned};
use super::nodes::{ints, text};
use super::{Layer, NEW, Nodes, Result, Value};
use crate::file::json::{self, sizes};

/// What is put around is an input since set 11.
pub(super) fn zero_pad(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    let padding = layer.setting(sizes, "padding")?;
    let ([height, width, channels], [above, left, below, right]) = (&x.shape[..], &padding[..]) else {
        return Err(layer.refused(format!("puts {padding:?} around samples of shape {:?}", x.shape)));
    };
    let shape = vec![above + height + below, left + width + right, *channels];
    let pads: Vec<i64> = [0, *above, *left, 0, 0, *below, *right, 0].map(|pixels| pixels as i64).to_vec();
    if nodes.versions == NEW {
        let pads = nodes.integers(&layer.beside("pads"), pads)?;
        nodes.push(&layer.name, OpType::Pad, &[&x.name, &pads], [])?;
    } else {
        nodes.push(&layer.name, OpType::Pad, &[&x.name], [ints("pads", pads)])?;
    }
    Ok(layer.output(shape))
}

/// Since set 10 there is Resize instead of Upsample, and its middles of pixels came a set later.
pub(super) fn upsample(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    let factor = layer.setting(sizes, "factor")?;
    let ([height, width, channels], [down, across]) = (&x.shape[..], &factor[..]) else {
        return Err(layer.refused(format!("makes samples of shape {:?} larger by {factor:?}", x.shape)));
    };
    let shape = vec![height * down, width * across, *channels];
    let images = turned(nodes, &layer.beside("images"), &x.name, CHANNELS_FIRST)?;
    let scales = vec![1.0, 1.0, *down as f32, *across as f32];
    let scales = nodes.reals(&layer.beside("scales"), scales)?;
    let larger = layer.beside("larger");
    if nodes.versions == NEW {
        let (mode, middles) = match layer.setting(json::text, "interpolation")? {
            "bilinear" => ("linear", "half_pixel"),
            _ => ("nearest", "asymmetric"),
        };
        let attributes = [
            text("mode", mode),
            text("coordinate_transformation_mode", middles),
            text("nearest_mode", "floor"),
        ];
        nodes.push(&larger, OpType::Resize, &[&images, "", &scales], attributes)?;
    } else {
        nodes.push(&larger, OpType::Upsample, &[&images, &scales], [text("mode", "nearest")])?;
    }
    turned(nodes, &layer.name, &larger, CHANNELS_LAST)?;
    Ok(layer.output(shape))
}

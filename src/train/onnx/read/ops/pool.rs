//! Pools.

use super::conv::{Images, Sides};
use super::{Builder, Node, axis};
use crate::nn::layers::{AvgPool2d, GlobalAvgPool2d, GlobalMaxPool2d, Layer, MaxPool2d, Padding, ZeroPad2d};

pub(super) fn windows<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let images = Images::read(net, node)?;
    let sides = images.sides(node, [0; 2])?;
    if sides.dilation != [1; 2] {
        return Err("has dilations, which pools here have not".into());
    }
    let padding = images.padding(node, &sides)?;
    let counts = node.integer("count_include_pad", 0) != 0 && padding != Padding::Valid;
    let further = if node.integer("ceil_mode", 0) == 0 { [0; 2] } else { further(&images, &sides, padding)? };
    let (mut input, mut padding) = (images.node, padding);
    if counts {
        let Padding::Explicit(zeros) = padding else { return Err("counts pads that auto_pad brings".into()) };
        if further != [0; 2] {
            return Err("counts pads (count_include_pad) and has ceil_mode; one of both is read".into());
        }
        input = net.layer(&Node::default(), Box::new(ZeroPad2d::new(zeros)), &[input])?;
        padding = Padding::Valid;
    }
    if further != [0; 2] {
        let [above, left, below, right] = if let Padding::Explicit(pads) = padding { pads } else { [0; 4] };
        padding = Padding::Explicit([above, left, below + further[0], right + further[1]]);
    }
    let layer: Box<dyn Layer> = if node.op == "MaxPool" {
        Box::new(MaxPool2d::new(sides.kernel).stride(sides.stride).padding(padding))
    } else {
        Box::new(AvgPool2d::new(sides.kernel).stride(sides.stride).padding(padding))
    };
    let made = net.layer(node, layer, &[input])?;
    images.keep(net, node, made)
}

/// The rows and columns that a last window needs which begins within the image and ends outside.
fn further(images: &Images, sides: &Sides, padding: Padding) -> Result<[usize; 2], String> {
    let [above, left, below, right] = match padding {
        Padding::Valid => [0; 4],
        Padding::Explicit(pads) => pads,
        _ => return Err("has ceil_mode and an auto_pad; one of both is read".into()),
    };
    Ok([(0, above, below), (1, left, right)].map(|(side, before, behind)| {
        let (size, kernel, stride) = (images.sides[side], sides.kernel[side], sides.stride[side]);
        let places = (size + before + behind).saturating_sub(kernel).div_ceil(stride) + 1;
        let begins_inside = (places - 1) * stride < size + before;
        let spanned = if begins_inside { (places - 1) * stride + kernel } else { 0 };
        spanned.saturating_sub(size + before + behind)
    }))
}

/// All of an image becomes one pixel.
pub(super) fn global<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let images = Images::read(net, node)?;
    let layer: Box<dyn Layer> =
        if node.op == "GlobalMaxPool" { Box::new(GlobalMaxPool2d) } else { Box::new(GlobalAvgPool2d) };
    let made = net.layer(node, layer, &[images.node])?;
    let shape = if images.is_row { vec![images.channels, 1] } else { vec![images.channels, 1, 1] };
    net.made(node, made, shape, &if images.is_row { vec![1, 0] } else { vec![1, 2, 0] });
    Ok(())
}

/// A mean or a maximum over all axes but one is such a pool.
pub(super) fn reduced<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let asked = net.file.integers(node, "axes", 1).ok_or("goes over all of the batch")?;
    let mut over = asked.iter().map(|at| axis(*at, &x.shape)).collect::<Result<Vec<_>, _>>()?;
    over.sort_unstable();
    over.dedup();
    let rest: Vec<usize> = (0..x.shape.len()).filter(|axis| !over.contains(axis)).collect();
    let long: Vec<usize> = rest.iter().copied().filter(|axis| x.shape[*axis] != 1).collect();
    let channels = match (&long[..], &rest[..]) {
        ([channels], _) | ([], [.., channels]) => *channels,
        _ => {
            return Err(format!(
                "goes over the axes {over:?} of samples of shape {:?}; all but one are read",
                x.shape
            ));
        }
    };
    let (input, _) = net.with_last(&x, channels)?;
    let width = x.shape[channels];
    let places = x.shape.iter().product::<usize>().checked_div(width).unwrap_or(0);
    let input = if x.shape.len() == 3 { input } else { net.shaped(input, vec![1, places, width])? };
    let layer: Box<dyn Layer> =
        if node.op == "ReduceMax" { Box::new(GlobalMaxPool2d) } else { Box::new(GlobalAvgPool2d) };
    let made = net.layer(node, layer, &[input])?;
    let keeps = node.integer("keepdims", 1) != 0;
    let size = |axis: usize| if over.contains(&axis) { 1 } else { x.shape[axis] };
    let shape: Vec<usize> =
        (0..x.shape.len()).filter(|axis| keeps || !over.contains(axis)).map(size).collect();
    let axes: Vec<usize> = (0..shape.len()).collect();
    net.made(node, made, shape, &axes);
    Ok(())
}

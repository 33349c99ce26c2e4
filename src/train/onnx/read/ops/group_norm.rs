//! Group normalisation, and that of instances as one of as many groups as channels.

use super::{Builder, Node, Value, axis};
use crate::nn::layers::GroupNorm;
use crate::train::onnx::read::order::Order;

/// Before set 21 there was a scale for each group, and since then there is one for each channel.
pub(super) fn group<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let groups = groups(node)?;
    let count = if net.file.operators < 21 { groups } else { channels(&x)? };
    channels_first(net, node, &x, [groups, count])
}

/// A group for each channel.
pub(super) fn instance<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let channels = channels(&x)?;
    channels_first(net, node, &x, [channels; 2])
}

fn channels(x: &Value<'_>) -> Result<usize, String> {
    Ok(*x.shape.first().ok_or("takes samples of shape []")?)
}

/// So many groups of the first axis, and so many scales and shifts, each for as many channels.
fn channels_first<'a>(
    net: &mut Builder<'a>,
    node: &Node<'a>,
    x: &Value<'a>,
    [groups, count]: [usize; 2],
) -> Result<(), String> {
    let channels = channels(x)?;
    net.file.spend(2 * channels)?;
    let mut affine = [Vec::new(), Vec::new()];
    for (at, numbers) in affine.iter_mut().enumerate() {
        let (shape, some) = net.reals(node, at + 1)?;
        if *shape != [count] {
            return Err(format!("has numbers of shape {shape:?} for {groups} groups of {channels} channels"));
        }
        numbers.extend(some.iter().flat_map(|number| std::iter::repeat_n(*number, channels / count.max(1))));
    }
    let made = normed(net, node, x, (0, groups), affine)?;
    net.keep(node, made);
    Ok(())
}

/// One of several nodes, whose channels are an axis.
pub(super) fn joined<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let along = axis(node.integer("axis", 1), &x.shape)?;
    let groups = groups(node)?;
    let rest = x.shape[..along].iter().chain(&x.shape[along + 1..]);
    let images: Vec<i64> = [&x.shape[along]].into_iter().chain(rest).map(|size| *size as i64).collect();
    let made = node.integers("shape").map_or(&images[..], |sizes| sizes.get(1..).unwrap_or_default());
    if *made != images {
        return Err(format!("makes samples of shape {made:?} of some of {images:?}; the same shape is read"));
    }
    let mut whole = vec![1; x.shape.len() + 1];
    whole[along + 1] = x.shape[along];
    let affine = [affine(net, node, 1, &whole)?, affine(net, node, 2, &whole)?];
    let made = normed(net, node, &x, (along, groups), affine)?;
    net.keep(node, made);
    Ok(())
}

/// One of several nodes, whose groups are the last axis but one, with their channels in the last.
pub(super) fn apart<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let [sides @ .., groups, within] = &x.shape[..] else {
        return Err(format!("takes samples of shape {:?}", x.shape));
    };
    let whole = [&vec![1; sides.len() + 1][..], &[*groups, *within]].concat();
    let affine = [affine(net, node, 1, &whole)?, affine(net, node, 2, &whole)?];
    let images = Value { shape: [sides, &[groups * within]].concat(), ..x.clone() };
    let made = normed(net, node, &images, (sides.len(), *groups), affine)?;
    net.keep(node, Value { shape: x.shape, ..made });
    Ok(())
}

fn groups(node: &Node<'_>) -> Result<usize, String> {
    let groups = node.integer("num_groups", 0);
    let some = usize::try_from(groups).ok().filter(|groups| *groups > 0);
    some.ok_or_else(|| format!("has {groups} groups"))
}

/// A number for each channel, of an input which is one for all or has the end of this shape; a scale, which is the first, is 1 if it is
/// left out.
fn affine<'a>(
    net: &mut Builder<'a>,
    node: &Node<'a>,
    at: usize,
    whole: &[usize],
) -> Result<Vec<f32>, String> {
    let channels = whole.iter().product();
    net.file.spend(channels)?;
    if node.input(at).is_none() {
        return Ok(vec![if at == 1 { 1.0 } else { 0.0 }; channels]);
    }
    match net.reals(node, at)? {
        (_, [number]) => Ok(vec![*number; channels]),
        (shape, numbers) if whole.ends_with(shape) && numbers.len() == channels => Ok(numbers.to_vec()),
        (shape, _) => {
            Err(format!("has numbers of shape {shape:?}; one for each of {channels} channels is read"))
        }
    }
}

/// What a layer makes of a value whose channels are an axis in so many groups.
fn normed<'a>(
    net: &mut Builder<'a>,
    node: &Node<'a>,
    x: &Value<'a>,
    (along, groups): (usize, usize),
    [scale, shift]: [Vec<f32>; 2],
) -> Result<Value<'a>, String> {
    let channels = x.shape[along];
    let (input, axes) = net.with_last(x, along)?;
    let layer = GroupNorm::new(groups).epsilon(node.real("epsilon", 1e-5));
    let weights = vec![("scale", vec![channels], scale), ("shift", vec![channels], shift)];
    let (made, _) = net.weighted(node, Box::new(layer), x, input, weights)?;
    let order = Order::of(&x.shape, &axes);
    Ok(Value { node: made, shape: x.shape.clone(), order, integers: false, units_of: None })
}

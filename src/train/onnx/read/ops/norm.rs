//! Normalisation.

use super::{Builder, Node, Value, Weights, axis};
use crate::nn::layers::{BatchNorm, LayerNorm};

/// Channels are the first axis of a sample.
pub(super) fn batch<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let channels = *x.shape.first().ok_or("takes samples of shape []")?;
    let is_flat = x.shape.len() == 1;
    let mut weights = Weights::new();
    for (at, name) in ["scale", "shift", "running_mean", "running_variance"].into_iter().enumerate() {
        let (shape, numbers) = net.reals(node, at + 1)?;
        if *shape != [channels] {
            return Err(format!("has {name} of shape {shape:?} for {channels} channels"));
        }
        let places = if is_flat { x.order.places() } else { (0..channels).collect() };
        weights.push((name, vec![channels], places.iter().map(|at| numbers[*at]).collect()));
    }
    // What ONNX calls momentum is the weight of what was before.
    let layer =
        BatchNorm::new().epsilon(node.real("epsilon", 1e-5)).momentum(1.0 - node.real("momentum", 0.9));
    if is_flat {
        let input = net.shaped(x.node, vec![channels])?;
        let (made, _) = net.weighted(node, Box::new(layer), &x, input, weights)?;
        net.keep(node, Value { node: made, units_of: None, ..x });
        return Ok(());
    }
    let (input, axes) = net.with_last(&x, 0)?;
    let (made, _) = net.weighted(node, Box::new(layer), &x, input, weights)?;
    net.made(node, made, x.shape, &axes);
    Ok(())
}

pub(super) fn layer<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let along = axis(node.integer("axis", -1), &x.shape)?;
    if along + 1 != x.shape.len() {
        return Err(format!("goes over several axes of samples of shape {:?}; one is read", x.shape));
    }
    let width = x.shape[along];
    let scale = net.reals(node, 1)?.1.to_vec();
    let shift = if node.input(2).is_some() { net.reals(node, 2)?.1.to_vec() } else { vec![0.0; scale.len()] };
    if scale.len() != width || shift.len() != width {
        return Err(format!("has {} scales and {} shifts for rows of {width}", scale.len(), shift.len()));
    }
    let (input, axes) = net.with_last(&x, along)?;
    let layer = LayerNorm::new().epsilon(node.real("epsilon", 1e-5));
    let weights = vec![("scale", vec![width], scale), ("shift", vec![width], shift)];
    let (made, _) = net.weighted(node, Box::new(layer), &x, input, weights)?;
    net.made(node, made, x.shape, &axes);
    Ok(())
}

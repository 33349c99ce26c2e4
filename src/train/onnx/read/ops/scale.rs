//! Numbers that a value is shifted and multiplied by: a layer that scales features.

use super::activation::per_channel;
use super::{Builder, Node};
use crate::nn::layers::Standardize;

/// `Standardize` is `(x - mean) / std`, so each operator says one of these.
pub(super) fn scale<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let (of, by) = match node.inputs[..] {
        [_, by] if net.file.constants.contains_key(by) => (0, 1),
        [by, _] if net.file.constants.contains_key(by) && !matches!(node.op, "Div" | "Sub") => (1, 0),
        _ => return Err("makes something else than a sum of two values, which no layer does".into()),
    };
    let x = net.value(node, of)?;
    let (along, numbers) = per_channel(net, node, by, &x)?;
    let count = numbers.len();
    let (mean, std): (Vec<f32>, Vec<f32>) = match node.op {
        "Add" => (numbers.iter().map(|number| -number).collect(), vec![1.0; count]),
        "Sub" => (numbers, vec![1.0; count]),
        "Mul" => (vec![0.0; count], numbers.iter().map(|number| number.recip()).collect()),
        _ => (vec![0.0; count], numbers),
    };
    net.file.spend(2 * count)?;
    let layer = Standardize::new(mean, std).map_err(|error| {
        format!("scales by numbers that are not all more than 0, which no layer does ({error})")
    })?;
    let (input, axes) = net.with_last(&x, along)?;
    let made = net.layer(node, Box::new(layer), &[input])?;
    net.made(node, made, x.shape, &axes);
    Ok(())
}

//! Operators that make one value of several.

use super::{Builder, Node, Value, axis, scale};
use crate::nn::layers::{Add, Concat};

pub(super) fn add<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    if node.op == "Add" && node.inputs.iter().any(|name| net.file.constants.contains_key(name)) {
        return scale::scale(net, node);
    }
    let values = values(net, node)?;
    let Some(first) = values.first() else { return Err("adds nothing".into()) };
    if let Some(other) = values.iter().find(|other| other.shape != first.shape) {
        return Err(format!("adds samples of shape {:?} to some of {:?}", other.shape, first.shape));
    }
    let axes = first.order.axes(&first.shape).ok_or("adds values whose axes lie apart")?;
    let missing = (0..first.shape.len()).filter(|axis| !axes.contains(axis));
    let axes: Vec<usize> = missing.chain(axes.iter().copied()).collect();
    let mut inputs = Vec::new();
    for value in &values {
        inputs.push(net.arranged(value, &axes)?);
    }
    if let [only] = inputs[..] {
        net.keep(node, Value { node: only, ..first.clone() });
        return Ok(());
    }
    let made = net.layer(node, Box::new(Add), &inputs)?;
    net.made(node, made, first.shape.clone(), &axes);
    Ok(())
}

pub(super) fn concat<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let values = values(net, node)?;
    let Some(first) = values.first() else { return Err("puts nothing together".into()) };
    let along = axis(node.integer("axis", 1), &first.shape)?;
    let (input, axes) = net.with_last(first, along)?;
    let mut inputs = vec![input];
    let mut shape = first.shape.clone();
    for value in &values[1..] {
        if value.shape.len() != shape.len() {
            return Err(format!("puts samples of shape {:?} beside some of {shape:?}", value.shape));
        }
        inputs.push(net.arranged(value, &axes)?);
        shape[along] = shape[along].saturating_add(value.shape[along]);
    }
    let made = if inputs.len() == 1 { input } else { net.layer(node, Box::new(Concat), &inputs)? };
    net.made(node, made, shape, &axes);
    Ok(())
}

fn values<'a>(net: &Builder<'a>, node: &Node<'a>) -> Result<Vec<Value<'a>>, String> {
    (0..node.inputs.len()).map(|at| net.value(node, at)).collect()
}

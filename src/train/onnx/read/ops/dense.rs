//! Products with weights, and rows of a table.

use super::{Builder, Node, Weights};
use crate::nn::layers::{Dense, Embedding};

pub(super) fn dense<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let (alpha, beta) = (node.real("alpha", 1.0), node.real("beta", 1.0));
    if node.integer("transA", 0) != 0 {
        return Err("turns its samples around (transA), which no layer does".into());
    }
    let (shape, weight) = net.reals(node, 1)?;
    let is_turned = node.integer("transB", 0) != 0;
    let [inputs, units] = match *shape {
        [units, inputs] if is_turned => [inputs, units],
        [inputs, units] => [inputs, units],
        _ => return Err(format!("has a weight of shape {shape:?}; a dense layer has rows and columns")),
    };
    if x.shape.last() != Some(&inputs) {
        return Err(format!("has a weight of {inputs} inputs for samples of shape {:?}", x.shape));
    }
    let is_flat = x.shape.len() == 1;
    // The rows come in the order in which the net has the inputs.
    let rows = if is_flat { x.order.places() } else { (0..inputs).collect() };
    let at = |row: usize, unit: usize| if is_turned { unit * inputs + row } else { row * units + unit };
    let places = rows.iter().flat_map(|row| (0..units).map(move |unit| at(*row, unit)));
    let numbers: Vec<f32> = places.map(|at| alpha * weight[at]).collect();
    let mut weights: Weights = vec![("weight", vec![inputs, units], numbers)];
    let bias = bias(net, node, units)?;
    let layer = Dense::new(units);
    let layer = if is_flat { layer } else { layer.each_row() };
    let layer = if bias.is_some() { layer } else { layer.without_bias() };
    weights.extend(bias.map(|bias| ("bias", vec![units], bias.iter().map(|x| beta * x).collect())));
    let input = if is_flat { net.shaped(x.node, vec![inputs])? } else { net.plain(&x)? };
    let (made, name) = net.weighted(node, Box::new(layer), &x, input, weights)?;
    let mut shape = x.shape.clone();
    shape.pop();
    shape.push(units);
    net.made(node, made, shape.clone(), &(0..shape.len()).collect::<Vec<_>>());
    if let (true, Some(name), Some(value)) = (is_flat, name, net.values.get_mut(node.output())) {
        value.units_of = Some((node.output(), name));
    }
    Ok(())
}

/// A number for each unit or filter, the third input of a node.
pub(super) fn bias<'a>(net: &Builder<'a>, node: &Node<'a>, units: usize) -> Result<Option<Vec<f32>>, String> {
    if node.input(2).is_none() {
        return Ok(None);
    }
    match net.reals(node, 2)? {
        (_, [bias]) => Ok(Some(vec![*bias; units])),
        (_, bias) if bias.len() == units => Ok(Some(bias.to_vec())),
        (shape, _) => Err(format!("has a bias of shape {shape:?} for {units} outputs")),
    }
}

pub(super) fn embedding<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 1)?;
    let (shape, table) = net.reals(node, 0)?;
    let [rows, width] = *shape else { return Err(format!("has a table of shape {shape:?}, and no rows")) };
    if !x.integers || node.integer("axis", 0) != 0 {
        return Err("takes no rows of a table by the integers of an input".into());
    }
    let weights = vec![("weight", vec![rows, width], table.to_vec())];
    let input = net.plain(&x)?;
    let (made, _) = net.weighted(node, Box::new(Embedding::new(rows, width)), &x, input, weights)?;
    let shape = [&x.shape[..], &[width]].concat();
    net.made(node, made, shape.clone(), &(0..shape.len()).collect::<Vec<_>>());
    Ok(())
}

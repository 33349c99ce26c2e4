//! Activations.

use serde_json::{Value as Json, json};

use super::{Builder, Node, Value, axis, unknown};
use crate::nn::layers::{self, Layer, Prelu, Softmax};
use crate::ops::activation::Activation;

/// The activation that several nodes are together.
pub(super) fn joined<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let kind = node.settings.first().map(|setting| setting.name);
    let known = Activation::examples().into_iter().find(|activation| Some(activation.name()) == kind);
    apply(net, node, Box::new(known.ok_or_else(unknown)?))
}

/// One that has an operator of its own.
pub(super) fn activation<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let (kind, settings) = match node.op {
        "Clip" => ("hard_tanh", clip(net, node)?),
        "Elu" => ("elu", json!({ "alpha": node.real("alpha", 1.0) })),
        "Gelu" if node.text("approximate", "none") == "tanh" => ("gelu", json!({})),
        "Gelu" => ("gelu_erf", json!({})),
        "LeakyRelu" => ("leaky_relu", json!({ "negative_slope": node.real("alpha", 0.01) })),
        "Mish" => ("mish", json!({})),
        "Relu" => ("relu", json!({})),
        "Selu" => ("selu", selu(node)?),
        "Sigmoid" => ("sigmoid", json!({})),
        "Softplus" => ("softplus", json!({})),
        "Softsign" => ("softsign", json!({})),
        "Swish" if node.real("alpha", 1.0) == 1.0 => ("silu", json!({})),
        "Tanh" => ("tanh", json!({})),
        _ => return Err(unknown()),
    };
    let layer = layers::described(kind, &settings).ok_or_else(unknown)?;
    apply(net, node, layer.map_err(|error| error.to_string())?)
}

fn apply<'a>(net: &mut Builder<'a>, node: &Node<'a>, layer: Box<dyn Layer>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let input = net.settled(&x)?.unwrap_or(x.node);
    let made = net.layer(node, layer, &[input])?;
    net.keep(node, Value { node: made, ..x });
    Ok(())
}

/// Bounds are inputs since set 11.
fn clip<'a>(net: &Builder<'a>, node: &Node<'a>) -> Result<Json, String> {
    let bound = |name, at| match node.input(at) {
        Some(_) => net.file.real(node, at),
        None => node.setting(name).map(|setting| setting.real),
    };
    match (bound("min", 1), bound("max", 2)) {
        (Some(min), Some(max)) => Ok(json!({ "min": min, "max": max })),
        _ => {
            Err("cuts numbers off on one side, or at bounds that are no constants; both are needed here"
                .into())
        }
    }
}

fn selu(node: &Node<'_>) -> Result<Json, String> {
    let has = |name, usual: f32| (node.real(name, usual) - usual).abs() < 1e-5;
    if has("alpha", 1.673_263_2) && has("gamma", 1.050_701) {
        return Ok(json!({}));
    }
    Err("is a SELU with other constants than the usual ones".into())
}

/// Of one axis since set 13; before, of all from its axis on.
pub(super) fn softmax<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let is_new = net.file.operators >= 13;
    let along = axis(node.integer("axis", if is_new { -1 } else { 1 }), &x.shape)?;
    if !is_new && along + 1 != x.shape.len() {
        return Err(format!(
            "goes over several axes of samples of shape {:?}; Flatten before it does the same",
            x.shape
        ));
    }
    let (input, axes) = net.with_last(&x, along)?;
    let made = net.layer(node, Box::new(Softmax), &[input])?;
    net.made(node, made, x.shape, &axes);
    Ok(())
}

/// A slope for each channel, or one for all, which is then one for each: training makes them different.
pub(super) fn prelu<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let (along, slope) = per_channel(net, node, 1, &x)?;
    let (input, axes) = net.with_last(&x, along)?;
    let weights = vec![("slope", vec![slope.len()], slope)];
    let (made, _) = net.weighted(node, Box::new(Prelu), &x, input, weights)?;
    net.made(node, made, x.shape, &axes);
    Ok(())
}

/// Along which axis of a value's samples the numbers of an input lie, and those for all its places. One number is the same for all.
pub(super) fn per_channel<'a>(
    net: &mut Builder<'a>,
    node: &Node<'a>,
    at: usize,
    x: &Value<'a>,
) -> Result<(usize, Vec<f32>), String> {
    let last = x.shape.len().checked_sub(1).ok_or("takes samples of shape []")?;
    let (shape, numbers) = net.reals(node, at)?;
    if let [number] = *numbers {
        // The axis that the net has last.
        let along = x.order.axes(&x.shape).and_then(|axes| axes.last().copied()).unwrap_or(last);
        net.file.spend(x.shape[along])?;
        return Ok((along, vec![number; x.shape[along]]));
    }
    let from_end = shape.iter().rev().position(|size| *size == numbers.len());
    let along = from_end.and_then(|at| last.checked_sub(at)).filter(|along| x.shape[*along] == numbers.len());
    let along = along.ok_or_else(|| {
        format!(
            "has numbers of shape {shape:?} for samples of shape {:?}; one for each channel is read",
            x.shape
        )
    })?;
    Ok((along, numbers.to_vec()))
}

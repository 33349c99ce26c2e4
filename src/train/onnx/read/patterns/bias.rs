//! A bias that is added behind a product or a convolution.

use super::super::file::Node;
use super::super::prepared::Prepared;

/// The most nodes between a product and its bias.
const MOST: usize = 8;

/// Gives the bias that a node adds to the product or convolution before it; whether it was one.
pub(super) fn join(net: &mut Prepared<'_>, at: usize) -> bool {
    let Some((product, bias, value)) = found(net, &net.nodes[at]) else { return false };
    net.nodes[product].inputs.resize(2, "");
    net.nodes[product].inputs.push(bias);
    let node = &mut net.nodes[at];
    (node.op, node.inputs) = ("Identity", vec![value]);
    true
}

/// The place of the product, the name of the bias, and that of the value it is added to.
fn found<'a>(net: &Prepared<'a>, node: &Node<'a>) -> Option<(usize, &'a str, &'a str)> {
    let (value, bias) = if node.op == "Add" { net.with_constant(node)? } else { return None };
    let shape = &net.constants.get(bias)?.shape;
    let units: usize = shape.iter().product();
    // Along which axis it lies, counted from the end.
    let mut from_end = shape.iter().rev().position(|size| *size != 1).unwrap_or(0);
    if shape.iter().filter(|size| **size != 1).count() > 1 {
        return None;
    }
    let mut name = value;
    for _ in 0..MOST {
        let maker = net.maker(name).filter(|_| net.is_read_once(name))?;
        match maker.op {
            "Identity" | "Cast" => {}
            "Transpose" => {
                let axes = maker.integers("perm")?;
                let axis = *axes.get(axes.len().checked_sub(from_end + 1)?)?;
                from_end = axes.len().checked_sub(usize::try_from(axis).ok()? + 1)?;
            }
            _ => {
                let fits = outputs(net, maker)? == (from_end, units) && maker.input(2).is_none();
                return fits.then_some((net.maker_at(name)?, bias, value));
            }
        }
        name = maker.input(0)?;
    }
    None
}

/// The axis, counted from the end, along which a product has its units or a convolution its filters, and how many.
fn outputs(net: &Prepared<'_>, node: &Node<'_>) -> Option<(usize, usize)> {
    let weight = &net.constants.get(node.input(1)?)?.shape;
    let sides = weight.len().checked_sub(2)?;
    Some(match node.op {
        "Conv" => (sides, weight[0]),
        "ConvTranspose" => (sides, weight[1]),
        "MatMul" if sides == 0 => (0, weight[1]),
        "Gemm" => (0, weight[if node.integer("transB", 0) == 0 { 1 } else { 0 }]),
        _ => return None,
    })
}

//! Layer normalisation in parts, as files say it for sets before 17.

use super::super::file::{Node, Setting};
use super::super::prepared::Prepared;

/// The node for a sum that ends a normalisation `(x - mean) / √(variance + ε) · scale + shift`.
pub(super) fn joined<'a>(net: &Prepared<'a>, sum: &Node<'a>) -> Option<Node<'a>> {
    let (scaled, shift) = if sum.op == "Add" { net.with_constant(sum)? } else { return None };
    let (normed, scale) = net.with_constant(net.made_by(Some(scaled), "Mul")?)?;
    let ratio = net.made_by(Some(normed), "Div")?;
    let root = net.made_by(ratio.input(1), "Sqrt")?;
    let (variance, epsilon) = net.with_constant(net.made_by(root.input(0), "Add")?)?;
    let epsilon = net.constants.get(epsilon)?.real()?;
    let mean_of_squares = net.made_by(Some(variance), "ReduceMean")?;
    let centered = ratio.input(0)?;
    let squares = net.maker(mean_of_squares.input(0)?)?;
    let is_square = match squares.op {
        "Mul" => squares.inputs[..] == [centered; 2],
        "Pow" => squares.input(0) == Some(centered) && net.real(squares, 1) == Some(2.0),
        _ => false,
    };
    let difference = net.made_by(Some(centered), "Sub")?;
    let mean = net.made_by(difference.input(1), "ReduceMean")?;
    let x = difference.input(0).filter(|x| is_square && mean.input(0) == Some(x))?;
    let axes = net.integers(mean, "axes", 1)?;
    let alike = net.integers(mean_of_squares, "axes", 1)? == axes;
    let [axis] = axes[..] else { return None };
    let settings = vec![
        Setting { name: "axis", integer: axis, ..Setting::default() },
        Setting { name: "epsilon", real: epsilon, ..Setting::default() },
    ];
    alike.then(|| Node {
        op: "LayerNormalization",
        inputs: vec![x, scale, shift],
        settings,
        ..Node::default()
    })
}

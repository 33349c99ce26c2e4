//! Group normalisation in parts, as files say it without the operator of set 21.

use super::super::file::{Node, Setting};
use super::super::prepared::Prepared;
use super::{GROUP_NORM, GROUP_NORM_APART};

/// The node for a sum that ends a normalisation of groups.
pub(super) fn joined<'a>(net: &Prepared<'a>, sum: &Node<'a>) -> Option<Node<'a>> {
    if sum.op != "Add" {
        return None;
    }
    by_rows(net, sum).or_else(|| by_moments(net, sum))
}

/// As PyTorch and the writer here say it: groups become rows that are normalised, and images again, with a scale and a shift behind them.
fn by_rows<'a>(net: &Prepared<'a>, sum: &Node<'a>) -> Option<Node<'a>> {
    let (scaled, shift) = net.with_constant(sum)?;
    let (value, scale) = net.with_constant(net.made_by(Some(scaled), "Mul")?)?;
    let back = net.made_by(Some(value), "Transpose");
    let joined = net.made_by(back.map_or(Some(value), |back| back.input(0)), "Reshape")?;
    let normed = net.made_by(joined.input(0), "InstanceNormalization")?;
    let rows = net.made_by(normed.input(0), "Reshape")?;
    let images = rows.input(0)?;
    let [0, groups, -1] = net.integers(rows, "shape", 1)?[..] else { return None };
    if !is_all(net, normed, 1, 1.0) || !is_all(net, normed, 2, 0.0) {
        return None;
    }
    let (x, axis) = match back {
        Some(back) => (turned(net, images, back)?, -1),
        None => (images, 1),
    };
    let mut settings = vec![
        Setting { name: "num_groups", integer: groups, ..Setting::default() },
        Setting { name: "axis", integer: axis, ..Setting::default() },
        Setting { name: "epsilon", real: normed.real("epsilon", 1e-5), ..Setting::default() },
    ];
    if !is_shape_of(net, joined.input(1)?, images) {
        let integers = net.integers(joined, "shape", 1)?;
        settings.push(Setting { name: "shape", integers, ..Setting::default() });
    }
    Some(Node { op: GROUP_NORM, inputs: vec![x, scale, shift], settings, ..Node::default() })
}

/// Whether an input of a node is this number everywhere.
fn is_all(net: &Prepared<'_>, node: &Node<'_>, at: usize, number: f32) -> bool {
    let constant = node.input(at).and_then(|name| net.constants.get(name)?.reals());
    constant.is_some_and(|reals| reals.iter().all(|real| *real == number))
}

/// The images with their channels last, where these come first in `images` and last again behind `back`.
fn turned<'a>(net: &Prepared<'a>, images: &str, back: &Node<'a>) -> Option<&'a str> {
    let there = net.made_by(Some(images), "Transpose")?;
    let (first, last) = (there.integers("perm")?, back.integers("perm")?);
    let rank = first.len() as i64;
    let alike = first.iter().copied().eq([0, rank - 1].into_iter().chain(1..rank - 1))
        && last.iter().copied().eq([0].into_iter().chain(2..rank).chain([1]));
    there.input(0).filter(|_| alike)
}

/// Whether a value has the sizes of another.
fn is_shape_of(net: &Prepared<'_>, name: &str, of: &str) -> bool {
    let maker = net.made_by(Some(name), "Shape");
    maker.is_some_and(|maker| {
        maker.input(0) == Some(of) && maker.integer("start", 0) == 0 && maker.setting("end").is_none()
    })
}

/// As Keras says it, of channels in two axes, the groups and those within: `x r + (shift - mean r)`, `r = scale / √(variance + ε)`.
/// Without a scale or a shift, nothing stands in its place.
fn by_moments<'a>(net: &Prepared<'a>, sum: &Node<'a>) -> Option<Node<'a>> {
    let scaled = net.made_by(sum.input(0), "Mul")?;
    let (x, ratio) = (scaled.input(0)?, scaled.input(1)?);
    let rank = net.integers(net.made_by(Some(x), "Reshape")?, "shape", 1)?.len();
    let (moved, shift) = without(net, sum.input(1)?, "Add");
    let moved = net.made_by(Some(moved), "Mul").filter(|moved| moved.input(1) == Some(ratio))?;
    let mean = net.made_by(moved.input(0), "Neg")?.input(0)?;
    let (inverse, scale) = without(net, ratio, "Mul");
    let root = net.made_by(net.made_by(Some(inverse), "Reciprocal")?.input(0), "Sqrt")?;
    let (variance, epsilon) = net.with_constant(net.made_by(root.input(0), "Add")?)?;
    let real = net.constants.get(epsilon)?.real()?;
    let squares = net.made_by(Some(averaged(net, variance, rank)?), "Mul")?;
    let centered = net.made_by(squares.input(0), "Sub")?;
    let is_square = squares.inputs[..] == [centered.output(); 2] && centered.inputs[..] == [x, mean];
    if !is_square || averaged(net, mean, rank) != Some(x) {
        return None;
    }
    let settings = vec![Setting { name: "epsilon", real, ..Setting::default() }];
    let inputs = vec![x, scale.unwrap_or(""), shift.unwrap_or("")];
    Some(Node { op: GROUP_NORM_APART, inputs, settings, ..Node::default() })
}

/// What a constant is multiplied by or added to, and the constant's name; the value itself if nothing is.
fn without<'a>(net: &Prepared<'a>, name: &'a str, op: &str) -> (&'a str, Option<&'a str>) {
    let parts = net.made_by(Some(name), op).and_then(|node| net.with_constant(node));
    parts.map_or((name, None), |(value, constant)| (value, Some(constant)))
}

/// What a value has the means of, over all of a group: all axes but the samples' and the last but one.
fn averaged<'a>(net: &Prepared<'a>, mean: &str, rank: usize) -> Option<&'a str> {
    let node = net.maker(mean)?;
    let group = (1..rank as i64).filter(|axis| axis + 2 != rank as i64);
    let is_mean = match node.op {
        "GlobalAveragePool" => rank == 3,
        "ReduceMean" => {
            node.integer("keepdims", 1) == 1 && net.integers(node, "axes", 1)?.into_iter().eq(group)
        }
        _ => false,
    };
    node.input(0).filter(|_| is_mean)
}

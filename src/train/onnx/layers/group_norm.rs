//! Group normalisation. ONNX's own operator came with set 18, so files have a normalisation of rows, each of which holds a group.

use onnx_rs::ast::OpType;

use super::nodes::{float, ints};
use super::{Layer, Nodes, Result, Value};
use crate::file::json::{count, real};

pub(super) fn write(nodes: &mut Nodes, layer: &Layer<'_>, x: &Value) -> Result<Value> {
    let (groups, epsilon) = (layer.setting(count, "groups")?, layer.setting(real, "epsilon")?);
    let [scale, shift] = [layer.parameter(nodes, "scale")?, layer.parameter(nodes, "shift")?];
    let ones = nodes.reals(&layer.beside("ones"), vec![1.0; groups])?;
    let zeros = nodes.reals(&layer.beside("zeros"), vec![0.0; groups])?;
    let cut = nodes.integers(&layer.beside("cut"), vec![0, groups as i64, -1])?;
    let axes = x.channels_first();
    // 0 keeps the number of samples.
    let sizes = axes[1..].iter().map(|axis| x.shape[*axis as usize - 1] as i64);
    let whole = nodes.integers(&layer.beside("whole"), [0].into_iter().chain(sizes).collect())?;
    let mut part = |name: &str, op: OpType<'static>, inputs: &[&str], attributes: Vec<_>| {
        nodes.push(&layer.beside(name), op, inputs, attributes)
    };
    let images = part("images", OpType::Transpose, &[&x.name], vec![ints("perm", axes)])?;
    let rows = part("rows", OpType::Reshape, &[&images, &cut], vec![])?;
    let epsilon = vec![float("epsilon", epsilon)];
    let normed = part("normed", OpType::InstanceNormalization, &[&rows, &ones, &zeros], epsilon)?;
    let joined = part("joined", OpType::Reshape, &[&normed, &whole], vec![])?;
    let back = part("back", OpType::Transpose, &[&joined], vec![ints("perm", x.channels_last())])?;
    let scaled = part("scaled", OpType::Mul, &[&back, &scale], vec![])?;
    nodes.push(&layer.name, OpType::Add, &[&scaled, &shift], [])?;
    Ok(layer.output(x.shape.clone()))
}

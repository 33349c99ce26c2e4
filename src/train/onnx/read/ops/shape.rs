//! Operators that give the same numbers another shape. None of them is a layer: what reads the value says which shape it wants.

use super::{Builder, Constant, Node, Value, axis, fold};
use crate::train::onnx::read::order::Order;

pub(super) fn same<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    // Reals have one kind here, and so have integers.
    let to = node.integer("to", 1);
    let is_kept =
        if x.integers { matches!(to, 6 | 7) || node.op != "Cast" } else { matches!(to, 1 | 10 | 11 | 16) };
    if !is_kept {
        return Err(format!(
            "makes numbers of kind {to} of {}",
            if x.integers { "integers" } else { "reals" }
        ));
    }
    net.keep(node, x);
    Ok(())
}

pub(super) fn flatten<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let axis = node.integer("axis", 1);
    if axis != 1 {
        return Err(format!("flattens from axis {axis} on; 1, all of a sample, is read"));
    }
    let shape = vec![x.shape.iter().product()];
    net.keep(node, Value { shape, ..x });
    Ok(())
}

pub(super) fn reshape<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let asked = net.file.integers(node, "shape", 1).ok_or("makes a shape that is no constant")?;
    let mixed = || format!("makes the shape {asked:?} of samples of {:?}, which mixes samples", x.shape);
    let (_, asked_of_sample) = asked.split_first().ok_or_else(mixed)?;
    // 0 means the size at the same place, where the samples are in the file the first.
    let here = |(at, size): (usize, &i64)| match size {
        0 => x.shape.get(at).map(|size| *size as i64),
        _ => Some(*size),
    };
    let sizes: Option<Vec<i64>> = asked_of_sample.iter().enumerate().map(here).collect();
    let shape = sizes.and_then(|sizes| fold::sized(&sizes, &x.shape)).ok_or_else(mixed)?;
    net.keep(node, Value { shape, ..x });
    Ok(())
}

pub(super) fn squeeze<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let axes = net.file.integers(node, "axes", 1);
    // The samples stand first, and are more than one.
    let whole = [&[2], &x.shape[..]].concat();
    let made = if node.op == "Squeeze" {
        fold::squeezed(&whole, axes.as_deref())
    } else {
        fold::unsqueezed(&whole, axes.as_deref())
    };
    let of_sample = made.and_then(|made| made.strip_prefix(&[2]).map(<[usize]>::to_vec));
    let shape =
        of_sample.ok_or_else(|| format!("has the axes {axes:?} for samples of shape {:?}", x.shape))?;
    net.keep(node, Value { shape, ..x });
    Ok(())
}

pub(super) fn transpose<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let refused =
        || format!("puts the axes of samples of shape {:?} in another order that is not read here", x.shape);
    let asked = node.integers("perm").filter(|axes| axes.len() == x.shape.len() + 1 && axes[0] == 0);
    let asked = asked.ok_or_else(refused)?[1..].iter().map(|at| axis(*at, &x.shape));
    let asked = asked.collect::<Result<Vec<_>, _>>()?;
    let here = x.order.axes(&x.shape).ok_or_else(refused)?;
    // Where each axis goes.
    let mut to = vec![None; asked.len()];
    asked.iter().enumerate().for_each(|(new, old)| to[*old] = Some(new));
    let to = to.into_iter().collect::<Option<Vec<_>>>().ok_or_else(refused)?;
    let shape: Vec<usize> = asked.iter().map(|axis| x.shape[*axis]).collect();
    let order = Order::of(&shape, &here.iter().map(|axis| to[*axis]).collect::<Vec<_>>());
    net.keep(node, Value { shape, order, ..x });
    Ok(())
}

/// The sizes of a value as a constant; that of the batch is -1, which other shapes take it for.
pub(super) fn sizes<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let whole: Vec<i64> = [-1].into_iter().chain(x.shape.iter().map(|size| *size as i64)).collect();
    let bound = |name, otherwise: usize| {
        let at = node.integer(name, otherwise as i64);
        let from_end = if at < 0 { at.saturating_add(whole.len() as i64) } else { at };
        from_end.clamp(0, whole.len() as i64) as usize
    };
    let (start, end) = (bound("start", 0), bound("end", whole.len()));
    let some = whole.get(start..end).unwrap_or_default().to_vec();
    net.file.constants.insert(node.output(), Constant::integers(vec![some.len()], some));
    Ok(())
}

//! What nodes make of constants alone: weights in another order, and the sizes that exporters compute in the file.

use super::super::nodes::Numbers;
use super::constant::{Constant, MOST_AXES, product};
use super::file::Node;

/// The most numbers that a node makes of none.
const MOST: usize = 64;

/// What a node makes of its inputs, which are all constants; `None` if that is not known here.
pub(super) fn folded<'a>(node: &Node<'a>, inputs: &[&Constant<'a>]) -> Result<Option<Constant<'a>>, String> {
    Ok(match (node.op, inputs) {
        ("Constant", []) => constant(node)?,
        ("Cast", [x]) => cast(node, x),
        ("Concat", [..]) => concat(inputs),
        ("ConstantOfShape", [shape]) => filled(node, shape)?,
        ("Gather", [x, at]) => gather(x, at),
        ("Identity", [x]) => x.reshaped(x.shape.clone()),
        ("Reshape", [x, shape]) => shape.as_integers().and_then(|sizes| x.reshaped(sized(sizes, &x.shape)?)),
        ("Shape", [x]) => {
            Some(Constant::integers(vec![x.shape.len()], x.shape.iter().map(|size| *size as i64).collect()))
        }
        ("Slice", [x, starts, ends, rest @ ..]) => slice(x, [starts, ends], rest),
        ("Squeeze" | "Unsqueeze", [x, ..]) => {
            let axes = inputs.get(1).and_then(|axes| axes.as_integers()).or(node.integers("axes"));
            if node.op == "Squeeze" { squeezed(&x.shape, axes) } else { unsqueezed(&x.shape, axes) }
                .and_then(|shape| x.reshaped(shape))
        }
        ("Transpose", [x]) => {
            let reversed: Vec<usize> = (0..x.shape.len()).rev().collect();
            let axes = node.integers("perm").map(|axes| axes.iter().map(|axis| *axis as usize).collect());
            x.transposed(&axes.unwrap_or(reversed))
        }
        ("Add" | "Sub" | "Mul" | "Div", [a, b]) => arithmetic(node.op, a, b),
        _ => None,
    })
}

fn constant<'a>(node: &Node<'a>) -> Result<Option<Constant<'a>>, String> {
    let Some(setting) = node.settings.first() else { return Ok(None) };
    let one = |numbers: Numbers| Constant { origin: node.output(), shape: Vec::new(), numbers };
    Ok(match (setting.name, &setting.array) {
        ("value", Some(array)) => Some(Constant { origin: node.output(), ..Constant::read(array)? }),
        ("value_float", _) => Some(one(Numbers::Reals(vec![setting.real]))),
        ("value_int", _) => Some(one(Numbers::Integers(vec![setting.integer]))),
        ("value_floats", _) => {
            Some(Constant { shape: vec![setting.reals.len()], ..one(Numbers::Reals(setting.reals.clone())) })
        }
        ("value_ints", _) => Some(Constant::integers(vec![setting.integers.len()], setting.integers.clone())),
        _ => None,
    })
}

fn cast<'a>(node: &Node<'a>, x: &Constant<'a>) -> Option<Constant<'a>> {
    let numbers = match (node.integer("to", 0), &x.numbers) {
        (1 | 10 | 11, Numbers::Integers(some)) => Numbers::Reals(some.iter().map(|x| *x as f32).collect()),
        (6 | 7, Numbers::Reals(some)) => Numbers::Integers(some.iter().map(|x| *x as i64).collect()),
        (1 | 6 | 7 | 10 | 11, same) => same.clone(),
        _ => return None,
    };
    Some(Constant { origin: x.origin, shape: x.shape.clone(), numbers })
}

/// Integers one after the other: sizes of a shape.
fn concat<'a>(inputs: &[&Constant<'a>]) -> Option<Constant<'a>> {
    let mut all = Vec::new();
    for part in inputs {
        let ([_], Some(integers)) = (&part.shape[..], part.as_integers()) else { return None };
        all.extend(integers);
    }
    Some(Constant::integers(vec![all.len()], all))
}

fn filled<'a>(node: &Node<'a>, shape: &Constant<'a>) -> Result<Option<Constant<'a>>, String> {
    let value = node.setting("value").and_then(|setting| setting.array.as_ref());
    let value = value.map(Constant::read).transpose()?;
    let sizes =
        shape.as_integers().and_then(|sizes| sizes.iter().map(|size| usize::try_from(*size).ok()).collect());
    let (Some(sizes), Some(value)) = (sizes, value) else { return Ok(None) };
    let sizes: Vec<usize> = sizes;
    let few = product(&sizes).filter(|count| *count <= MOST && value.numbers.len() == 1);
    Ok(few.map(|count| Constant { origin: "", shape: sizes, numbers: value.numbers.at(&vec![0; count]) }))
}

/// Integers at some places of a row.
fn gather<'a>(x: &Constant<'a>, at: &Constant<'a>) -> Option<Constant<'a>> {
    let ([_], Some(numbers), Some(at_places)) = (&x.shape[..], x.as_integers(), at.as_integers()) else {
        return None;
    };
    let found = at_places.iter().map(|at| numbers.get(place(*at, numbers.len())?).copied());
    Some(Constant::integers(at.shape.clone(), found.collect::<Option<_>>()?))
}

/// Integers, a row of them or several, from some places along the first axis, forwards or backwards.
fn slice<'a>(x: &Constant<'a>, bounds: [&Constant<'a>; 2], rest: &[&Constant<'a>]) -> Option<Constant<'a>> {
    let (count, numbers) = (*x.shape.first()?, x.as_integers()?);
    let [start, end] = bounds.map(|bound| bound.as_integers().and_then(|bound| bound.first().copied()));
    let only = |at: usize, otherwise| match rest.get(at).map(|constant| constant.as_integers()) {
        None => Some(otherwise),
        Some(Some([number])) => Some(*number),
        Some(_) => None,
    };
    let width = numbers.len().checked_div(count)?;
    let last = count as i64;
    let from_end = |at: i64| if at < 0 { at.saturating_add(last) } else { at };
    let (start, end) = (from_end(start?), from_end(end?));
    let places: Vec<usize> = match (only(0, 0)?, only(1, 1)?) {
        (0, 1) => (start.clamp(0, last)..end.clamp(0, last)).map(|at| at as usize).collect(),
        (0, -1) => {
            (end.clamp(-1, last - 1) + 1..=start.clamp(-1, last - 1)).rev().map(|at| at as usize).collect()
        }
        _ => return None,
    };
    let row = |at: usize| numbers[at * width..(at + 1) * width].iter().copied();
    let shape = [&[places.len()], &x.shape[1..]].concat();
    Some(Constant::integers(shape, places.into_iter().flat_map(row).collect()))
}

/// A number for each pair of integers, or of an integer with the only other one.
fn arithmetic<'a>(op: &str, a: &Constant<'a>, b: &Constant<'a>) -> Option<Constant<'a>> {
    let of = |a: i64, b: i64| match op {
        "Add" => a.checked_add(b),
        "Sub" => a.checked_sub(b),
        "Mul" => a.checked_mul(b),
        _ => a.checked_div(b),
    };
    let (some, others) = (a.as_integers()?, b.as_integers()?);
    let (shape, numbers) = match (some, others) {
        (_, [other]) if a.shape.len() >= b.shape.len() => {
            (&a.shape, some.iter().map(|one| of(*one, *other)).collect::<Option<_>>())
        }
        ([one], _) => (&b.shape, others.iter().map(|other| of(*one, *other)).collect()),
        _ if a.shape == b.shape => {
            (&a.shape, some.iter().zip(others).map(|(one, other)| of(*one, *other)).collect())
        }
        _ => return None,
    };
    Some(Constant::integers(shape.clone(), numbers?))
}

/// The place that a number means, which from the end is below 0.
pub(super) fn place(at: i64, count: usize) -> Option<usize> {
    let at = if at < 0 { at.checked_add_unsigned(count as u64)? } else { at };
    usize::try_from(at).ok().filter(|at| *at < count)
}

/// The shape that `Reshape` asks for: 0 keeps a size, and -1 is what is left.
pub(super) fn sized(asked: &[i64], shape: &[usize]) -> Option<Vec<usize>> {
    if asked.len() > MOST_AXES {
        return None;
    }
    let kept = |(axis, size): (usize, &i64)| match size {
        0 => shape.get(axis).copied(),
        -1 => Some(1),
        _ => usize::try_from(*size).ok(),
    };
    let mut sizes = asked.iter().enumerate().map(kept).collect::<Option<Vec<_>>>()?;
    let (whole, known) = (product(shape)?, product(&sizes)?);
    let mut left = asked.iter().enumerate().filter(|(_, size)| **size == -1);
    if let Some((axis, _)) = left.next() {
        sizes[axis] = whole.checked_div(known)?;
    }
    (left.next().is_none() && product(&sizes) == Some(whole)).then_some(sizes)
}

/// A shape without axes of one number.
pub(super) fn squeezed(shape: &[usize], axes: Option<&[i64]>) -> Option<Vec<usize>> {
    let Some(axes) = axes else { return Some(shape.iter().copied().filter(|size| *size != 1).collect()) };
    let axes = axes.iter().map(|axis| place(*axis, shape.len())).collect::<Option<Vec<_>>>()?;
    let left = shape.iter().enumerate().filter(|(axis, _)| !axes.contains(axis));
    let single = axes.iter().all(|axis| shape[*axis] == 1);
    single.then(|| left.map(|(_, size)| *size).collect())
}

/// A shape with further axes of one number.
pub(super) fn unsqueezed(shape: &[usize], axes: Option<&[i64]>) -> Option<Vec<usize>> {
    let axes = axes.filter(|axes| shape.len() + axes.len() <= MOST_AXES)?;
    let rank = shape.len() + axes.len();
    let axes = axes.iter().map(|axis| place(*axis, rank)).collect::<Option<Vec<_>>>()?;
    let mut sizes = shape.iter().copied();
    let made = (0..rank).map(|axis| if axes.contains(&axis) { Some(1) } else { sizes.next() });
    let made = made.collect::<Option<Vec<_>>>()?;
    sizes.next().is_none().then_some(made)
}

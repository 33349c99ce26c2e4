//! Layers that make one value of several.

use super::{Context, Layer, Shaped};
use crate::error::LayerError;
use crate::ops::MOST_PARTS;
use crate::ops::{Binary, Operation};

/// The sum of its inputs: a skip connection.
///
/// ```
/// use wgrad::Graph;
/// use wgrad::layers::{Add, Dense};
///
/// let mut net = Graph::new();
/// let x = net.input("x", [8]);
/// let inner = net.add(Dense::new(8), [x]);
/// net.add(Add, [x, inner]);
/// assert_eq!(net.summary()?.parameters(), 8 * 8 + 8);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// All inputs and the output: equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Add;

impl Layer for Add {
    fn kind(&self) -> &'static str {
        "add"
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let (first, others) = several(inputs)?;
        if let Some(other) = others.iter().find(|other| other.shape() != first.shape()) {
            let why = format!("adds a value of shape {:?} to one of {:?}", other.shape(), first.shape());
            return Err(why.into());
        }
        let mut sum = first.clone();
        for other in others {
            let y = cx.output(first.shape());
            let (a, b) = (sum.tensor(), other.tensor());
            cx.tape().push(Binary { operation: Operation::Sum, a, b, y: y.tensor() });
            sum = y;
        }
        Ok(sum)
    }
}

/// Its inputs side by side along the last dimension.
///
/// ```
/// use wgrad::Graph;
/// use wgrad::layers::{Concat, Dense};
///
/// let mut net = Graph::new();
/// let x = net.input("x", [8]);
/// let inner = net.add(Dense::new(8), [x]);
/// net.add(Concat, [x, inner]);
/// assert_eq!(net.summary()?.parameters(), 8 * 8 + 8);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// Inputs: … × a, … × b, …; the output: … × (a + b + …).
#[derive(Clone, Copy, Debug, Default)]
pub struct Concat;

impl Layer for Concat {
    fn kind(&self) -> &'static str {
        "concat"
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let (first, others) = several(inputs)?;
        others.chunks(MOST_PARTS - 1).try_fold(first.clone(), |left, some| side_by_side(cx, left, some))
    }
}

fn side_by_side(cx: &mut Context<'_>, left: Shaped, others: &[Shaped]) -> Result<Shaped, LayerError> {
    let (rows, cols) = last(&left)?;
    let mut shape = rows.to_vec();
    let mut width = cols;
    for other in others {
        let (other_rows, cols) = last(other)?;
        if other_rows != rows {
            let why = format!("puts a value of shape {:?} beside one of {:?}", other.shape(), left.shape());
            return Err(why.into());
        }
        width += cols;
    }
    shape.push(width);
    let y = cx.output(shape);
    let parts = std::iter::once(&left).chain(others).map(Shaped::rows).collect();
    cx.tape().push(crate::ops::Concat { parts, y: y.rows() });
    Ok(y)
}

/// All dimensions but the last, and the last.
fn last(value: &Shaped) -> Result<(&[usize], usize), LayerError> {
    match value.shape() {
        [rows @ .., cols] => Ok((rows, *cols)),
        [] => Err("takes samples of at least one dimension".into()),
    }
}

fn several(inputs: &[Shaped]) -> Result<(&Shaped, &[Shaped]), LayerError> {
    match inputs {
        [first, others @ ..] if !others.is_empty() => Ok((first, others)),
        _ => Err(LayerError::new(format!("takes at least two inputs, and gets {}", inputs.len()))),
    }
}

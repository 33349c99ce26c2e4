//! Numbers that a file has.

use super::super::nodes::Numbers;
use super::file::Array;

/// The most axes that a shape has.
pub(super) const MOST_AXES: usize = 16;

/// Numbers in a shape.
pub(super) struct Constant<'a> {
    /// The name in the file of the initializer that they come from.
    pub(super) origin: &'a str,
    pub(super) shape: Vec<usize>,
    pub(super) numbers: Numbers,
}

impl<'a> Constant<'a> {
    pub(super) fn read(array: &Array<'a>) -> Result<Self, String> {
        let why = |why: String| format!("tensor {:?} {why}", array.name);
        let shape = array.sizes.iter().map(|size| usize::try_from(*size).ok()).collect::<Option<Vec<_>>>();
        let shape = shape.filter(|shape| shape.len() <= MOST_AXES);
        let shape = shape.ok_or_else(|| why(format!("has the sizes {:?}", array.sizes)))?;
        let count =
            product(&shape).ok_or_else(|| why(format!("has the sizes {shape:?}, too many numbers")))?;
        if array.is_elsewhere {
            return Err(why("has its numbers in another file; export the model as one file (in PyTorch, \
                            external_data=False)"
                .into()));
        }
        let numbers = numbers(array).map_err(why)?;
        if numbers.len() != count {
            return Err(why(format!(
                "has {} numbers, and its sizes {shape:?} ask for {count}",
                numbers.len()
            )));
        }
        Ok(Self { origin: array.name, shape, numbers })
    }

    pub(super) fn integers(shape: Vec<usize>, integers: Vec<i64>) -> Self {
        Self { origin: "", shape, numbers: Numbers::Integers(integers) }
    }

    /// Its numbers, if they are reals.
    pub(super) fn reals(&self) -> Option<&[f32]> {
        match &self.numbers {
            Numbers::Reals(reals) => Some(reals),
            Numbers::Integers(_) => None,
        }
    }

    /// Its only number, if it is a real one.
    pub(super) fn real(&self) -> Option<f32> {
        match self.reals()? {
            [real] => Some(*real),
            _ => None,
        }
    }

    /// Its numbers, if they are integers.
    pub(super) fn as_integers(&self) -> Option<&[i64]> {
        match &self.numbers {
            Numbers::Integers(integers) => Some(integers),
            Numbers::Reals(_) => None,
        }
    }

    /// The same numbers in the order of these axes.
    pub(super) fn transposed(&self, axes: &[usize]) -> Option<Self> {
        let mut sorted = axes.to_vec();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..self.shape.len()) || self.numbers.len() == 0 {
            return None;
        }
        let shape: Vec<usize> = axes.iter().map(|axis| self.shape[*axis]).collect();
        let steps = steps(&self.shape);
        let places = places(&axes.iter().map(|axis| [self.shape[*axis], steps[*axis]]).collect::<Vec<_>>());
        let numbers = self.numbers.at(&places);
        Some(Self { origin: self.origin, shape, numbers })
    }

    /// The same numbers in another shape of as many.
    pub(super) fn reshaped(&self, shape: Vec<usize>) -> Option<Self> {
        let alike = product(&shape) == Some(self.numbers.len());
        alike.then(|| Self { origin: self.origin, shape, numbers: self.numbers.clone() })
    }
}

impl Numbers {
    pub(super) fn len(&self) -> usize {
        match self {
            Numbers::Reals(reals) => reals.len(),
            Numbers::Integers(integers) => integers.len(),
        }
    }

    /// Those at some places.
    pub(super) fn at(&self, places: &[usize]) -> Self {
        match self {
            Numbers::Reals(reals) => Numbers::Reals(places.iter().map(|at| reals[*at]).collect()),
            Numbers::Integers(some) => Numbers::Integers(places.iter().map(|at| some[*at]).collect()),
        }
    }
}

/// How many numbers there are in a shape.
pub(super) fn product(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1, |product: usize, size| product.checked_mul(*size))
}

/// How far apart the numbers along each axis are, row by row.
pub(super) fn steps(shape: &[usize]) -> Vec<usize> {
    let mut steps = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        steps[axis - 1] = shape[axis].saturating_mul(steps[axis]);
    }
    steps
}

/// Places of numbers in loops of so many, so far apart, the outermost first.
pub(super) fn places(loops: &[[usize; 2]]) -> Vec<usize> {
    loops.iter().fold(vec![0], |places, [size, step]| {
        let along = |place: usize| (0..*size).map(move |at| place + at * step);
        places.into_iter().flat_map(along).collect()
    })
}

/// The numbers of a tensor: reals as `f32`, integers as `i64`.
fn numbers(array: &Array<'_>) -> Result<Numbers, String> {
    let raw = array.raw.map(|part| part.bytes);
    Ok(match array.kind {
        1 => Numbers::Reals(match raw {
            Some(bytes) => each(bytes, f32::from_le_bytes)?,
            None => array.reals.clone(),
        }),
        6 => Numbers::Integers(match raw {
            Some(bytes) => each(bytes, |bytes| i32::from_le_bytes(bytes).into())?,
            None => array.integers.clone(),
        }),
        7 => Numbers::Integers(match raw {
            Some(bytes) => each(bytes, i64::from_le_bytes)?,
            None => array.integers.clone(),
        }),
        9 => Numbers::Integers(match raw {
            Some(bytes) => bytes.iter().map(|byte| (*byte).into()).collect(),
            None => array.integers.clone(),
        }),
        10 => Numbers::Reals(match raw {
            Some(bytes) => each(bytes, |bytes| half::f16::from_le_bytes(bytes).to_f32())?,
            None => array.integers.iter().map(|bits| half::f16::from_bits(*bits as u16).to_f32()).collect(),
        }),
        11 => Numbers::Reals(match raw {
            Some(bytes) => each(bytes, |bytes| f64::from_le_bytes(bytes) as f32)?,
            None => array.doubles.iter().map(|double| *double as f32).collect(),
        }),
        16 => Numbers::Reals(match raw {
            Some(bytes) => each(bytes, |bytes| half::bf16::from_le_bytes(bytes).to_f32())?,
            None => array.integers.iter().map(|bits| half::bf16::from_bits(*bits as u16).to_f32()).collect(),
        }),
        kind => {
            return Err(format!(
                "is of kind {kind}; float, float16, bfloat16, double, int32, int64 and bool are read"
            ));
        }
    })
}

/// The numbers of some bytes.
fn each<const N: usize, T>(bytes: &[u8], number: impl Fn([u8; N]) -> T) -> Result<Vec<T>, String> {
    let (chunks, rest) = bytes.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(format!("has {} bytes, which are no numbers of {N} bytes", bytes.len()));
    }
    Ok(chunks.iter().map(|chunk| number(*chunk)).collect())
}

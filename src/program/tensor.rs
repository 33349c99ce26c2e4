//! A tensor: a row-major matrix inside a device buffer. It names storage and owns none.

use std::fmt;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::OpError;
use crate::program::Batch;

/// What the elements of a buffer are.
///
/// ```
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("images", 32);
/// let images = tape.tensor("images", Element::U8, 1000, 28 * 28);
/// assert_eq!(tape.buffers()[&images.buffer].bytes(), 784_000);
/// assert_eq!([Element::Real, Element::U32, Element::Half].map(Element::bytes), [4, 4, 2]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Element {
    /// A real number: `f32` on the GPU and in `Cpu<f32>`, `f64` in `Cpu<f64>`.
    Real,
    /// A byte, packed by fours on the GPU: images.
    U8,
    /// An unsigned integer: class labels and row indices.
    U32,
    /// A real number in 16 bits, IEEE 754's binary16: what products read and write in models of
    /// [`Precision::F16`](crate::Precision::F16). Ops compute with it in `f32` and round what they store.
    Half,
}

impl Element {
    /// Bytes per element on a device that computes in `f32`.
    pub const fn bytes(self) -> usize {
        match self {
            Element::Real | Element::U32 => 4,
            Element::Half => 2,
            Element::U8 => 1,
        }
    }

    /// Bytes of so many elements there, in whole words of 4.
    pub(crate) fn bytes_of(self, len: usize) -> u64 {
        let bytes = (len as u64).saturating_mul(self.bytes() as u64);
        bytes.checked_next_multiple_of(4).unwrap_or(u64::MAX)
    }
}

/// The name of a buffer, unique in this process, so that programs recorded apart can share storage.
///
/// ```
/// use wgrad::Recorder;
///
/// let mut first = Recorder::new("first", 1);
/// let x = first.batched("x", 3);
/// let second = Recorder::new("second", 1).share(first.buffers());
/// assert_eq!(second.buffers()[&x.buffer].name, "x");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BufferId(u64);

impl BufferId {
    pub(crate) fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// The elements that a tensor names, whatever their rows and columns: two views of one range are one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Extent {
    pub(crate) buffer: BufferId,
    start: usize,
    len: usize,
}

impl Extent {
    /// Whether some elements are in both.
    pub(crate) fn overlaps(&self, other: &Extent) -> bool {
        self.buffer == other.buffer
            && self.start < other.start + other.len
            && other.start < self.start + self.len
    }
}

/// A `rows × cols` row-major matrix that starts at element `start` of a buffer.
///
/// ```
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("dense", 32);
/// let parameters = tape.tensor("parameters", Element::Real, 5, 2);
/// let (weight, bias) = (parameters.row_range(0..4), parameters.row_range(4..5));
/// assert_eq!((weight.shape(), bias.range()), ([4, 2], 8..10));
/// assert!(tape.batched("x", 4).is_batched() && !weight.is_batched());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tensor {
    /// The buffer that it lies in.
    pub buffer: BufferId,
    /// What its elements are.
    pub element: Element,
    /// Its first element's place in the buffer.
    pub start: usize,
    /// Rows; of a batched tensor, those of the largest batch.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
    /// How many rows each sample of the batch has, if the tensor is batched: a run uses the rows of the batch's samples only.
    pub per_sample: Option<NonZeroUsize>,
}

impl Tensor {
    /// Elements in all: `rows · cols`.
    #[inline]
    pub const fn len(&self) -> usize {
        self.rows * self.cols
    }

    /// Whether it has no element.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where it lies in its buffer, in elements.
    #[inline]
    pub const fn range(&self) -> Range<usize> {
        self.start..self.start + self.len()
    }

    /// The elements that it names.
    pub(crate) const fn extent(&self) -> Extent {
        Extent { buffer: self.buffer, start: self.start, len: self.len() }
    }

    /// The part of `rows` of this tensor, in the same storage. A part of a batched tensor is no operand of a step: how many rows it
    /// has depends on the batch.
    #[inline]
    pub const fn row_range(&self, rows: Range<usize>) -> Tensor {
        Tensor { start: self.start + rows.start * self.cols, rows: rows.end - rows.start, ..*self }
    }

    /// The same elements with `rows` rows for each sample: a batched tensor in another shape.
    ///
    /// ```
    /// use wgrad::Recorder;
    ///
    /// let mut tape = Recorder::new("tokens", 32);
    /// let sentences = tape.batched("sentences", 6 * 8);
    /// let words = sentences.with_rows_per_sample(6);
    /// assert_eq!(words.shape(), [32 * 6, 8]);
    /// ```
    ///
    /// Of a tensor that is not batched, or whose rows do not divide its numbers, it is no operand of a step.
    pub fn with_rows_per_sample(&self, rows: usize) -> Tensor {
        let samples = self.per_sample.map_or(self.rows, |rows| self.rows / rows);
        let cols = self.sample_len() / rows.max(1);
        Tensor { rows: samples * rows, cols, per_sample: NonZeroUsize::new(rows), ..*self }
    }

    /// Whether its rows belong to the samples of the batch.
    #[inline]
    pub const fn is_batched(&self) -> bool {
        self.per_sample.is_some()
    }

    /// Numbers that a sample has in a batched tensor, however they are cut into rows; of another tensor, those of a row.
    #[inline]
    pub const fn sample_len(&self) -> usize {
        match self.per_sample {
            Some(rows) => rows.get() * self.cols,
            None => self.cols,
        }
    }

    /// The part that a run with this batch uses.
    #[inline]
    pub(crate) const fn live(&self, batch: &Batch) -> Tensor {
        match self.per_sample {
            Some(rows) => self.row_range(0..batch.rows as usize * rows.get()),
            None => *self,
        }
    }

    /// `[rows, cols]`.
    pub const fn shape(&self) -> [usize; 2] {
        [self.rows, self.cols]
    }
}

impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}", self.rows, self.cols)
    }
}

/// An error unless all tensors have the shape of the first.
pub(crate) fn alike(tensors: &[Tensor]) -> Result<(), OpError> {
    if let Some(other) = tensors.iter().find(|t| t.shape() != tensors[0].shape()) {
        return Err(OpError::new(format!("needs equal shapes, and has {} and {other}", tensors[0])));
    }
    equal_rows_per_sample(tensors)
}

/// An error unless all tensors have as many rows a sample as the first.
pub(crate) fn equal_rows_per_sample(tensors: &[Tensor]) -> Result<(), OpError> {
    let in_words = |t: &Tensor| match t.per_sample {
        Some(rows) => format!("{rows} rows a sample"),
        None => "no rows of samples".to_string(),
    };
    match tensors.iter().find(|t| t.per_sample != tensors[0].per_sample) {
        Some(other) => Err(OpError::new(format!(
            "has a {} tensor of {} beside a {other} one of {}",
            tensors[0],
            in_words(&tensors[0]),
            in_words(other)
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_bytes_in_whole_words_and_never_overflows() {
        let of_bytes = [0, 5, 8].map(|len| Element::U8.bytes_of(len));
        assert_eq!((of_bytes, Element::Half.bytes_of(3), Element::Real.bytes_of(3)), ([0, 8, 8], 8, 12));
        assert_eq!(Element::Real.bytes_of(usize::MAX), u64::MAX);
    }
}

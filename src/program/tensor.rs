//! A tensor: a row-major matrix inside a device buffer. It names storage and owns none.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::program::Batch;

/// What the elements of a buffer are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
}

/// The name of a buffer, unique in this process, so that programs recorded apart can share storage.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tensor {
    /// The buffer that it lies in.
    pub buffer: BufferId,
    /// What its elements are.
    pub element: Element,
    /// Its first element's place in the buffer.
    pub start: usize,
    /// Rows; of a batched tensor, the most that a batch may have.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
    /// Whether a row belongs to a sample of the batch, so that a run uses the batch's number of rows only.
    pub batched: bool,
}

impl Tensor {
    /// Elements in all: `rows · cols`.
    pub const fn len(&self) -> usize {
        self.rows * self.cols
    }

    /// Whether it has no element.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where it lies in its buffer, in elements.
    pub const fn range(&self) -> Range<usize> {
        self.start..self.start + self.len()
    }

    /// The elements that it names.
    pub(crate) const fn extent(&self) -> Extent {
        Extent { buffer: self.buffer, start: self.start, len: self.len() }
    }

    /// The part of `rows` of this tensor, in the same storage. A part of a batched tensor is no operand of a step: how many rows it
    /// has depends on the batch.
    pub const fn row_range(&self, rows: Range<usize>) -> Tensor {
        Tensor { start: self.start + rows.start * self.cols, rows: rows.end - rows.start, ..*self }
    }

    /// The part that a run with this batch uses.
    pub(crate) const fn live(&self, batch: &Batch) -> Tensor {
        if self.batched { self.row_range(0..batch.rows as usize) } else { *self }
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
pub(crate) fn alike(tensors: &[Tensor]) -> Result<(), String> {
    match tensors.iter().find(|t| t.shape() != tensors[0].shape()) {
        Some(other) => Err(format!("needs equal shapes, and has {} and {other}", tensors[0])),
        None => Ok(()),
    }
}

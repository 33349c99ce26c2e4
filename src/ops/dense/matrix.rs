//! Matrices as products see them.

/// A matrix in a slice, row by row or, turned around, column by column.
#[derive(Clone, Copy)]
pub(in crate::ops) struct Matrix<'a, T> {
    pub values: &'a [T],
    pub rows: usize,
    pub cols: usize,
    /// From an element to the one below it.
    pub down: usize,
    /// From an element to the one to its right; one of both is 1.
    pub right: usize,
}

impl<'a, T: Copy> Matrix<'a, T> {
    /// The matrix of `cols` columns whose rows are in `values`.
    #[inline(always)]
    pub fn new(values: &'a [T], cols: usize) -> Self {
        Self { values, rows: values.len() / cols, cols, down: cols, right: 1 }
    }

    #[inline(always)]
    pub fn transpose(self) -> Self {
        let Self { values, rows, cols, down, right } = self;
        Self { values, rows: cols, cols: rows, down: right, right: down }
    }

    /// `count` rows from row `start` on.
    #[inline(always)]
    pub fn some_rows(self, start: usize, count: usize) -> Self {
        Self { values: &self.values[start * self.down..], rows: count, ..self }
    }

    #[inline(always)]
    pub fn at(self, i: usize, j: usize) -> T {
        self.values[i * self.down + j * self.right]
    }
}

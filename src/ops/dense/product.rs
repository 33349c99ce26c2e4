//! The matrix product on the CPU.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

use crate::real::Real;

/// The row-major matrix of `cols` columns in `values`.
pub(super) fn matrix<T: Real>(values: &[T], cols: usize) -> MatRef<'_, T> {
    MatRef::from_row_major_slice(values, values.len() / cols, cols)
}

/// Whether a product replaces what its output holds or is added to it.
#[derive(Clone, Copy)]
pub(super) enum Into {
    Replace,
    Add,
}

/// `c = a · b` or `c += a · b`, on the calling thread.
pub(super) fn product<T: Real>(c: &mut [T], how: Into, a: MatRef<'_, T>, b: MatRef<'_, T>) {
    let c = MatMut::from_row_major_slice_mut(c, a.nrows(), b.ncols());
    let how = match how {
        Into::Replace => Accum::Replace,
        Into::Add => Accum::Add,
    };
    matmul(c, how, a, b, T::of(1.0), Par::Seq);
}

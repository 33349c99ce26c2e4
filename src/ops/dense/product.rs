//! The matrix product on the CPU.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

use crate::real::Real;

/// Products of fewer multiplications are done before the library has chosen a kernel: XOR's.
const TINY: usize = 256;

/// The row-major matrix of `cols` columns in `values`.
#[inline(always)]
pub(super) fn matrix<T: Real>(values: &[T], cols: usize) -> MatRef<'_, T> {
    MatRef::from_row_major_slice(values, values.len() / cols, cols)
}

/// Whether a product replaces what its output holds or, times a scale, is added to it.
#[derive(Clone, Copy)]
pub(super) enum Into<T> {
    Replace,
    Add(T),
}

/// `c = a · b` or `c += scale · a · b`, on the calling thread.
#[inline(always)]
pub(super) fn product<T: Real>(c: &mut [T], how: Into<T>, a: MatRef<'_, T>, b: MatRef<'_, T>) {
    if a.nrows() * a.ncols() * b.ncols() < TINY {
        return tiny(c, how, a, b);
    }
    let c = MatMut::from_row_major_slice_mut(c, a.nrows(), b.ncols());
    let (how, scale) = match how {
        Into::Replace => (Accum::Replace, T::of(1.0)),
        Into::Add(scale) => (Accum::Add, scale),
    };
    matmul(c, how, a, b, scale, Par::Seq);
}

#[inline(always)]
fn tiny<T: Real>(c: &mut [T], how: Into<T>, a: MatRef<'_, T>, b: MatRef<'_, T>) {
    for (i, row) in c.chunks_exact_mut(b.ncols()).enumerate() {
        for (j, c) in row.iter_mut().enumerate() {
            let sum = (0..a.ncols()).fold(T::zero(), |sum, k| sum + a[(i, k)] * b[(k, j)]);
            *c = match how {
                Into::Replace => sum,
                Into::Add(scale) => *c + scale * sum,
            };
        }
    }
}

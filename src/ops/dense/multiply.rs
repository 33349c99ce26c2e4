//! The library that multiplies matrices: faer, or ndarray's where the feature `fast-cpu` is off.

use super::matrix::Matrix;
use super::product::Into;
use crate::program::real::Real;

/// `c = a · b` or `c += scale · a · b`, with the rows of `c` in the slice.
#[cfg(feature = "fast-cpu")]
#[inline(always)]
pub(super) fn multiply<T: Real>(c: &mut [T], how: Into<T>, a: Matrix<'_, T>, b: Matrix<'_, T>) {
    use faer::{Accum, MatMut, MatRef, Par};
    fn view<T>(m: Matrix<'_, T>) -> MatRef<'_, T> {
        match m.right {
            1 => MatRef::from_row_major_slice_with_stride(m.values, m.rows, m.cols, m.down),
            _ => MatRef::from_column_major_slice_with_stride(m.values, m.rows, m.cols, m.right),
        }
    }
    let c = MatMut::from_row_major_slice_mut(c, a.rows, b.cols);
    let (how, scale) = match how {
        Into::Replace => (Accum::Replace, T::one()),
        Into::Add(scale) => (Accum::Add, scale),
    };
    faer::linalg::matmul::matmul(c, how, view(a), view(b), scale, Par::Seq);
}

#[cfg(not(feature = "fast-cpu"))]
pub(super) fn multiply<T: Real>(c: &mut [T], how: Into<T>, a: Matrix<'_, T>, b: Matrix<'_, T>) {
    use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder, ShapeError};
    fn view<T>(m: Matrix<'_, T>) -> Result<ArrayView2<'_, T>, ShapeError> {
        ArrayView2::from_shape((m.rows, m.cols).strides((m.down, m.right)), m.values)
    }
    // A view is refused only where its slice is too short, and a program's tensors lie within their buffers.
    let c = ArrayViewMut2::from_shape((a.rows, b.cols), c);
    let (Ok(mut c), Ok(a), Ok(b)) = (c, view(a), view(b)) else {
        unreachable!("slices hold what the shapes of their tensors say")
    };
    let (scale, kept) = match how {
        Into::Replace => (T::one(), T::zero()),
        Into::Add(scale) => (scale, T::one()),
    };
    ndarray::linalg::general_mat_mul(scale, &a, &b, kept, &mut c);
}

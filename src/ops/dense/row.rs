//! The product of a single row: what a request for one prediction waits for.

use super::matrix::Matrix;
use super::product::Into;
use crate::program::real::Real;

/// Columns whose sums stay in registers while the rows of the matrix go by.
const WIDE: usize = 64;

/// The same of what is left over.
const NARROW: usize = 8;

/// Whether [`row_product`] is for this product: of one row, with a matrix that lies row by row.
#[inline(always)]
pub(super) fn is_row<T>(a: &Matrix<'_, T>, b: &Matrix<'_, T>) -> bool {
    a.rows == 1 && a.right == 1 && b.right == 1 && b.cols >= NARROW
}

/// `c = a · b` or `c += scale · a · b`, where `a` is a row. Every sum has the order of the definition, so that the result is the
/// same to the bit; each element of `b` is read once.
#[inline(always)]
pub(super) fn row_product<T: Real>(c: &mut [T], how: Into<T>, a: Matrix<'_, T>, b: Matrix<'_, T>) {
    let mut start = 0;
    while b.cols - start >= WIDE {
        columns::<T, WIDE>(c, how, a, b, start, start);
        start += WIDE;
    }
    while start < b.cols {
        // The last columns are computed with some before them, which are there already.
        columns::<T, NARROW>(c, how, a, b, start.min(b.cols - NARROW), start);
        start += NARROW;
    }
}

/// `N` columns of the product from `first` on, of which those from `new` on are written.
#[inline(always)]
fn columns<T: Real, const N: usize>(
    c: &mut [T],
    how: Into<T>,
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    first: usize,
    new: usize,
) {
    let mut sums = [T::zero(); N];
    for (k, x) in a.values[..a.cols].iter().enumerate() {
        for (sum, weight) in sums.iter_mut().zip(&b.values[k * b.down + first..][..N]) {
            *sum += *x * *weight;
        }
    }
    for (c, sum) in c[new..first + N].iter_mut().zip(&sums[new - first..]) {
        *c = match how {
            Into::Replace => *sum,
            Into::Add(scale) => *c + scale * *sum,
        };
    }
}

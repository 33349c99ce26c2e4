//! The matrix product on the CPU: by its definition, and fast.

use std::array::from_fn;
use std::ops::RangeInclusive;

use super::matrix::Matrix;
use super::multiply::multiply;
use super::row::{is_row, row_product};
use crate::program::real::Real;

/// Products of fewer multiplications are done before the library has chosen a kernel: XOR's.
const TINY: usize = 256;

/// Rows and inner dimension for which a product with a transposed matrix goes by columns: for 16 rows and 784 inputs of
/// 512 outputs that took 119 µs instead of 161.
const FEW: RangeInclusive<usize> = 8..=32;
const LONG: usize = 256;

/// Elements of those columns at a time, which stay in the first-level cache.
const COLUMNS: usize = 4_096;

/// Whether a product replaces what its output holds or, times a scale, is added to it.
#[derive(Clone, Copy)]
pub(in crate::ops) enum Into<T> {
    Replace,
    Add(T),
}

/// How products are computed, on the calling thread.
pub(in crate::ops) trait Multiply {
    /// `c = a · b` or `c += scale · a · b`.
    fn product<T: Real>(c: &mut [T], how: Into<T>, a: Matrix<'_, T>, b: Matrix<'_, T>);

    /// `c = a · bᵀ`.
    #[inline(always)]
    fn product_with_transposed<T: Real>(c: &mut [T], a: Matrix<'_, T>, b: Matrix<'_, T>) {
        Self::product(c, Into::Replace, a, b.transpose());
    }
}

/// By the definition.
pub(in crate::ops) struct Plain;

/// With the library, where that is faster.
pub(in crate::ops) struct Fast;

impl Multiply for Plain {
    #[inline(always)]
    fn product<T: Real>(c: &mut [T], how: Into<T>, a: Matrix<'_, T>, b: Matrix<'_, T>) {
        plain(c, how, a, b);
    }
}

impl Multiply for Fast {
    #[inline(always)]
    fn product<T: Real>(c: &mut [T], how: Into<T>, a: Matrix<'_, T>, b: Matrix<'_, T>) {
        if is_row(&a, &b) {
            row_product(c, how, a, b);
        } else if a.rows * a.cols * b.cols < TINY {
            plain(c, how, a, b);
        } else {
            multiply(c, how, a, b);
        }
    }

    #[inline(always)]
    fn product_with_transposed<T: Real>(c: &mut [T], a: Matrix<'_, T>, b: Matrix<'_, T>) {
        with_transposed(c, a, b);
    }
}

/// `c = a · bᵀ`.
///
/// With few rows, the library takes as long to turn `b` around as to multiply. The columns of the result one after the
/// other are what it computes without that, a few of them at a time; here they go to their places.
#[inline(always)]
fn with_transposed<T: Real>(c: &mut [T], a: Matrix<'_, T>, b: Matrix<'_, T>) {
    let (rows, cols) = (a.rows, b.rows);
    let by_fours = rows.is_multiple_of(4) && cols.is_multiple_of(4);
    if !FEW.contains(&rows) || a.cols < LONG || !by_fours {
        return Fast::product(c, Into::Replace, a, b.transpose());
    }
    let mut columns = [T::zero(); COLUMNS];
    let most = COLUMNS / rows / 4 * 4;
    for start in (0..cols).step_by(most) {
        let count = most.min(cols - start);
        let columns = &mut columns[..count * rows];
        multiply(columns, Into::Replace, b.some_rows(start, count), a.transpose());
        for (four, j) in columns.chunks_exact(4 * rows).zip((start..).step_by(4)) {
            for i in (0..rows).step_by(4) {
                let block: [[T; 4]; 4] = from_fn(|j| from_fn(|k| four[j * rows + i + k]));
                for k in 0..4 {
                    c[(i + k) * cols + j..][..4].copy_from_slice(&from_fn::<_, 4, _>(|j| block[j][k]));
                }
            }
        }
    }
}

#[inline(always)]
fn plain<T: Real>(c: &mut [T], how: Into<T>, a: Matrix<'_, T>, b: Matrix<'_, T>) {
    for (i, row) in c.chunks_exact_mut(b.cols).enumerate() {
        for (j, c) in row.iter_mut().enumerate() {
            let sum = (0..a.cols).fold(T::zero(), |sum, k| sum + a.at(i, k) * b.at(k, j));
            *c = match how {
                Into::Replace => sum,
                Into::Add(scale) => *c + scale * sum,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_multiplied_to_the_bit_as_by_the_definition() {
        for (inner, cols) in [(1, 8), (3, 9), (784, 128), (64, 10), (17, 67), (65, 200)] {
            let number = |i: usize| ((i * 37 % 101) as f32 - 50.0) * 0.013;
            let a: Vec<f32> = (0..inner).map(number).collect();
            let b: Vec<f32> = (0..inner * cols).map(|i| number(i + 7)).collect();
            for how in [Into::Replace, Into::Add(1.0), Into::Add(-0.3)] {
                let [mut found, mut expected] = [(); 2].map(|()| (0..cols).map(number).collect::<Vec<_>>());
                Fast::product(&mut found, how, Matrix::new(&a, inner), Matrix::new(&b, cols));
                plain(&mut expected, how, Matrix::new(&a, inner), Matrix::new(&b, cols));
                assert_eq!(found, expected, "1 × {inner} by {inner} × {cols}");
            }
        }
    }

    /// Its rows lie one number apart, which says nothing of their length: there is one.
    #[test]
    fn a_column_turned_into_a_row_is_multiplied_whole() {
        for cols in [8, 9, 67] {
            let b: Vec<f32> = (0..cols).map(|i| i as f32 + 1.0).collect();
            let mut found = vec![0.0; cols];
            Fast::product(&mut found, Into::Replace, Matrix::new(&[2.0], 1), Matrix::new(&b, 1).transpose());
            assert_eq!(found, b.iter().map(|b| 2.0 * b).collect::<Vec<_>>());
        }
    }

    /// Whole numbers, small enough for sums without rounding.
    fn whole(len: usize, step: usize) -> Vec<f32> {
        (0..len).map(|i| (i * step % 7) as f32 - 3.0).collect()
    }

    #[test]
    fn a_transposed_matrix_is_multiplied_by_columns_as_by_rows() {
        for (rows, inner, cols) in
            [(16, 784, 512), (32, 256, 132), (12, 300, 1_028), (16, 256, 6), (10, 260, 8)]
        {
            let (a, b) = (whole(rows * inner, 3), whole(cols * inner, 5));
            let (mut found, mut expected) = (vec![f32::NAN; rows * cols], vec![0.0; rows * cols]);
            with_transposed(&mut found, Matrix::new(&a, inner), Matrix::new(&b, inner));
            plain(&mut expected, Into::Replace, Matrix::new(&a, inner), Matrix::new(&b, inner).transpose());
            assert_eq!(found, expected, "{rows} × {inner} by {cols} × {inner}");
        }
    }
}

//! Decision values in f64.

use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;

use super::RbfSvmParts;
use super::lanes::Lanes;
use super::parts::{class_pairs, opponent};
use crate::program::vectorised::Loops;

/// The coefficients of a row are padded to a multiple of this, so that sums over them become vector instructions.
const WIDTH: usize = 4;

/// The machines of all pairs of classes.
#[derive(Debug, Clone)]
pub(super) struct Decisions {
    gamma: f64,
    lanes: Lanes,
    /// Where each class's support vectors begin, and where the last one's end.
    starts: Vec<usize>,
    /// The coefficients of each support vector, padded with zeros.
    coefficients: Vec<[f64; WIDTH]>,
    /// Groups of [`WIDTH`] coefficients of a support vector.
    groups: usize,
    rho: Vec<f64>,
}

impl Decisions {
    pub(super) fn new(parts: &RbfSvmParts) -> Self {
        let before = |label: &u32| parts.support_labels.partition_point(|of| of < label);
        let mut starts: Vec<usize> = parts.classes.iter().map(before).collect();
        starts.push(parts.support_labels.len());
        let groups = parts.coefficients.ncols().div_ceil(WIDTH);
        let mut coefficients = vec![[0.0; WIDTH]; parts.coefficients.nrows() * groups];
        for ((row, column), value) in parts.coefficients.indexed_iter() {
            coefficients[row * groups + column / WIDTH][column % WIDTH] = *value;
        }
        let lanes = Lanes::new(parts.support_vectors.view(), 0..parts.support_vectors.nrows());
        Self { gamma: parts.gamma, lanes, starts, coefficients, groups, rho: parts.rho.to_vec() }
    }

    /// The decision of every pair on every row: rows × pairs.
    pub(super) fn all(&self, rows: ArrayView2<'_, f32>) -> Array2<f64> {
        let of_row = |kernel: &mut Vec<f64>, row| self.of(rows.row(row), kernel);
        let decisions: Vec<Vec<f64>> = (0..rows.nrows()).into_par_iter().map_init(Vec::new, of_row).collect();
        Array2::from_shape_fn((rows.nrows(), self.rho.len()), |(row, pair)| decisions[row][pair])
    }

    /// The decision of every pair on one row.
    pub(super) fn of(&self, row: ArrayView1<'_, f32>, kernel: &mut Vec<f64>) -> Vec<f64> {
        kernel.resize(self.lanes.padded(), 0.0);
        let point: Vec<f64> = row.iter().map(|x| f64::from(*x)).collect();
        self.lanes.kernel(self.gamma, &point, kernel);
        let classes: Vec<usize> = (0..self.starts.len() - 1).collect();
        let sums: Vec<Vec<[f64; WIDTH]>> =
            classes.iter().map(|class| self.class_sums(*class, kernel)).collect();
        let sum = |class: usize, other: usize| {
            let column = opponent(class, other);
            sums[class][column / WIDTH][column % WIDTH]
        };
        class_pairs(&classes).zip(&self.rho).map(|((a, b), rho)| sum(*a, *b) + sum(*b, *a) - rho).collect()
    }

    /// The sums over a class's support vectors, against every other class.
    fn class_sums(&self, class: usize, kernel: &[f64]) -> Vec<[f64; WIDTH]> {
        let rows = self.starts[class]..self.starts[class + 1];
        let mut sums = vec![[0.0; WIDTH]; self.groups];
        let coefficients = &self.coefficients[rows.start * self.groups..rows.end * self.groups];
        Sums { kernel: &kernel[rows], coefficients, sums: &mut sums }.run();
        sums
    }
}

/// Sums rows of coefficients, each times its kernel value.
struct Sums<'a> {
    kernel: &'a [f64],
    coefficients: &'a [[f64; WIDTH]],
    sums: &'a mut [[f64; WIDTH]],
}

impl Loops for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn compute(self) {
        for (kernel, row) in self.kernel.iter().zip(self.coefficients.chunks_exact(self.sums.len())) {
            for (sums, coefficients) in self.sums.iter_mut().zip(row) {
                for (sum, coefficient) in sums.iter_mut().zip(coefficients) {
                    *sum += kernel * coefficient;
                }
            }
        }
    }
}

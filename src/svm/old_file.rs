//! Machines in files of version 0.1.

use ndarray::{Array1, Array2, Axis};

use super::parts::{class_pairs, expect, opponent};
use super::{RbfSvmParts, SvmError};

/// A machine as 0.1 wrote it: support vectors in the order of their rows, with a coefficient for every pair of classes, 0
/// where the pair does not need it.
pub(super) struct OldParts {
    pub(super) support_vectors: Array2<f32>,
    pub(super) coefficients: Array2<f32>,
    pub(super) rho: Array1<f32>,
    pub(super) gamma: f64,
    pub(super) c: f64,
    pub(super) classes: Vec<u32>,
}

impl OldParts {
    /// The same machine as it is kept now.
    pub(super) fn renew(self) -> Result<RbfSvmParts, SvmError> {
        let numbers: Vec<usize> = (0..self.classes.len()).collect();
        let pairs: Vec<[usize; 2]> = class_pairs(&numbers).map(|(a, b)| [*a, *b]).collect();
        let shape = (self.support_vectors.nrows(), pairs.len());
        let found = self.coefficients.dim();
        expect(
            "coefficients",
            format!("{} × {}", shape.0, shape.1),
            found,
            found == shape && !pairs.is_empty(),
        )?;
        let mut classes = Vec::new();
        for row in self.coefficients.outer_iter() {
            classes.push(class_of(&pairs, &row.to_vec())?);
        }
        let mut order: Vec<usize> = (0..classes.len()).collect();
        order.sort_by_key(|row| classes[*row]);
        let mut coefficients = Array2::zeros((order.len(), self.classes.len() - 1));
        for (mut to, row) in coefficients.outer_iter_mut().zip(&order) {
            for ([first, second], value) in pairs.iter().zip(self.coefficients.row(*row)) {
                if classes[*row] == *first {
                    to[opponent(*first, *second)] = f64::from(*value);
                } else if classes[*row] == *second {
                    to[opponent(*second, *first)] = f64::from(*value);
                }
            }
        }
        Ok(RbfSvmParts {
            support_vectors: self.support_vectors.select(Axis(0), &order),
            support_labels: order.iter().map(|row| self.classes[classes[*row]]).collect(),
            coefficients,
            rho: self.rho.mapv(f64::from),
            gamma: self.gamma,
            c: self.c,
            classes: self.classes,
        })
    }
}

/// The class of a support vector: the first of a pair where its coefficient is positive, the second where it is negative.
fn class_of(pairs: &[[usize; 2]], coefficients: &[f32]) -> Result<usize, SvmError> {
    let mut found = None;
    for ([first, second], value) in pairs.iter().zip(coefficients) {
        let class = if *value > 0.0 { first } else { second };
        if *value != 0.0 && *found.get_or_insert(*class) != *class {
            expect("coefficients", "signs of one class in a row", "signs of two", false)?;
        }
    }
    Ok(found.unwrap_or(0))
}

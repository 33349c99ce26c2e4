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

#[cfg(test)]
mod tests {
    use ndarray::array;
    use serde_json::json;

    use super::*;
    use crate::file::tensor_file::TensorFile;
    use crate::svm::RbfSvm;

    fn rows(seed: u64, count: usize) -> Array2<f32> {
        let mut stream = crate::random::Stream::numbered(seed, 1);
        Array2::from_shape_fn((count, 5), |_| stream.normal() as f32)
    }

    /// What 0.1 would have written, with support vectors in another order.
    fn old(parts: &RbfSvmParts) -> TensorFile {
        let count = parts.support_labels.len();
        assert!(!count.is_multiple_of(7), "of {count} rows not all are taken");
        let order: Vec<usize> = (0..count).map(|i| i * 7 % count).collect();
        // The pairs are (0, 1), (0, 2) and (1, 2).
        let columns = [[Some(0), Some(1), None], [Some(0), None, Some(1)], [None, Some(0), Some(1)]];
        let coefficients = Array2::from_shape_fn((count, 3), |(i, pair)| {
            let class = parts.support_labels[order[i]] as usize - 3;
            columns[class][pair].map_or(0.0, |column| parts.coefficients[[order[i], column]] as f32)
        });
        TensorFile::new()
            .with_reals("support_vectors", parts.support_vectors.select(Axis(0), &order).view())
            .with_reals("coefficients", coefficients.view())
            .with_reals("rho", parts.rho.mapv(|rho| rho as f32).view())
            .with_doubles("gamma", array![parts.gamma].view())
            .with_doubles("c", array![parts.c].view())
            .with_integers("classes", &parts.classes)
            .with_description(&json!({ "version": 1, "kind": "rbf_svm" }))
    }

    #[test]
    fn a_file_of_version_1_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("svm.safetensors");
        let (fitted, new) = (rows(1, 400), rows(2, 1000));
        let label = |row: ndarray::ArrayView1<f32>| 3 + u32::from(row[0] > 0.0) + u32::from(row[1] > 0.3);
        let labels: Vec<u32> = fitted.outer_iter().map(label).collect();
        let svm = RbfSvm::params().c(3.3).fit(fitted.view(), &labels).unwrap();
        let file = old(svm.parts());
        file.write(&path).unwrap();
        let loaded = RbfSvm::load(&path).unwrap();
        let apart = loaded.decision_values(new.view()).unwrap() - svm.decision_values(new.view()).unwrap();
        let largest = apart.iter().fold(0.0, |largest: f64, apart| largest.max(apart.abs()));
        assert!(largest > 0.0 && largest < 2e-5, "{largest} by rounding coefficients to f32");
        // Support vectors that would speak for two classes.
        let mixed = Array2::from_shape_fn((svm.support_vectors(), 3), |(_, pair)| 1.0 - pair as f32);
        file.with_reals("coefficients", mixed.view()).write(&path).unwrap();
        let error = RbfSvm::load(&path).unwrap_err();
        assert!(error.to_string().contains("signs"), "{error}");
    }
}

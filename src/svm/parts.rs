//! The numbers that make up a fitted machine, for saving and loading.

use ndarray::{Array1, Array2};

use super::SvmError;
use super::params::{check_finite, check_positive};

/// Most classes of one machine: 4950 pairs.
pub(super) const MAX_CLASSES: usize = 100;

/// Everything a [`crate::svm::RbfSvm`] consists of.
///
/// There is a machine for every pair of classes a and b, positions in `classes`, in the order (0, 1), (0, 2), …, (1, 2), …
/// Its support vectors are those of the two classes. Its decision function is `Σ_s α_s exp(−gamma ‖x − s‖²) − rho`; above 0
/// it speaks for the first class, else for the second. A support vector of class a has one coefficient α for each other class
/// b, in column b where b < a, else in column b − 1 (as in libsvm).
///
/// ```
/// use wgrad::ndarray::array;
/// use wgrad::svm::RbfSvm;
///
/// let latents = array![[0.0, 0.1], [0.2, 0.0], [3.0, 3.1], [3.2, 2.9]];
/// let svm = RbfSvm::params().fit(latents.view(), &[7, 7, 9, 9])?;
/// let parts = svm.parts().clone();
/// assert_eq!(parts.coefficients.dim(), (svm.support_vectors(), 1)); // one other class
/// let same = RbfSvm::from_parts(parts)?;
/// assert_eq!(same.predict(latents.view())?, svm.predict(latents.view())?);
/// # Ok::<(), wgrad::svm::SvmError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RbfSvmParts {
    /// The rows that any pair of classes needs, class by class: support vectors × features.
    pub support_vectors: Array2<f32>,
    /// The label of every support vector.
    pub support_labels: Vec<u32>,
    /// The coefficient of every support vector against every other class, positive where it is of the first class of the
    /// pair, negative where it is of the second, 0 where the pair does not need it: support vectors × (classes − 1).
    pub coefficients: Array2<f64>,
    /// The threshold of every pair.
    pub rho: Array1<f64>,
    /// γ of the kernel.
    pub gamma: f64,
    /// The penalty C it was fitted with.
    pub c: f64,
    /// The labels, ascending.
    pub classes: Vec<u32>,
}

impl RbfSvmParts {
    /// Checks that shapes, order and ranges fit together.
    pub(super) fn check(&self) -> Result<(), SvmError> {
        check_positive(self.c).map_err(|value| SvmError::InvalidC { value })?;
        check_positive(self.gamma).map_err(|value| SvmError::InvalidGamma { value })?;
        self.check_classes()?;
        let (support, features) = self.support_vectors.dim();
        let pairs = class_pairs(&self.classes).count();
        expect("support_vectors", "at least 1 × 1", (support, features), support > 0 && features > 0)?;
        let labels = &self.support_labels;
        expect("support_labels", format!("{support} long"), labels.len(), labels.len() == support)?;
        let known = labels.is_sorted() && labels.iter().all(|label| self.classes.contains(label));
        expect("support_labels", "labels of the classes, ascending", "others or not in order", known)?;
        let (shape, others) = (self.coefficients.dim(), self.classes.len() - 1);
        expect("coefficients", format!("{support} × {others}"), shape, shape == (support, others))?;
        expect("rho", format!("{pairs} long"), self.rho.len(), self.rho.len() == pairs)?;
        check_finite(self.support_vectors.view())?;
        // Kernel values are at most 1, so that decisions are finite too.
        let sum: f64 = self.coefficients.iter().chain(&self.rho).map(|x| x.abs()).sum();
        expect("coefficients and rho", "finite, all added up", sum, sum.is_finite())?;
        self.check_signs()
    }

    fn check_signs(&self) -> Result<(), SvmError> {
        for (row, (label, coefficients)) in
            self.support_labels.iter().zip(self.coefficients.outer_iter()).enumerate()
        {
            for (column, value) in coefficients.iter().enumerate() {
                // Columns from the label's own place on are of classes behind it.
                let first = self.classes[column] >= *label;
                let fits = if first { *value >= 0.0 } else { *value <= 0.0 };
                let wanted = if first { "0 or more" } else { "0 or less" };
                expect("coefficients", format!("{wanted} in row {row}, column {column}"), value, fits)?;
            }
        }
        Ok(())
    }

    fn check_classes(&self) -> Result<(), SvmError> {
        let classes = self.classes.len();
        if classes > MAX_CLASSES {
            return Err(SvmError::TooManyClasses { classes, limit: MAX_CLASSES });
        }
        let ascending = self.classes.is_sorted_by(|a, b| a < b);
        expect("classes", "2 or more ascending labels", &self.classes, classes >= 2 && ascending)
    }
}

/// Fails with what was expected and found if it does not hold.
pub(super) fn expect(
    field: &'static str,
    expected: impl ToString,
    found: impl std::fmt::Debug,
    holds: bool,
) -> Result<(), SvmError> {
    if holds {
        Ok(())
    } else {
        Err(SvmError::Parts { field, expected: expected.to_string(), found: format!("{found:?}") })
    }
}

/// Every pair of two different items, the earlier one first, in the order of the pairs' columns.
pub(super) fn class_pairs<T>(items: &[T]) -> impl Iterator<Item = (&T, &T)> {
    items.iter().enumerate().flat_map(|(i, a)| items.iter().skip(i + 1).map(move |b| (a, b)))
}

/// The column of a support vector of `class` that holds its coefficient against the class `other`.
pub(super) fn opponent(class: usize, other: usize) -> usize {
    if other < class { other } else { other - 1 }
}

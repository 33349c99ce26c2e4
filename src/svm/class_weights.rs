//! How much the rows of a class count.

use super::SvmError;
use super::params::check_positive;

/// What the penalty C is multiplied with for the rows of each class.
///
/// ```
/// use wgrad::ndarray::array;
/// use wgrad::svm::{ClassWeights, RbfSvm};
///
/// let latents = array![[0.0, 0.1], [0.2, 0.0], [3.0, 3.1], [3.2, 2.9]];
/// let weights = ClassWeights::Given(vec![(9, 10.0)]); // one row of class 9 counts like ten
/// let svm = RbfSvm::params().class_weights(weights).fit(latents.view(), &[7, 7, 7, 9])?;
/// assert_eq!(svm.predict(latents.view())?[3], 9);
/// let wrong = RbfSvm::params().class_weights(ClassWeights::Given(vec![(9, -1.0)]));
/// assert!(wrong.fit(latents.view(), &[7, 7, 7, 9]).is_err());
/// # Ok::<(), wgrad::svm::SvmError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum ClassWeights {
    /// All rows count alike.
    #[default]
    Equal,
    /// All classes count alike, however many rows they have: `rows / (classes × rows of the class)`.
    Balanced,
    /// Factors of some labels; those of the others are 1.
    Given(Vec<(u32, f64)>),
}

impl ClassWeights {
    /// The factor of the class `label` with `rows` of all the rows.
    pub(super) fn of(&self, label: u32, rows: usize, all_rows: usize, classes: usize) -> f64 {
        match self {
            Self::Equal => 1.0,
            Self::Balanced => all_rows as f64 / (classes as f64 * rows as f64),
            Self::Given(given) => {
                given.iter().find(|(of, _)| *of == label).map_or(1.0, |(_, factor)| *factor)
            }
        }
    }

    /// Finds factors out of range, and labels that come twice.
    pub(super) fn check(&self) -> Result<(), SvmError> {
        let Self::Given(given) = self else { return Ok(()) };
        for (i, &(label, factor)) in given.iter().enumerate() {
            let wrong = |why: String| Err(SvmError::InvalidClassWeight { label, why });
            if let Err(value) = check_positive(factor) {
                return wrong(format!("it is {value}, and must be positive and finite"));
            }
            if let Some((_, earlier)) = given[..i].iter().find(|(of, _)| *of == label) {
                return wrong(format!("it is given twice, as {earlier} and as {factor}"));
            }
        }
        Ok(())
    }

    /// Finds factors of labels that no row has.
    pub(super) fn check_labels(&self, classes: &[u32]) -> Result<(), SvmError> {
        let Self::Given(given) = self else { return Ok(()) };
        match given.iter().find(|(label, _)| !classes.contains(label)) {
            Some(&(label, _)) => {
                Err(SvmError::InvalidClassWeight { label, why: "no row has this label".into() })
            }
            None => Ok(()),
        }
    }
}

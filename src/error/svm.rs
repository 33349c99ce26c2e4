//! What can go wrong when a support vector machine is fitted, applied or put together from its parts.

use thiserror::Error;

use super::svm_warning::SvmWarning;

/// An error of [`crate::svm`], with the numbers that caused it.
///
/// ```
/// use wgrad::ndarray::array;
/// use wgrad::svm::{RbfSvm, SvmError};
///
/// let latents = array![[0.0, 0.1], [0.2, 0.0], [3.0, 3.1], [3.2, 2.9]];
/// match RbfSvm::params().fit(latents.view(), &[7, 7, 7, 7]) {
///     Err(SvmError::OneClass { class, rows }) => assert_eq!((class, rows), (7, 4)),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), wgrad::svm::SvmError>(())
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SvmError {
    /// There is nothing to learn from.
    #[error(
        "cannot fit a support vector machine to {rows} rows of {features} features: pass at least one of each"
    )]
    Empty {
        /// Rows passed.
        rows: usize,
        /// Features per row.
        features: usize,
    },
    /// Rows and labels differ in number.
    #[error("{rows} rows came with {labels} labels: pass one label per row, in the same order")]
    LabelCount {
        /// Rows passed.
        rows: usize,
        /// Labels passed.
        labels: usize,
    },
    /// A feature is NaN or infinite.
    #[error("feature {feature} of row {row} is {value}: every feature must be finite")]
    NotFinite {
        /// Row number, from 0.
        row: usize,
        /// Column number, from 0.
        feature: usize,
        /// The value found.
        value: f32,
    },
    /// All rows have the same label.
    #[error("all {rows} rows have the label {class}: a classifier needs at least two classes")]
    OneClass {
        /// The only label.
        class: u32,
        /// Rows passed.
        rows: usize,
    },
    /// One binary problem per pair of classes would be too many.
    #[error(
        "{classes} different labels: at most {limit} classes are supported, one problem is solved per pair"
    )]
    TooManyClasses {
        /// Different labels found.
        classes: usize,
        /// Most classes supported.
        limit: usize,
    },
    /// The penalty C is not a positive finite number.
    #[error("C is {value}: it must be positive and finite (1 to 100 suit most latents)")]
    InvalidC {
        /// The value set.
        value: f64,
    },
    /// The kernel's γ is not a positive finite number.
    #[error("gamma is {value}: it must be positive and finite; None takes 1 / (features × variance)")]
    InvalidGamma {
        /// The value set.
        value: f64,
    },
    /// The tolerance is out of range: from 2 on, no fit would begin.
    #[error("the tolerance is {value}: it must be above 0 and below 2 (0.001 is usual)")]
    InvalidTolerance {
        /// The value set.
        value: f64,
    },
    /// The cache has no room.
    #[error("the cache of kernel rows is 0 MB: give it 1 MB or more (200 MB are usual)")]
    NoCache,
    /// No iteration is allowed.
    #[error("the limit of iterations is 0: it must be 1 or more")]
    NoIterations,
    /// The weight of a class cannot be used.
    #[error("the weight of class {label}: {why}")]
    InvalidClassWeight {
        /// The class.
        label: u32,
        /// What is wrong.
        why: String,
    },
    /// γ cannot be derived from features that never change.
    #[error(
        "every feature of all {rows} rows is {value}, so that gamma = 1 / (features × variance) does not exist: check \
         the latents (an encoder whose units are all dead gives zeros), or set gamma"
    )]
    ZeroVariance {
        /// Rows passed.
        rows: usize,
        /// The constant.
        value: f32,
    },
    /// The rows to classify have another width than the rows fitted.
    #[error("rows of {found} features were passed to a support vector machine of {expected} features")]
    Width {
        /// Features of the fitted rows.
        expected: usize,
        /// Features of the rows passed.
        found: usize,
    },
    /// A pair of classes did not converge, and that was asked to be an error.
    #[error(transparent)]
    NotConverged {
        /// The pair, and how far it came.
        warning: SvmWarning,
    },
    /// The fit was ended from outside.
    #[error("the fit was ended when {pairs_done} of {pairs} pairs of classes were done")]
    Interrupted {
        /// Pairs of classes that were done.
        pairs_done: usize,
        /// Pairs of classes in all.
        pairs: usize,
    },
    /// The parts of a fitted machine do not fit together.
    #[error(
        "{field} is {found}, expected {expected}: the saved support vector machine is damaged or mixed up"
    )]
    Parts {
        /// The part.
        field: &'static str,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A backend could not compute the kernel.
    #[error(transparent)]
    Backend(Box<super::Error>),
}

impl From<super::Error> for SvmError {
    fn from(error: super::Error) -> Self {
        Self::Backend(Box::new(error))
    }
}

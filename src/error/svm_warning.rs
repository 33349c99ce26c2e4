//! What a fit says of pairs of classes that it did not solve as well as was asked for.

use thiserror::Error;

/// Two classes whose machine is the best found, but not the optimum to within the tolerance.
///
/// ```
/// use wgrad::ndarray::array;
/// use wgrad::svm::{RbfSvm, SvmWarning};
///
/// let latents = array![[0.0, 0.1], [0.2, 0.0], [3.0, 3.1], [3.2, 2.9]];
/// let svm = RbfSvm::params().max_iterations(Some(1)).fit(latents.view(), &[7, 7, 9, 9])?;
/// for warning in svm.warnings() {
///     println!("{warning}");
/// }
/// assert!(matches!(svm.warnings(), [SvmWarning::IterationLimit { classes: [7, 9], .. }]));
/// # Ok::<(), wgrad::svm::SvmError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum SvmWarning {
    /// The iterations were used up.
    #[error(
        "classes {} and {} were left after {iterations} iterations, when two rows still violated the optimality \
         conditions by {violation:.1e} (the tolerance is {tolerance:e}): scale the features, lower C, or raise the \
         limit of iterations",
        classes[0], classes[1]
    )]
    IterationLimit {
        /// The two labels.
        classes: [u32; 2],
        /// Iterations done.
        iterations: u64,
        /// The largest violation left.
        violation: f64,
        /// The largest violation allowed.
        tolerance: f64,
    },
    /// What is left to gain is less than the rounding of f64.
    #[error(
        "classes {} and {} were left after {iterations} iterations, when two rows still violated the optimality \
         conditions by {violation:.1e} (the tolerance is {tolerance:e}) but rounding in 64 bits hid the way on: scale \
         the features, lower C, or raise the tolerance",
        classes[0], classes[1]
    )]
    Precision {
        /// The two labels.
        classes: [u32; 2],
        /// Iterations done.
        iterations: u64,
        /// The largest violation left.
        violation: f64,
        /// The largest violation allowed.
        tolerance: f64,
    },
}

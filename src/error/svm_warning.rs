//! What a fit says of pairs of classes that it did not solve as well as was asked for.

use thiserror::Error;

/// Two classes whose machine is the best found, but not the optimum to within the tolerance.
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

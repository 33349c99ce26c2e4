//! What can be wrong with labels that are compared.

use thiserror::Error;

/// An error of [`ClassReport::new`](crate::metrics::ClassReport::new).
///
/// ```
/// use wgrad::metrics::{ClassReport, MetricsError};
///
/// match ClassReport::new(&[3, 5], &[3]) {
///     Err(MetricsError::Length { truth, predicted }) => assert_eq!((truth, predicted), (2, 1)),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MetricsError {
    /// There is nothing to compare.
    #[error("no labels to compare: pass at least one true and one predicted label")]
    Empty,
    /// True and predicted labels differ in number.
    #[error(
        "{truth} true labels against {predicted} predicted ones: pass as many of each, in the same order"
    )]
    Length {
        /// True labels passed.
        truth: usize,
        /// Predicted labels passed.
        predicted: usize,
    },
    /// The labels are hardly those of classes.
    #[error("{classes} different labels: at most {limit} classes are supported (are these really labels?)")]
    TooManyClasses {
        /// Different labels found.
        classes: usize,
        /// Most classes supported.
        limit: usize,
    },
}

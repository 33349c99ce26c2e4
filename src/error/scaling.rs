//! What can keep numbers from being scaled.

use super::shape_text;

/// Why no layer can be made that scales numbers, or why it cannot take some.
///
/// ```
/// use wgrad::Error;
/// use wgrad::layers::{Normalize, ScalingError};
///
/// match Normalize::new([0.0, 5.0], [1.0, 4.0]) {
///     Err(Error::Scaling(ScalingError::Range { feature, min, max })) => {
///         assert_eq!((feature, min, max), (1, 5.0, 4.0));
///     }
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScalingError {
    /// No feature, or another number of one setting than of the other.
    #[error(
        "{first} values of {first_name} and {second} of {second_name}; give one of each for every feature"
    )]
    Count {
        /// The first setting.
        first_name: &'static str,
        /// Its values.
        first: usize,
        /// The second setting.
        second_name: &'static str,
        /// Its values.
        second: usize,
    },
    /// A setting that is not finite.
    #[error("the {name} of feature {feature} is {value}; it must be finite")]
    NotFinite {
        /// The setting.
        name: &'static str,
        /// The feature, counted from 0.
        feature: usize,
        /// The value.
        value: f32,
    },
    /// A standard deviation that nothing can be divided by.
    #[error(
        "the standard deviation of feature {feature} is {std}, which nothing can be divided by; give a number above 10⁻³⁸, and 1 \
         for a feature that is constant"
    )]
    Deviation {
        /// The feature, counted from 0.
        feature: usize,
        /// The standard deviation.
        std: f32,
    },
    /// A minimum above the maximum, or too far below it for `f32`.
    #[error(
        "feature {feature} goes from {min} to {max}; the minimum must not be above the maximum, nor their difference above {}",
        f32::MAX
    )]
    Range {
        /// The feature, counted from 0.
        feature: usize,
        /// The minimum.
        min: f32,
        /// The maximum.
        max: f32,
    },
    /// Samples or rows of another number of features.
    #[error(
        "the last dimension of samples of shape {} has not the {features} features that this scales; scale each with \
         numbers of its own",
        shape_text(shape)
    )]
    Features {
        /// The features that are scaled.
        features: usize,
        /// The shape of a sample.
        shape: Vec<usize>,
    },
}

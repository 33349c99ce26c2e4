//! What can keep predictions from being judged.

use thiserror::Error;

/// Why a metric cannot judge predictions, or a [`ClassReport`](crate::metrics::ClassReport) cannot be made.
///
/// ```
/// use wgrad::metrics::{ClassReport, MetricsError};
///
/// match ClassReport::new(&[3, 5], &[3]) {
///     Err(MetricsError::Length { truth, predicted }) => assert_eq!((truth, predicted), (2, 1)),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum MetricsError {
    // === What is compared ===
    /// There is nothing to compare.
    #[error("nothing to compare: pass at least one true and one predicted value")]
    Empty,
    /// True and predicted values differ in number.
    #[error(
        "{truth} true values against {predicted} predicted ones: pass as many of each, in the same order"
    )]
    Length {
        /// True values passed.
        truth: usize,
        /// Predicted values passed.
        predicted: usize,
    },
    /// An output that is not a number.
    #[error(
        "output {column} of sample {sample} is not a number; look at the model's weights and at the data"
    )]
    NotANumber {
        /// The sample, counted from 0.
        sample: usize,
        /// The output, counted from 0.
        column: usize,
    },
    /// More or fewer numbers for a sample than outputs.
    #[error("targets of {targets} numbers, and {outputs} outputs; they are compared one by one")]
    Width {
        /// Numbers for a sample.
        targets: usize,
        /// Outputs.
        outputs: usize,
    },
    /// Labels where numbers are compared.
    #[error(
        "the targets are labels, and this metric compares numbers; take one of classes, such as Accuracy"
    )]
    NeedsNumbers,
    /// Fewer samples than the metric needs.
    #[error("{samples} sample; the metric needs at least {needed}")]
    TooFew {
        /// Samples passed.
        samples: usize,
        /// The fewest that it takes.
        needed: usize,
    },

    // === Weights ===
    /// More or fewer weights than samples.
    #[error("{weights} weights for {samples} samples; each sample needs one")]
    Weights {
        /// Weights passed.
        weights: usize,
        /// The samples.
        samples: usize,
    },
    /// A weight that cannot be one.
    #[error("the weight of sample {sample} is {weight}; it must be finite and at least 0")]
    Weight {
        /// The sample, counted from 0.
        sample: usize,
        /// Its weight.
        weight: f32,
    },
    /// No sample counts.
    #[error("every weight is 0, so there is nothing to judge by")]
    NoWeight,

    // === Classes ===
    /// The labels are hardly those of classes.
    #[error("{classes} different labels: at most {limit} classes are supported (are these really labels?)")]
    TooManyClasses {
        /// Different labels found.
        classes: usize,
        /// Most classes supported.
        limit: usize,
    },
    /// A label without an output.
    #[error(
        "the label of sample {sample} is {label}, and the outputs tell {classes} classes apart; labels are 0..{classes}"
    )]
    Label {
        /// The sample, counted from 0.
        sample: usize,
        /// Its label.
        label: u32,
        /// The classes that there are.
        classes: usize,
    },
    /// A number that is the target of one output and says no class.
    #[error("the target of sample {sample} is {value}; of a class it is 0 or 1, or -1 or 1")]
    Target {
        /// The sample, counted from 0.
        sample: usize,
        /// Its target.
        value: f32,
    },
    /// Numbers that are the targets of several outputs and say no class.
    #[error(
        "the targets of sample {sample} add up to {sum}; of a class they are probabilities, 1 in all; give labels, or take a metric of \
         numbers"
    )]
    NoClass {
        /// The sample, counted from 0.
        sample: usize,
        /// The sum of its targets.
        sum: f32,
    },
    /// More classes than two.
    #[error(
        "{classes} outputs, and this metric is of two classes; average F1 and its like over classes by Average::Macro"
    )]
    NotBinary {
        /// Outputs, one for each class.
        classes: usize,
    },
    /// One class alone where two are told apart.
    #[error(
        "no sample is of class {class}, so there are no two classes to tell apart; judge on samples of both"
    )]
    OneClass {
        /// The class without a sample.
        class: u32,
    },
    /// A single output of which it is not known from where on it means class 1.
    #[error(
        "one output, of any size, and no threshold; give the metric one, as Accuracy::new().threshold(0.5)"
    )]
    NoThreshold,
    /// A threshold that is not finite.
    #[error("the threshold is {threshold}; it must be finite")]
    Threshold {
        /// The threshold.
        threshold: f32,
    },
    /// A number of best classes that makes no metric.
    #[error(
        "the {k} largest of {classes} outputs; it must be at least 1 of at least 2 outputs, and no more than there are"
    )]
    TopK {
        /// How many are looked at.
        k: usize,
        /// Outputs, one for each class.
        classes: usize,
    },

    // === Metrics of one's own ===
    /// A metric that gives not a number.
    #[error("it is not a number; return an error that says why")]
    Undefined,
    /// What a metric of one's own says.
    #[error("{why}")]
    Other {
        /// A sentence with the numbers in it, and what to do.
        why: String,
    },
}

//! What can keep a dataset from being split, selected from or joined.

use super::shape_text;

/// Why a dataset cannot be split, selected from or joined with another.
///
/// ```
/// use wgrad::dataset::DatasetError;
/// use wgrad::{Dataset, Error, Samples};
///
/// let data = Dataset::classification(Samples::rows([0.0, 0.5, 1.0], 1)?, vec![0, 0, 1])?;
/// match data.stratified_split(0.5, 0) {
///     Err(Error::Dataset(DatasetError::Class { class, samples, needed })) => {
///         assert_eq!((class, samples, needed), (1, 1, 2));
///     }
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// A share that is no number between 0 and 1.
    #[error("a share of {share} for the test; give one between 0 and 1")]
    Share {
        /// The share of the test.
        share: f64,
    },
    /// A share that leaves nothing to train on.
    #[error(
        "a share of {share} for the test takes all {samples} samples and leaves none to train on; give a smaller one"
    )]
    NoTraining {
        /// The share of the test.
        share: f64,
        /// The samples that there are.
        samples: usize,
    },
    /// The number of a sample that is not there.
    #[error("number {place} of the selection is sample {index}, and there are {samples}, counted from 0")]
    Index {
        /// Where the selection has it, counted from 0.
        place: usize,
        /// The sample that is asked for.
        index: usize,
        /// The samples that there are.
        samples: usize,
    },
    /// A selection of nothing.
    #[error("a selection without a sample; select at least one")]
    NoIndex,
    /// Classes are wanted, and no target has labels.
    #[error("no target has labels, and a stratified split goes by them; use `split` or `k_folds`")]
    NoLabels,
    /// A class with too few samples to be in both parts.
    #[error(
        "class {class} has {samples} sample, and a stratified split needs {needed} of each; add some, or use `split`"
    )]
    Class {
        /// The class.
        class: u32,
        /// Its samples.
        samples: usize,
        /// The fewest that it may have.
        needed: usize,
    },
    /// A part of a stratified split that is smaller than the number of classes.
    #[error(
        "the {part} part gets {samples} samples of {classes} classes; choose a share that gives it one of each"
    )]
    Part {
        /// `train` or `test`.
        part: &'static str,
        /// The samples of the part.
        samples: usize,
        /// The classes that there are.
        classes: usize,
    },
    /// Fewer than two folds, or more than samples.
    #[error("{folds} folds of {samples} samples; give a number from 2 to {samples}")]
    Folds {
        /// The folds that are asked for.
        folds: usize,
        /// The samples that there are.
        samples: usize,
    },
    /// More stratified folds than any class has samples.
    #[error(
        "{folds} stratified folds, and the largest class, {class}, has {samples} samples; give no more folds than that"
    )]
    FoldClasses {
        /// The folds that are asked for.
        folds: usize,
        /// The class with most samples.
        class: u32,
        /// Its samples.
        samples: usize,
    },
    /// Datasets whose inputs or targets have other names.
    #[error(
        "the {what} are {here:?}, and those of the other dataset are {there:?}; give them the same names"
    )]
    Names {
        /// `inputs` or `targets`.
        what: &'static str,
        /// The names of the first dataset.
        here: Vec<String>,
        /// Those of the other.
        there: Vec<String>,
    },
    /// Samples or targets of other shapes.
    #[error(
        "{} of shape {}, and those of the other dataset are of shape {}",
        named(what, name),
        shape_text(here),
        shape_text(there)
    )]
    Shapes {
        /// `inputs` or `targets`.
        what: &'static str,
        /// Their name, empty where there is none.
        name: String,
        /// The shape of one in the first dataset.
        here: Vec<usize>,
        /// The shape in the other.
        there: Vec<usize>,
    },
    /// Samples or targets that are stored as other things.
    #[error("{} {here}, and those of the other dataset are {there}; make both alike", named(what, name))]
    Kinds {
        /// `inputs` or `targets`.
        what: &'static str,
        /// Their name, empty where there is none.
        name: String,
        /// What they are in the first dataset.
        here: &'static str,
        /// What they are in the other.
        there: &'static str,
    },
    /// A part of which each sample has weight 0.
    #[error(
        "every weight of the {part} is 0, so it teaches and measures nothing; choose other samples or another seed"
    )]
    NoWeight {
        /// `selection`, `train part`, `test part` or `validation part`.
        part: &'static str,
    },
    /// Only one of two datasets has weights.
    #[error("only the {which} dataset has weights; give both weights, or none")]
    Weights {
        /// `first` or `other`.
        which: &'static str,
    },
}

/// The beginning of a sentence about inputs or targets.
fn named(what: &str, name: &str) -> String {
    if name.is_empty() { format!("the {what} are") } else { format!("the {what} {name:?} are") }
}

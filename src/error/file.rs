//! What can be wrong with a file of arrays.

use std::path::Path;

use super::Error;

/// What can be wrong with a file of arrays; [`Error::File`] says in which file.
///
/// ```
/// use wgrad::ndarray::array;
/// use wgrad::{FileFault, TensorFile};
///
/// let file = TensorFile::new().with_reals("weight", array![[1.0, 2.0]].view());
/// match file.reals("bias") {
///     Err(FileFault::NoArray { known, .. }) => assert_eq!(known, ["weight"]),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileFault {
    /// A file that the system does not give.
    #[error("cannot be read: {source}")]
    Read {
        /// The system's reason.
        source: std::io::Error,
    },
    /// Bytes that are no safetensors file, or not all of one.
    #[error("is no whole safetensors file: {why}")]
    Format {
        /// What is wrong.
        why: String,
    },
    /// A header that is longer than any model needs.
    #[error(
        "begins with a header of {bytes} bytes, and {most} is the most that is read; is it a safetensors file?"
    )]
    Header {
        /// The header's length.
        bytes: u64,
        /// The longest that is read.
        most: u64,
    },
    /// An array that is not there.
    #[error("has no array {name:?}; it has {}", known.join(", "))]
    NoArray {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// An array of another shape than is wanted.
    #[error("has {name:?} of shape {found:?}, and {wanted:?} is wanted; the file was changed")]
    Shape {
        /// The array.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// What it should be.
        wanted: Vec<usize>,
    },
    /// Numbers of a kind that cannot be taken exactly.
    #[error("has {found} numbers in {name:?}, and {wanted} are wanted; convert them first")]
    Kind {
        /// The array.
        name: String,
        /// What they are.
        found: String,
        /// What they should be.
        wanted: String,
    },
    /// A number that half precision does not hold.
    #[error("would have {value} in {name:?}, and 65504 is the most that F16 holds; save it as F32")]
    Range {
        /// The array.
        name: String,
        /// The number.
        value: f32,
    },
    /// A file without a description by this crate.
    #[error(
        "does not say what model it is of; build the model in code, and load the weights with `load_weights`"
    )]
    Undescribed,
    /// A description that cannot be followed.
    #[error("describes itself in a way that cannot be followed: {why}")]
    Description {
        /// What is wrong.
        why: String,
    },
    /// Arrays that are not those of a model.
    #[error("does not have the model's weights: {}", list(missing, extra, misshaped))]
    Weights {
        /// Parameters without an array.
        missing: Vec<String>,
        /// Arrays without a parameter.
        extra: Vec<String>,
        /// Parameters whose array has another shape: name, the parameter's shape, the array's.
        misshaped: Vec<(String, Vec<usize>, Vec<usize>)>,
    },
    /// Bytes that are no ONNX file, or not all of one, or one of a kind that is not read.
    #[error("is no ONNX file that can be read: {why}")]
    Onnx {
        /// What is wrong.
        why: String,
    },
    /// A node of an ONNX file that no layer of this crate does.
    #[error("has the node {name:?}, number {place} from 0, of the operator {operator}, which {why}")]
    OnnxNode {
        /// Its place in the file's list of nodes.
        place: usize,
        /// Its name there.
        name: String,
        /// What it does.
        operator: String,
        /// What is not read, and what to do about it.
        why: String,
    },
    /// A model, but no training to go on with.
    #[error("holds a model and no training; begin one with its weights, or resume from a checkpoint")]
    NoTraining,
    /// A training that is not this one.
    #[error(
        "is of another training: {what} is {there} in the file, and {here} here; set it alike, or begin anew"
    )]
    Differs {
        /// What differs.
        what: String,
        /// Its value in the file.
        there: String,
        /// Its value in this training.
        here: String,
    },
}

impl FileFault {
    /// The error that also names the file.
    pub(crate) fn of(self, path: &Path) -> Error {
        Error::File { path: path.to_path_buf(), fault: self }
    }

    pub(crate) fn format(error: impl std::fmt::Display) -> Self {
        Self::Format { why: error.to_string() }
    }
}

/// What does not fit, in words.
pub(crate) fn list(
    missing: &[String],
    extra: &[String],
    misshaped: &[(String, Vec<usize>, Vec<usize>)],
) -> String {
    let missing = missing.iter().map(|name| format!("{name} is missing"));
    let extra = extra.iter().map(|name| format!("{name} is none of its parameters"));
    let misshaped = misshaped
        .iter()
        .map(|(name, wanted, found)| format!("{name} is {found:?} in the file and {wanted:?} in the model"));
    missing.chain(extra).chain(misshaped).collect::<Vec<_>>().join("; ")
}

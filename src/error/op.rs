//! What is wrong with an op.

/// Why an op cannot run on the tensors that it has, or with its settings.
///
/// ```
/// use wgrad::ops::AddTo;
/// use wgrad::{Error, Op, Recorder};
///
/// let mut tape = Recorder::new("sum", 2);
/// let [sum, part] = [("sum", 3), ("part", 4)].map(|(name, cols)| tape.batched(name, cols));
/// let error = Op::check(&AddTo { sum, part }).unwrap_err();
/// assert!(error.why.contains("2×3"));
/// tape.push(AddTo { sum, part });
/// assert!(matches!(tape.finish(), Err(Error::Program { why, .. }) if why == error.why));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
#[non_exhaustive]
pub struct OpError {
    /// A sentence with the shapes or settings in it.
    pub why: String,
}

impl OpError {
    /// With this sentence, which follows the op's name: `needs one column, and has 3`.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into() }
    }
}

impl From<String> for OpError {
    fn from(why: String) -> Self {
        Self { why }
    }
}

impl From<&str> for OpError {
    fn from(why: &str) -> Self {
        Self::new(why)
    }
}

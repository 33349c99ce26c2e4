//! What can go wrong, with the numbers and what to do about it.

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // === Programs ===
    /// A step of a program whose tensors do not fit together.
    #[error("step {step}, {op}: {why}")]
    Program {
        /// The step's number.
        step: usize,
        /// The op's name.
        op: String,
        /// What does not fit.
        why: String,
    },

    // === Backends ===
    /// Values that do not fit a tensor, or a tensor that the backend does not know.
    #[error("cannot move values to or from the device: {why}")]
    Transfer {
        /// What does not fit.
        why: String,
    },
    /// A batch that the program was not made for.
    #[error("a batch of {rows} samples; this program takes 1 to {capacity}")]
    BatchSize {
        /// The batch's samples.
        rows: usize,
        /// The most that the program takes.
        capacity: usize,
    },
}

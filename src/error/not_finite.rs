//! Where a number came up that is not finite.

/// Where a number that is not finite came up first.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(1e30), 0)?;
/// use wgrad::Error;
/// use wgrad::error::NotFinite;
///
/// // The learning rate is much too large.
/// match model.fit(&data, Fit::new().epochs(9).batch(2)) {
///     Err(Error::NotFinite { cause: NotFinite::Step { op, place, .. }, .. }) => println!("{op}: {place}"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NotFinite {
    /// In a step of the training program, when the batches were run again on the CPU.
    #[error("step {step} ({op}) gives {value} in {place}; a smaller learning rate or clipping may help")]
    Step {
        /// The step's number.
        step: usize,
        /// The op's name.
        op: String,
        /// The parameter or the buffer, with row and column.
        place: String,
        /// The value.
        value: f32,
    },
    /// Somewhere in the batches since the last sound weights: they could not be run again to find the step.
    #[error(
        "{what}; the step that made it so is not known, as running the batches again failed: {why}; a smaller learning \
         rate or clipping may help"
    )]
    Unexplained {
        /// What was seen.
        what: String,
        /// Why the batches could not be run again: the error of a source, for example.
        why: String,
    },
    /// On the device, where the CPU's numbers are finite.
    #[error("{what}, and the CPU gets finite numbers from the same batches: try the backend `verify`")]
    Device {
        /// What was seen.
        what: String,
    },
    /// Gradients of halves that overflow at the smallest loss scale.
    #[error(
        "gradients overflow 16 bits even at a loss scale of {scale}; train in f32, or with a smaller learning rate"
    )]
    LossScale {
        /// The scale.
        scale: f32,
    },
    /// Before the first batch.
    #[error("{what} before the first batch; give the model finite weights")]
    Start {
        /// What was seen.
        what: String,
    },
}

//! What a predictor cannot answer.

/// Why a predictor cannot be made, or does not answer.
///
/// ```
/// use wgrad::backend::Cpu;
/// use wgrad::error::ServeError;
/// use wgrad::layers::Dense;
/// use wgrad::{Error, Optimizer, Sequential, losses};
///
/// let net = Sequential::new([2]).add(Dense::new(1));
/// let model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// let predictor = model.into_predictor(8)?;
/// match predictor.predict_into(&[1.0, 2.0, 3.0], &mut [0.0; 2]) {
///     Err(Error::Serve(ServeError::Inputs { numbers: 3, width: 2 })) => {}
///     other => panic!("{other:?}"), // three numbers make no rows of two
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// A backend that makes no further one like itself.
    #[error(
        "the backend {backend} makes no further one like itself, which a frozen copy of a model runs on; use \
         Model::into_predictor, or Predictor::load with a backend of its own"
    )]
    NoFurther {
        /// The backend's name.
        backend: &'static str,
    },
    /// A predictor for a number of rows that it cannot be made for.
    #[error("a predictor for {rows} rows at once; give a number from 1 to {}", u32::MAX)]
    MaxRows {
        /// The rows.
        rows: usize,
    },
    /// Numbers that are no rows of a model's input.
    #[error(
        "{numbers} numbers were given, and a row of the model's input has {width}; give one or more whole rows"
    )]
    Inputs {
        /// The numbers that were given.
        numbers: usize,
        /// Those of a row.
        width: usize,
    },
    /// Room for more or fewer numbers than a model gives for some rows.
    #[error("there is room for {found} numbers, and the model gives {width} for each of {rows} rows")]
    Outputs {
        /// The rows that were given.
        rows: usize,
        /// The numbers that the model gives for each.
        width: usize,
        /// The numbers that there is room for.
        found: usize,
    },
    /// A thread that ran a backend for several callers, and panicked.
    #[error(
        "the thread that ran the backend {backend} has panicked, so this predictor answers no more; make another one, and \
         report the panic to the backend's maker"
    )]
    Stopped {
        /// The backend's name.
        backend: &'static str,
    },
}

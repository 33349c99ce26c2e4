//! Where a step of a program went wrong.

/// An element that a step of a program has written.
///
/// ```
/// use wgrad::backend::{Backend, Cpu, Values, Verify};
/// use wgrad::ops::{Elementary, Function};
/// use wgrad::program::Batch;
/// use wgrad::{Error, Recorder};
///
/// let mut tape = Recorder::new("logarithm", 1);
/// let [x, y] = ["x", "y"].map(|name| tape.batched(name, 2));
/// tape.push(Elementary { function: Function::Log, x, y });
/// let mut verify = Verify::new(Cpu::<f32>::new()?)?;
/// let id = verify.compile(&tape.finish()?)?;
/// verify.write(x, Values::Real(&[1.0, -1.0]))?;
/// match verify.run(id, &[Batch::of(1)]) {
///     Err(Error::StepNotFinite { place, .. }) => assert_eq!((place.buffer.as_str(), place.col), ("y", 1)),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The program's name.
    pub program: String,
    /// The epoch, the first being 1, in training.
    pub epoch: Option<usize>,
    /// The batch's number in the epoch, or in the run of a program, the first being 0.
    pub batch: usize,
    /// The step's number.
    pub step: usize,
    /// The op's name.
    pub op: String,
    /// The buffer's name.
    pub buffer: String,
    /// The element's row.
    pub row: usize,
    /// Its column.
    pub col: usize,
}

/// `train, epoch 2, batch 3, step 7 (dense): relu_1[4, 0]`.
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { program, epoch, batch, step, op, buffer, row, col } = self;
        let epoch = epoch.map_or(String::new(), |epoch| format!(" epoch {epoch},"));
        write!(f, "{program},{epoch} batch {batch}, step {step} ({op}): {buffer}[{row}, {col}]")
    }
}

//! What can go wrong, with the numbers and what to do about it. The errors of other modules stand here too, so that these import
//! nothing of what stands above them.

mod context;
#[cfg(feature = "csv")]
pub(crate) mod csv;
#[cfg(feature = "mnist")]
pub(crate) mod data;
mod dataset;
#[cfg(feature = "mnist")]
pub(crate) mod download;
pub(crate) mod file;
pub(crate) mod gpu;
#[cfg(feature = "images")]
pub(crate) mod image;
mod layer;
pub(crate) mod metrics;
mod not_finite;
#[cfg(feature = "npy")]
pub(crate) mod npy;
mod op;
mod place;
#[cfg(feature = "report")]
pub(crate) mod report;
mod scaling;
mod serve;
pub(crate) mod source;
#[cfg(feature = "svm")]
pub(crate) mod svm;
#[cfg(feature = "svm")]
pub(crate) mod svm_warning;
mod words;

use std::sync::Arc;

pub use dataset::DatasetError;
pub use layer::LayerError;
pub use not_finite::NotFinite;
pub use op::OpError;
pub use place::Place;
pub use scaling::ScalingError;
pub use serve::ServeError;
#[cfg(feature = "npy")]
use words::array_text;
use words::saved;
pub(crate) use words::shape_text;

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong.
///
/// ```
/// use wgrad::{Error, Samples};
///
/// match Samples::rows([1.0, 2.0, 3.0], 2) {
///     Err(Error::Samples { why }) => println!("{why}"),
///     other => panic!("{other:?}"), // three numbers make no rows of two
/// }
/// ```
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

    /// A program to be cut whose exchange points are gone.
    #[error(
        "{program} is not cut into segments: a pass has joined its steps, and its exchange points are gone; cut the program that \
         Recorder::finish gives, before any pass"
    )]
    Joined {
        /// The program's name.
        program: String,
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
    /// A share of a batch with more samples than the batch.
    #[error("a share of {rows} samples of a batch of {global}; Batch::of sets both numbers")]
    GlobalBatch {
        /// The share's samples.
        rows: usize,
        /// The batch's.
        global: usize,
    },
    /// A batch at a place that the program's tables do not have.
    #[error("a batch of {rows} samples from place {first} on; this program has places for {places}")]
    BatchPlace {
        /// Its first sample's place.
        first: usize,
        /// The batch's samples.
        rows: usize,
        /// The places that there are.
        places: usize,
    },
    /// A program that another backend compiled.
    #[error("this backend has not compiled that program; use the id that its own compile returned")]
    UnknownProgram,
    /// Memory that the system does not give the CPU backend.
    #[error(
        "there is no memory for the {bytes} bytes of buffer {buffer}; use smaller batches, layers or datasets"
    )]
    Memory {
        /// The buffer's name.
        buffer: String,
        /// What it takes.
        bytes: usize,
    },
    /// Threads that the system does not start.
    #[error("cannot start {threads} threads: {why}")]
    Threads {
        /// Threads asked for.
        threads: usize,
        /// The system's reason.
        why: String,
    },

    /// A step whose results on the device and on the CPU differ by more than rounding explains.
    #[error(
        "{place} is {device} on the device and {cpu} on the CPU, and {allowed:e} apart is what rounding explains; the \
         driver or the op's kernel is wrong: update the driver, choose another adapter, or use the CPU backend"
    )]
    Mismatch {
        /// The first element that differs.
        place: Box<Place>,
        /// Its value on the device.
        device: f32,
        /// Its value on the CPU.
        cpu: f32,
        /// How far they may be apart.
        allowed: f32,
    },
    /// A step that gives infinity or not-a-number: training that diverges, or an op that overflows.
    #[error(
        "{place} is {cpu} on the CPU and {device} on the device; in training, a smaller learning rate or clipping may \
         help"
    )]
    StepNotFinite {
        /// The first element that is not finite on the CPU.
        place: Box<Place>,
        /// Its value on the device.
        device: f32,
        /// Its value on the CPU.
        cpu: f32,
    },
    /// The graphics processor: no adapter, a limit, a kernel, a lost device.
    #[error(transparent)]
    Gpu(#[from] gpu::GpuError),
    /// What a predictor cannot answer, or a model that cannot become one.
    #[error(transparent)]
    Serve(#[from] serve::ServeError),
    /// The error of a batch in which several callers' rows were: each of them gets it.
    #[error(transparent)]
    Shared(Arc<Error>),

    // === Models ===
    /// A layer that cannot take what comes to it.
    #[error("layer {layer} gets samples of shape {}: {why}", shape_text(input))]
    LayerShape {
        /// The layer's name.
        layer: String,
        /// The shape that comes to it.
        input: Vec<usize>,
        /// Why it cannot take that.
        why: String,
    },
    /// A layer's name that is wrong.
    #[error("{name:?} {why}")]
    LayerName {
        /// The name.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// A model for samples without a number.
    #[error("a model for samples of shape {shape:?}, which hold no number; give every dimension at least 1")]
    EmptyInput {
        /// The shape.
        shape: Vec<usize>,
    },
    /// More numbers than a device can count.
    #[error("{what} would hold more than {} numbers; use smaller layers", u32::MAX)]
    TooLarge {
        /// The tensor.
        what: String,
    },
    /// Parameters of a shape that is not the layer's.
    #[error("parameter {name} is {}×{}, and {}×{} values were given", expected[0], expected[1], found[0], found[1])]
    ParameterShape {
        /// The parameter's name.
        name: String,
        /// Its shape.
        expected: [usize; 2],
        /// The shape that was given.
        found: [usize; 2],
    },
    /// More or fewer numbers than a parameter has.
    #[error("parameter {name} is {}×{}, and {found} values were given", expected[0], expected[1])]
    ParameterLength {
        /// The parameter's name.
        name: String,
        /// Its shape.
        expected: [usize; 2],
        /// How many numbers were given.
        found: usize,
    },
    /// A parameter that is not there.
    #[error("there is no parameter {name:?}; there are {}", known.join(", "))]
    ParameterName {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },

    // === Data ===
    /// Images that cannot be loaded.
    #[cfg(feature = "mnist")]
    #[error(transparent)]
    Data(#[from] data::DataError),
    /// A dataset that is larger than a buffer of the device may be.
    #[error(
        "the {array} of {samples} samples take {bytes} bytes, and a buffer of the device holds {limit}, which is {most} \
         samples; read them as a Source with a `Streamed::window` of at most so many, keep images as bytes with Samples::images, or use the CPU backend"
    )]
    DatasetSize {
        /// `inputs`, `targets` or another array with a row for each sample.
        array: &'static str,
        /// The dataset's samples.
        samples: usize,
        /// What they take.
        bytes: u64,
        /// What the device offers.
        limit: u64,
        /// Samples that fit.
        most: usize,
    },
    /// Samples that make no dataset.
    #[error("{why}")]
    Samples {
        /// What is wrong.
        why: String,
    },
    /// A dataset that cannot be split, selected from or joined.
    #[error(transparent)]
    Dataset(#[from] dataset::DatasetError),
    /// Numbers that features cannot be scaled with, or samples with other features.
    #[error(transparent)]
    Scaling(#[from] ScalingError),
    /// A fault of this crate's own.
    #[error("{what}; this is a fault of wgrad's own, please report it")]
    Bug {
        /// What was found.
        what: String,
    },
    /// A function that waits for a device, in a browser, where nothing may.
    #[error("the device answers later, and a page must not wait for it; use {instead} instead")]
    WouldBlock {
        /// What does it without waiting.
        instead: &'static str,
    },
    /// A graph that has not what is asked for: an input, one output.
    #[error("{why}")]
    Graph {
        /// What it has, and what to do.
        why: String,
    },
    /// Inputs or targets of other names than the model's.
    #[error("the model's {what} are {}, and these are {}", expected.join(", "), found.join(", "))]
    Names {
        /// `inputs` or `targets`.
        what: &'static str,
        /// The names that the model needs.
        expected: Vec<String>,
        /// The names that were given.
        found: Vec<String>,
    },
    /// Samples of another shape than the model's.
    #[error(
        "the model's first layer, {layer}, is for samples of shape {}, and these are of {}",
        shape_text(expected),
        shape_text(found)
    )]
    InputShape {
        /// The first layer's name.
        layer: String,
        /// The shape that the model is for.
        expected: Vec<usize>,
        /// The samples' shape.
        found: Vec<usize>,
    },
    /// Integers where a model takes other numbers, or other numbers where it takes integers.
    #[error(
        "the first layer, {layer}, takes {}, and the samples are {}",
        if *expected { "integers" } else { "numbers" },
        if *expected { "other numbers; make them with Samples::integers" } else { "integers; make them with Samples::rows" }
    )]
    InputIntegers {
        /// The first layer's name.
        layer: String,
        /// Whether the model takes integers.
        expected: bool,
    },
    /// An integer that has no row in a layer's table.
    #[error(
        "sample {sample}, column {column} is {value}, and the table of layer {layer} has {rows} rows; integers are 0..{rows}"
    )]
    Index {
        /// The layer's name.
        layer: String,
        /// Rows of its table.
        rows: usize,
        /// The sample, counted from 0.
        sample: usize,
        /// Its place in the sample.
        column: usize,
        /// The integer.
        value: u32,
    },
    /// A last layer that does not give what the loss takes.
    #[error("the loss does not go with the last layer, {layer}: {why}")]
    LastLayer {
        /// The layer's name.
        layer: String,
        /// What the loss takes, what it gets, and what to change.
        why: String,
    },
    /// Targets that the loss cannot compare the model's output with.
    #[error("the targets do not go with the model: {why}")]
    Targets {
        /// What does not fit.
        why: String,
    },

    // === Training ===
    /// A setting that cannot train.
    #[error("cannot train: {why}")]
    Setting {
        /// The setting, its value and what it may be.
        why: String,
    },
    /// A loss or a weight that is not finite, in training.
    #[error("epoch {epoch}, batch {batch}: {cause}")]
    NotFinite {
        /// The epoch, the first being 1.
        epoch: usize,
        /// The batch, the first being 0.
        batch: usize,
        /// What it came from.
        cause: NotFinite,
    },
    /// A loss that is not finite, in evaluation.
    #[error("evaluation, batch {batch}: the loss is {loss}; look at the model's weights and at the data")]
    Loss {
        /// The batch, the first being 0.
        batch: usize,
        /// The loss.
        loss: f32,
    },
    /// A training that was told to end.
    #[error("interrupted in epoch {epoch}, after {batches} of its batches{}", saved(checkpoint.as_deref()))]
    Interrupted {
        /// The epoch under way, the first being 1.
        epoch: usize,
        /// Batches of it that were run.
        batches: usize,
        /// The checkpoint to resume from.
        checkpoint: Option<std::path::PathBuf>,
    },
    /// Samples of a source that cannot be had.
    #[error(
        "samples {}..{} of {}: {fault}{}", samples.start, samples.end, during.source(), during.advice(checkpoint.as_deref())
    )]
    Source {
        /// The samples.
        samples: std::ops::Range<usize>,
        /// What is wrong.
        fault: source::SourceFault,
        /// What they were read for.
        during: source::Reading,
        /// The checkpoint to resume from.
        checkpoint: Option<std::path::PathBuf>,
    },
    /// A support vector machine that cannot be fitted or asked.
    #[cfg(feature = "svm")]
    #[error(transparent)]
    Svm(#[from] svm::SvmError),
    /// Predictions that cannot be judged.
    #[error(transparent)]
    Metrics(#[from] metrics::MetricsError),
    /// A metric of a model that cannot judge its predictions.
    #[error("the metric {metric}: {fault}")]
    Metric {
        /// The metric's name.
        metric: String,
        /// Why it cannot.
        #[source]
        fault: metrics::MetricsError,
    },
    /// An output that says no class.
    #[error("the output {output} gives no classes: {why}")]
    NoClasses {
        /// The output's name.
        output: String,
        /// What it gives, and what to do.
        why: String,
    },
    /// A picture that cannot be drawn or written.
    #[cfg(feature = "report")]
    #[error(transparent)]
    Report(#[from] report::ReportError),
    /// A CSV file that is not what it should be.
    #[cfg(feature = "csv")]
    #[error("{} {fault}", path.display())]
    Csv {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong.
        #[source]
        fault: csv::CsvFault,
    },
    /// A folder of images, or a file in it, that is not what it should be.
    #[cfg(feature = "images")]
    #[error("{} {fault}", path.display())]
    Image {
        /// The folder or file.
        path: std::path::PathBuf,
        /// What is wrong.
        #[source]
        fault: image::ImageFault,
    },
    /// A file of NumPy's that is not what it should be.
    #[cfg(feature = "npy")]
    #[error("{}{} {fault}", path.display(), array_text(array.as_deref()))]
    Npy {
        /// The file.
        path: std::path::PathBuf,
        /// The array in an archive.
        array: Option<String>,
        /// What is wrong.
        #[source]
        fault: npy::NpyFault,
    },
    /// A file that cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: std::path::PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Standard output that takes no more: a pipe that was closed, or a full disk.
    #[error("cannot write to standard output: {source}")]
    Output {
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file of arrays that is not what it should be.
    #[error("{} {fault}", path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        #[source]
        fault: file::FileFault,
    },
}

/// The error of rows that are not of the width that they were made with.
pub(crate) fn misshaped(error: ndarray::ShapeError) -> Error {
    Error::Bug { what: format!("rows of another width than their tensor's: {error}") }
}

//! Predictions for many threads at once: a model's weights, frozen, and what is compiled to apply them.

mod make;
mod record;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use ndarray::Array2;

use crate::backend::{BackendInfo, Queue, Server, Values};
use crate::error::{Error, Result, ServeError, misshaped};
use crate::train::dataset::Samples;
use crate::train::inputs::{Accepted, Inputs};
use crate::train::samples::finite;

/// What a model predicts, for many threads at once: compiled once, with the weights once in memory. Clones are handles of one
/// predictor.
///
/// [`Model::into_predictor`](super::Model::into_predictor), [`Model::predictor`](super::Model::predictor) and [`Predictor::load`]
/// make it. On the CPU each caller computes on its own thread. On any other backend, callers that come at the same time are one
/// batch: their rows wait for each other as long as [`gather`](Predictor::gather) says.
///
/// ```
/// use wgrad::backend::Cpu;
/// use wgrad::layers::{Dense, Relu};
/// use wgrad::{Error, Optimizer, Sequential, losses};
///
/// let net = Sequential::new([2]).add(Dense::new(16)).add(Relu).add(Dense::new(3));
/// let model = net.compile(Cpu::<f32>::new()?, losses::SoftmaxCrossEntropy::new(), Optimizer::adam(0.01), 0)?;
/// let predictor = model.into_predictor(32)?; // after training
/// predictor.warm_up()?;
/// let threads = [0.0, 1.0].map(|x| {
///     let predictor = predictor.clone();
///     std::thread::spawn(move || {
///         let mut scores = [0.0; 3];
///         predictor.predict_into(&[x, 0.5], &mut scores)?;
///         Ok::<_, Error>(scores)
///     })
/// });
/// for thread in threads {
///     println!("{:?}", thread.join().expect("no panic")?);
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Predictor {
    shared: Arc<Shared>,
}

struct Shared {
    info: BackendInfo,
    max_rows: usize,
    inputs: Inputs,
    outputs: Vec<Output>,
    engine: Engine,
}

/// What a net gives.
struct Output {
    name: String,
    width: usize,
}

/// How callers are answered.
enum Engine {
    /// Each on its own thread.
    Threads(Box<dyn Server>),
    /// In batches, by a backend on a thread of its own.
    Queue(Queue),
}

impl Engine {
    fn server(&self) -> &dyn Server {
        match self {
            Engine::Threads(server) => &**server,
            Engine::Queue(queue) => queue,
        }
    }
}

impl Predictor {
    /// What it runs on.
    pub fn backend_info(&self) -> &BackendInfo {
        &self.shared.info
    }

    /// The most rows that are computed together.
    pub fn max_rows(&self) -> usize {
        self.shared.max_rows
    }

    /// Sets how long the first rows of a batch wait for those of other callers, for all clones; 50 µs if it is not called. A
    /// batch that is full does not wait. On the CPU, where nobody waits, it changes nothing.
    ///
    /// ```
    /// # use wgrad::backend::Reference;
    /// # use wgrad::layers::Dense;
    /// # use wgrad::{Optimizer, Sequential, losses};
    /// # let net = Sequential::new([1]).add(Dense::new(1));
    /// # let model = net.compile(Reference::<f32>::new(), losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
    /// use std::time::Duration;
    ///
    /// let predictor = model.into_predictor(256)?.gather(Duration::from_millis(2)); // many callers, and a slow device
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    #[must_use]
    pub fn gather(self, limit: Duration) -> Self {
        if let Engine::Queue(queue) = &self.shared.engine {
            queue.gather(limit);
        }
        self
    }

    /// Predicts rows of zeros, one and as many as are computed together, and makes memory ready for a caller on each processor: so
    /// that the first request waits for nothing of that.
    ///
    /// # Errors
    /// Memory that the system does not give; a lost device.
    pub fn warm_up(&self) -> Result<()> {
        let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get());
        self.shared.engine.server().make_ready(threads)?;
        for rows in [1, self.max_rows()] {
            let mut inputs = Vec::new();
            for input in &self.shared.inputs.needed {
                inputs.push(zeros(input, rows)?);
            }
            self.outputs(&inputs.iter().collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// Writes the outputs of some rows, one row after the other; more than [`max_rows`](Predictor::max_rows) go in several parts. On
    /// the CPU it asks for no memory, once as many threads have called it at the same time before.
    ///
    /// The numbers are those of [`Model::predict`](super::Model::predict) except for rounding, as the sums of a product may have
    /// another order in batches of another size.
    ///
    /// # Shapes
    /// `rows`: any number of rows × the numbers of a sample. `out`: as many rows × the outputs.
    ///
    /// # Errors
    /// Numbers that are no whole rows, or are not finite; room for another number of outputs; a model of several inputs or outputs,
    /// which [`predict_named`](Predictor::predict_named) is for, or of integers, which [`predict`](Predictor::predict) takes; a lost
    /// device.
    pub fn predict_into(&self, rows: &[f32], out: &mut [f32]) -> Result<()> {
        let (input, output) = self.only()?;
        input.check_integers(false)?;
        let (width, count) = (input.width(), rows.len() / input.width());
        if rows.is_empty() || !rows.len().is_multiple_of(width) {
            return Err(ServeError::Inputs { numbers: rows.len(), width }.into());
        }
        if out.len() != count * output.width {
            let found = out.len();
            return Err(ServeError::Outputs { rows: count, width: output.width, found }.into());
        }
        if !all_finite(rows) {
            finite(rows.iter().copied(), &input.shape)?;
        }
        let parts = rows.chunks(self.max_rows() * width).zip(out.chunks_mut(self.max_rows() * output.width));
        for (rows, out) in parts {
            let count = rows.len() / width;
            self.shared.engine.server().serve(count, &[Values::Real(rows)], &mut [out])?;
        }
        Ok(())
    }

    /// The outputs for some samples, samples × outputs.
    ///
    /// ```
    /// # use wgrad::backend::Cpu;
    /// # use wgrad::layers::Dense;
    /// # use wgrad::{Optimizer, Sequential, losses};
    /// # let net = Sequential::new([4]).add(Dense::new(10));
    /// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
    /// use wgrad::Samples;
    ///
    /// let predictor = model.predictor(32)?;
    /// let images = Samples::images(vec![0, 255, 128, 64], [2, 2])?;
    /// assert_eq!(predictor.predict(&images)?, model.predict(&images)?);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// Samples that do not fit the model; a model of several inputs or outputs, which
    /// [`predict_named`](Predictor::predict_named) is for; a lost device.
    pub fn predict(&self, samples: &Samples) -> Result<Array2<f32>> {
        self.only()?;
        let outputs = self.outputs(&self.shared.inputs.check(&[("", samples)])?)?.pop();
        outputs.ok_or_else(|| Error::Bug { what: "a prediction without an output".into() })
    }

    /// All outputs of a model of several inputs or outputs, each with its name, samples × its numbers.
    ///
    /// # Errors
    /// Samples that are missing, are for no input, or do not fit it; a lost device.
    pub fn predict_named(&self, samples: &[(&str, &Samples)]) -> Result<BTreeMap<String, Array2<f32>>> {
        let outputs = self.outputs(&self.shared.inputs.check(samples)?)?;
        let names = self.shared.outputs.iter().map(|output| output.name.clone());
        Ok(names.zip(outputs).collect())
    }

    /// The only input and the only output.
    fn only(&self) -> Result<(&Accepted, &Output)> {
        let Shared { inputs, outputs, .. } = &*self.shared;
        match (&inputs.needed[..], &outputs[..]) {
            ([input], [output]) if inputs.names.len() == 1 => Ok((input, output)),
            _ => {
                let (inputs, outputs) = (inputs.names.join(", "), output_names(outputs));
                let why = format!(
                    "the net has the inputs {inputs} and the outputs {outputs}; predict_named takes and gives them by name"
                );
                Err(Error::Graph { why })
            }
        }
    }

    /// The outputs for samples that were checked, of each needed input.
    fn outputs(&self, samples: &[&Samples]) -> Result<Vec<Array2<f32>>> {
        let Shared { outputs, max_rows, .. } = &*self.shared;
        let count = samples.first().map_or(0, |samples| samples.len());
        let mut found: Vec<_> = outputs.iter().map(|output| vec![0.0; count * output.width]).collect();
        for start in (0..count).step_by(*max_rows) {
            let range = start..count.min(start + max_rows);
            let mut rooms = Vec::new();
            for (found, output) in found.iter_mut().zip(outputs) {
                rooms.push(&mut found[range.start * output.width..range.end * output.width]);
            }
            self.serve(samples, range, &mut rooms)?;
        }
        let shaped = found.into_iter().zip(outputs).map(|(numbers, output)| {
            Array2::from_shape_vec((count, output.width), numbers).map_err(misshaped)
        });
        shaped.collect()
    }

    fn serve(&self, samples: &[&Samples], range: Range<usize>, outputs: &mut [&mut [f32]]) -> Result<()> {
        let scaled: Vec<_> = samples.iter().map(|samples| samples.scaled_bytes(range.clone())).collect();
        let mut inputs = Vec::new();
        for (samples, scaled) in samples.iter().zip(&scaled) {
            inputs.push(
                scaled.as_ref().map_or_else(|| samples.values(range.clone()), |reals| Values::Real(reals)),
            );
        }
        self.shared.engine.server().serve(range.len(), &inputs, outputs)
    }
}

impl fmt::Debug for Predictor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { info, max_rows, inputs, outputs, .. } = &*self.shared;
        let (info, outputs) = (info.to_string(), output_names(outputs));
        let mut shown = f.debug_struct("Predictor");
        shown.field("backend", &info).field("max_rows", max_rows);
        shown.field("inputs", &inputs.names).field("outputs", &outputs).finish()
    }
}

fn output_names(outputs: &[Output]) -> String {
    outputs.iter().map(|output| output.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Samples of zeros for an input.
fn zeros(input: &Accepted, rows: usize) -> Result<Samples> {
    let numbers = rows * input.width();
    if input.integers {
        return Samples::integers(vec![0; numbers], input.shape.clone());
    }
    Samples::shaped(vec![0.0; numbers], input.shape.clone())
}

/// Whether all numbers are finite; without a branch for each, as every request asks it.
fn all_finite(numbers: &[f32]) -> bool {
    numbers.iter().fold(true, |all, number| all & number.is_finite())
}

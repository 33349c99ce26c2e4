//! The recorder: hands out tensors, appends steps, and walks the tape backwards for gradients.

pub(crate) mod add_to;
mod backward;
mod check;
pub(crate) mod convert;
mod halves;
pub(crate) mod seed;

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::ops::Range;

use crate::error::{Error, Result};
use crate::program::op::Op;
use crate::program::segments::Exchange;
use crate::program::tensor::{BufferId, Element, Extent, Tensor};
use crate::program::{BufferInfo, Buffers, Program, Step};

/// A tape of steps. The first fault found is kept and returned by [`Recorder::finish`].
///
/// ```
/// use wgrad::backend::{Backend, Cpu, Values};
/// use wgrad::ops::{Binary, Operation};
/// use wgrad::program::Batch;
/// use wgrad::Recorder;
///
/// // y = a · b, and the derivative of y by a, for batches of up to two samples of three numbers.
/// let mut tape = Recorder::new("product", 2);
/// let [a, b, y, dy] = ["a", "b", "y", "dy"].map(|name| tape.batched(name, 3));
/// tape.watch(a);
/// tape.push(Binary { operation: Operation::Product, a, b, y });
/// tape.backward_from(&[(y, dy)]);
/// let da = tape.gradient(a).expect("a is watched");
/// let program = tape.finish()?;
/// println!("{program}");
///
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&program)?;
/// for (tensor, value) in [(a, 2.0), (b, 5.0), (dy, 1.0)] {
///     cpu.write(tensor, Values::Real(&[value; 6]))?;
/// }
/// cpu.run(id, &[Batch::of(2)])?;
/// assert_eq!((cpu.read(y)?, cpu.read(da)?), (vec![10.0; 6], vec![5.0; 6]));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Debug)]
pub struct Recorder {
    name: String,
    capacity: usize,
    /// Of new batched tensors.
    rows_per_sample: NonZeroUsize,
    steps: Vec<Step>,
    exchanges: Vec<Exchange>,
    buffers: Buffers,
    /// Where the gradients of what lies in a part of a parameter arena go.
    arenas: HashMap<BufferId, (Range<usize>, BufferId)>,
    /// The copies of arenas in halves.
    copies: HashMap<BufferId, BufferId>,
    watched: HashSet<Extent>,
    /// What was watched by name: its gradient is read.
    asked: HashSet<Extent>,
    /// What somebody reads after a run.
    kept: HashSet<Extent>,
    /// The gradients of the values that they belong to, in the shape that was asked for first.
    gradients: HashMap<Extent, Tensor>,
    /// Gradients that the walk back begins with, and those of several tensors: no step of it writes to them.
    given: HashSet<Extent>,
    /// Whether the walk back has begun: what comes then needs no gradient.
    walked_back: bool,
    fault: Option<Error>,
}

impl Recorder {
    /// An empty tape for batches of up to `capacity` samples.
    pub fn new(name: impl Into<String>, capacity: usize) -> Self {
        Self {
            name: name.into(),
            capacity,
            rows_per_sample: NonZeroUsize::MIN,
            steps: Vec::new(),
            exchanges: Vec::new(),
            buffers: Buffers::new(),
            arenas: HashMap::new(),
            copies: HashMap::new(),
            watched: HashSet::new(),
            asked: HashSet::new(),
            kept: HashSet::new(),
            gradients: HashMap::new(),
            given: HashSet::new(),
            walked_back: false,
            fault: None,
        }
    }

    /// Makes buffers of another tape or program known here, so that both use the same storage.
    #[must_use]
    pub fn share(mut self, buffers: &Buffers) -> Self {
        self.buffers.extend(buffers.iter().map(|(id, info)| (*id, info.clone())));
        self
    }

    /// The most samples of a batch.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The buffers known so far.
    pub fn buffers(&self) -> &Buffers {
        &self.buffers
    }

    /// A new `rows × cols` tensor in a buffer of its own.
    pub fn tensor(&mut self, name: impl Into<String>, element: Element, rows: usize, cols: usize) -> Tensor {
        let buffer = BufferId::unique();
        let info =
            BufferInfo { name: name.into(), element, len: rows * cols, scratch: false, constant: None };
        self.buffers.insert(buffer, info);
        Tensor { buffer, element, start: 0, rows, cols, per_sample: None }
    }

    /// A tensor of `rows` rows that holds these values for good: a table, the weights of classes.
    ///
    /// ```
    /// use wgrad::Recorder;
    /// use wgrad::backend::{Backend, Cpu, Values};
    /// use wgrad::ops::{Binary, Operation};
    /// use wgrad::program::Batch;
    ///
    /// let mut tape = Recorder::new("weights", 2);
    /// let [a, y] = ["a", "y"].map(|name| tape.batched(name, 2));
    /// let b = tape.constant("weights", 1, &[10.0, 0.5]);
    /// tape.push(Binary { operation: Operation::Product, a, b, y });
    /// let mut cpu = Cpu::<f32>::new()?;
    /// let id = cpu.compile(&tape.finish()?)?;
    /// cpu.write(a, Values::Real(&[1.0, 2.0, 3.0, 4.0]))?;
    /// cpu.run(id, &[Batch::of(2)])?;
    /// assert_eq!(cpu.read(y)?, [10.0, 1.0, 30.0, 2.0]);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    pub fn constant(&mut self, name: impl Into<String>, rows: usize, values: &[f32]) -> Tensor {
        let tensor = self.tensor(name, Element::Real, rows, values.len() / rows.max(1));
        if tensor.len() != values.len() || values.is_empty() {
            self.refuse("constant", format!("{} values do not fill {rows} rows", values.len()));
        } else if let Some(info) = self.buffers.get_mut(&tensor.buffer) {
            info.constant = Some(values.into());
        }
        tensor
    }

    /// Says that nobody reads the buffer of this tensor after a run: a backend may do without it.
    pub fn scratch(&mut self, tensor: Tensor) {
        if let Some(info) = self.buffers.get_mut(&tensor.buffer) {
            info.scratch = true;
        }
    }

    /// A new tensor with a row of `cols` reals for each sample of the batch.
    pub fn batched(&mut self, name: impl Into<String>, cols: usize) -> Tensor {
        self.batched_of(name, Element::Real, cols)
    }

    /// A new tensor with a row of `cols` elements for each sample of the batch.
    pub fn batched_of(&mut self, name: impl Into<String>, element: Element, cols: usize) -> Tensor {
        let rows = self.rows_per_sample;
        Tensor { per_sample: Some(rows), ..self.tensor(name, element, self.capacity * rows.get(), cols) }
    }

    /// With so many rows for each sample in new batched tensors, so that the cases of ops show what they do with them.
    pub(crate) fn with_rows_per_sample(self, rows: NonZeroUsize) -> Self {
        Self { rows_per_sample: rows, ..self }
    }

    /// Says that every tensor in `parameters` is trained, and its gradient goes to the same place in `gradients`.
    pub fn arena(&mut self, parameters: Tensor, gradients: Tensor) {
        let copy = self.copies.get(&parameters.buffer).copied();
        for buffer in [Some(parameters.buffer), copy].into_iter().flatten() {
            self.arenas.insert(buffer, (parameters.range(), gradients.buffer));
        }
    }

    /// Where the gradient of a parameter goes, if it is trained.
    fn gradients_of(&self, tensor: Tensor) -> Option<BufferId> {
        let (trained, gradients) = self.arenas.get(&tensor.buffer)?;
        (trained.start <= tensor.start && tensor.range().end <= trained.end).then_some(*gradients)
    }

    /// Asks for the gradient of a tensor that is no parameter.
    pub fn watch(&mut self, tensor: Tensor) {
        self.watched.insert(tensor.extent());
        self.asked.insert(tensor.extent());
        self.keep(tensor);
    }

    /// Says that somebody reads this tensor after a run, so that passes over the program leave it.
    pub fn keep(&mut self, tensor: Tensor) {
        self.kept.insert(tensor.extent());
    }

    /// Whether the gradient of this tensor was asked for, so that nothing else may take its place.
    pub(crate) fn is_asked(&self, tensor: Tensor) -> bool {
        self.asked.contains(&tensor.extent())
    }

    /// Whether a gradient of this tensor is wanted.
    pub fn wants(&self, tensor: Tensor) -> bool {
        self.watched.contains(&tensor.extent()) || self.gradients_of(tensor).is_some()
    }

    /// Appends a step.
    pub fn push(&mut self, op: impl Op) {
        self.push_step(Step::new(op));
    }

    pub(crate) fn push_step(&mut self, step: Step) {
        if let Err(why) = self.check(&step) {
            self.refuse(step.name(), why.to_string());
            return;
        }
        if step.inputs().any(|tensor| self.wants(tensor)) {
            self.watched.extend(step.outputs().map(|output| output.extent()));
        }
        self.steps.push(step);
    }

    /// Whether a derivative that is still to come may read these numbers.
    pub(crate) fn is_read_on_the_way_back(&self, tensor: Tensor) -> bool {
        if self.walked_back {
            return false;
        }
        let extent = tensor.extent();
        let reads = |step: &Step| step.inputs().any(|input| input.extent().overlaps(&extent));
        let derives = |step: &Step| step.outputs().any(|output| self.wants(output));
        self.wants(tensor) || self.steps.iter().any(|step| reads(step) && derives(step))
    }

    /// From here on this is the sum of what all ranks have in it.
    pub(crate) fn meet(&mut self, tensor: Tensor) {
        self.exchanges.push(Exchange { steps: self.steps.len(), tensor });
    }

    /// Keeps `op`'s fault for [`Recorder::finish`].
    pub fn refuse(&mut self, op: &str, why: impl Into<String>) {
        let step = self.steps.len();
        self.fault.get_or_insert(Error::Program { step, op: op.to_string(), why: why.into() });
    }

    /// The op that wrote a tensor last, if one did.
    pub(crate) fn writer(&self, tensor: Tensor) -> Option<&dyn Any> {
        let step = self
            .steps
            .iter()
            .rfind(|step| step.outputs().any(|output| output.extent() == tensor.extent()))?;
        Some(step.op().as_any())
    }

    /// A new tensor with the element and the shape of another.
    pub(crate) fn tensor_like(&mut self, name: impl Into<String>, tensor: Tensor) -> Tensor {
        let Tensor { element, rows, cols, per_sample, .. } = tensor;
        Tensor { per_sample, ..self.tensor(name, element, rows, cols) }
    }

    /// The recorded program, with the buffers that its steps use or ranks exchange.
    ///
    /// # Errors
    /// The first fault of a step: operands that do not fit, a buffer both read and written, no derivative.
    pub fn finish(mut self) -> Result<Program> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let mut used: HashSet<BufferId> =
            self.steps.iter().flat_map(|step| step.operands()).map(|(_, tensor)| tensor.buffer).collect();
        used.extend(self.exchanges.iter().map(|exchange| exchange.tensor.buffer));
        self.buffers.retain(|id, _| used.contains(id));
        // The gradients that were asked for are read as well.
        self.kept.extend(self.asked.iter().filter_map(|value| self.gradients.get(value)).map(Tensor::extent));
        let Self { name, steps, exchanges, buffers, capacity, kept, .. } = self;
        Ok(Program { name, steps, buffers, capacity, kept, exchanges: Some(exchanges) })
    }
}

fn rows_in_words(tensor: Tensor) -> String {
    let first = tensor.start / tensor.cols.max(1);
    format!("{first} to {}", first + tensor.rows)
}

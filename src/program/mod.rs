//! A program: a list of steps over tensors, said once, before any device is chosen.

#[doc(hidden)]
pub mod kernel;
#[doc(hidden)]
pub mod op;
mod passes;
pub(crate) mod pool;
pub(crate) mod real;
pub(crate) mod recorder;
mod rule;
mod segments;
pub(crate) mod tensor;
pub(crate) mod vectorised;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::program::kernel::{DeviceProfile, Kernel};
use crate::program::op::{AnyOp, Cost, Use};
use crate::program::segments::Exchange;
use crate::program::tensor::{BufferId, Element, Extent, Tensor};

pub use crate::program::segments::Segment;

/// The values that change from batch to batch; the WGSL side is `shaders/batch.wgsl`.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// use wgrad::Recorder;
/// use wgrad::ops::Seed;
/// use wgrad::program::Batch;
///
/// let mut tape = Recorder::new("batch", 4);
/// let [losses, gradient] = ["losses", "gradient"].map(|name| tape.batched(name, 1));
/// tape.push(Seed { of: losses, scale: None, gradient });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// // Half of a batch of 8 samples: the mean is that of all.
/// cpu.run(id, &[Batch { global_rows: 8, ..Batch::of(4) }])?;
/// assert_eq!(cpu.read(gradient)?, [0.125; 4]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Batch {
    /// Samples in this batch, at most the program's capacity.
    pub rows: u32,
    /// The place of its first sample in the index list.
    pub first: u32,
    /// Batches that a model was trained on before the epoch under way, which tells the random masks of epochs apart.
    pub epoch: u32,
    /// What random masks depend on, beside `epoch` and a sample's place.
    pub seed: u32,
    /// Learning rate.
    pub rate: f32,
    /// The optimizer's corrections for this step; see [`Rule::corrections`](crate::ops::optimizer::Rule::corrections).
    pub corrections: [f32; 3],
    /// Samples of the whole batch, of which this one may be a share; means of losses divide by it.
    pub global_rows: u32,
    /// The share of the way that averages of weights go towards them; see [`WeightAverage`](crate::ops::optimizer::WeightAverage).
    pub average: f32,
}

impl Batch {
    /// A whole batch of `rows` samples from the start of the index list, with no optimizer's values.
    pub fn of(rows: usize) -> Self {
        let rows = rows as u32;
        Self { rows, global_rows: rows, ..Self::default() }
    }

    /// The same with another learning rate.
    #[inline(always)]
    pub(crate) fn times_rate(self, factor: f32) -> Self {
        Self { rate: self.rate * factor, ..self }
    }
}

/// What a buffer is for and how large it is.
///
/// ```
/// # use wgrad::Recorder;
/// # use wgrad::ops::AddTo;
/// # let mut tape = Recorder::new("sum", 4);
/// # let [sum, part] = ["sum", "part"].map(|name| tape.batched(name, 3));
/// # tape.push(AddTo { sum, part });
/// # let program = tape.finish()?;
/// for info in program.buffers().values() {
///     println!("{}: {} elements, {} bytes", info.name, info.len, info.bytes());
/// }
/// assert_eq!(program.buffers().values().map(|info| info.bytes()).sum::<u64>(), 2 * 4 * 3 * 4);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BufferInfo {
    /// A dotted name, which is also its label on the GPU.
    pub name: String,
    /// What its elements are.
    pub element: Element,
    /// Elements.
    pub len: usize,
    /// Whether nobody reads it after a run, so that a backend may do without it: gradients on their way to an update.
    pub scratch: bool,
    /// What it holds for good, if it is a constant; others begin with zeros.
    pub constant: Option<Arc<[f32]>>,
}

impl BufferInfo {
    /// Bytes that it takes on a device that computes in `f32`.
    pub fn bytes(&self) -> u64 {
        self.element.bytes_of(self.len)
    }
}

/// The buffers that programs share.
pub type Buffers = BTreeMap<BufferId, BufferInfo>;

/// One op of a program.
///
/// ```
/// # use wgrad::Recorder;
/// # use wgrad::ops::AddTo;
/// # let mut tape = Recorder::new("sum", 4);
/// # let [sum, part] = ["sum", "part"].map(|name| tape.batched(name, 3));
/// # tape.push(AddTo { sum, part });
/// # let program = tape.finish()?;
/// let step = &program.steps()[0];
/// assert_eq!((step.name(), step.inputs().count()), ("add_to", 2)); // it reads the sum as well
/// assert!(step.outputs().eq([sum]));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Step {
    op: Arc<dyn AnyOp>,
    operands: Vec<(Use, Tensor)>,
    /// Kept, as every run asks for it.
    places: Option<usize>,
}

impl Step {
    pub(crate) fn new(op: impl AnyOp + 'static) -> Self {
        Self::of(Arc::new(op))
    }

    pub(crate) fn of(op: Arc<dyn AnyOp>) -> Self {
        let (operands, places) = (op.operands(), op.places());
        Self { op, operands, places }
    }

    /// The op.
    #[doc(hidden)]
    pub fn op(&self) -> &dyn AnyOp {
        &*self.op
    }

    /// The op's name.
    pub fn name(&self) -> &'static str {
        self.op.name()
    }

    /// Its tensors and their uses.
    pub fn operands(&self) -> &[(Use, Tensor)] {
        &self.operands
    }

    /// The places for samples that it has, if it finds a batch by its place.
    pub(crate) fn places(&self) -> Option<usize> {
        self.places
    }

    /// The tensors that it reads, changed ones among them.
    pub fn inputs(&self) -> impl Iterator<Item = Tensor> {
        self.operands.iter().filter(|(used, _)| *used != Use::Out).map(|(_, tensor)| *tensor)
    }

    /// The tensors that it writes.
    pub fn outputs(&self) -> impl Iterator<Item = Tensor> {
        self.operands.iter().filter(|(used, _)| *used != Use::In).map(|(_, tensor)| *tensor)
    }

    /// Its kernel for a device, which knows how many rows a sample has in the first batched operand.
    pub fn kernel(&self, device: &DeviceProfile) -> Kernel {
        let kernel = self.op.gpu(device);
        let rows =
            self.operands.iter().find_map(|(_, tensor)| tensor.per_sample).map_or(1, NonZeroUsize::get);
        if rows == 1 { kernel } else { kernel.size("PER_SAMPLE", rows) }
    }

    /// What it costs with full batches.
    pub fn cost(&self) -> Cost {
        Cost { flops: self.op.flops(), bytes: self.op.bytes() }
    }
}

/// A list of steps, the buffers that they use, and the most samples of a batch.
///
/// ```
/// use wgrad::Recorder;
/// use wgrad::ops::AddTo;
///
/// let mut tape = Recorder::new("sum", 4);
/// let [sum, part] = ["sum", "part"].map(|name| tape.batched(name, 3));
/// tape.push(AddTo { sum, part });
/// let program = tape.finish()?;
/// assert_eq!((program.name(), program.capacity(), program.steps().len()), ("sum", 4, 1));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) buffers: Buffers,
    pub(crate) capacity: usize,
    /// The tensors of the batch that somebody reads after a run: passes leave them.
    pub(crate) kept: HashSet<Extent>,
    /// Where ranks meet, in order; unknown once a pass has joined steps.
    pub(crate) exchanges: Option<Vec<Exchange>>,
}

impl Program {
    /// Its name: `train`, `evaluate`, `predict`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The buffers that its steps use or ranks exchange.
    pub fn buffers(&self) -> &Buffers {
        &self.buffers
    }

    /// The most samples of a batch.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// What one run with a full batch costs.
    pub fn cost(&self) -> Cost {
        self.steps.iter().map(Step::cost).fold(Cost::default(), Cost::and)
    }

    /// What a step reads and writes, with shapes.
    pub(crate) fn flow(&self, step: &Step) -> String {
        let list = |wanted: fn(Use) -> bool| {
            let matching = step.operands.iter().filter(|(used, _)| wanted(*used));
            let names = matching.map(|(_, tensor)| format!("{} {tensor}", self.buffers[&tensor.buffer].name));
            names.collect::<Vec<_>>().join(", ")
        };
        format!("{} → {}", list(|used| used == Use::In), list(|used| used != Use::In))
    }

    /// What ranks exchange after so many steps, in lines of the table.
    fn write_exchanges(&self, f: &mut fmt::Formatter<'_>, steps: usize) -> fmt::Result {
        for exchange in self.exchanges.iter().flatten() {
            if exchange.steps == steps {
                let tensor = exchange.tensor;
                writeln!(f, "{:>3}  {:<24} {} {tensor}", "", "exchange", self.buffers[&tensor.buffer].name)?;
            }
        }
        Ok(())
    }

    /// The steps one by one, each as a program of its own over the same buffers.
    pub fn single_steps(&self) -> impl Iterator<Item = Program> {
        self.steps.iter().map(|step| Program {
            name: format!("{}.{}", self.name, step.name()),
            steps: vec![step.clone()],
            // What one writes another reads.
            buffers: step.operands.iter().map(|(_, t)| (t.buffer, self.lasting(t.buffer))).collect(),
            capacity: self.capacity,
            kept: self.kept.clone(),
            exchanges: Some(Vec::new()),
        })
    }

    /// A buffer as one that others read after a run.
    fn lasting(&self, buffer: BufferId) -> BufferInfo {
        BufferInfo { scratch: false, ..self.buffers[&buffer].clone() }
    }
}

/// A numbered table: the step, what it reads and writes with shapes, millions of FLOPs, thousands of bytes; between steps what ranks
/// exchange.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: batches of up to {}", self.name, self.capacity)?;
        writeln!(f, "{:>3}  {:<24} {:<58} {:>8} {:>9}", "#", "step", "reads → writes", "MFLOP", "kB")?;
        for (number, step) in self.steps.iter().enumerate() {
            self.write_exchanges(f, number)?;
            let flow = self.flow(step);
            let Cost { flops, bytes } = step.cost();
            let (mflop, kb) = (flops / 1e6, bytes / 1e3);
            writeln!(f, "{number:>3}  {:<24} {flow:<58} {mflop:>8.3} {kb:>9.1}", step.name())?;
        }
        self.write_exchanges(f, self.steps.len())?;
        let Cost { flops, bytes } = self.cost();
        write!(f, "     {:<83} {:>8.3} {:>9.1}", "in all", flops / 1e6, bytes / 1e3)
    }
}

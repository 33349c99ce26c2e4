//! Backends: where programs run.

mod boxed;
mod choice;
pub mod cpu;
pub mod gpu;
mod reading;
mod reference;
mod serve;
mod store;
#[doc(hidden)]
pub mod timeline;
mod tolerance;
mod verify;

use std::fmt;

use crate::backend::timeline::Timed;
use crate::error::{Error, Result, ServeError};
use crate::program::kernel::DeviceProfile;
use crate::program::op::MAX_OPERANDS;
use crate::program::tensor::{Element, Tensor};
use crate::program::{Batch, BufferInfo, Program, Step};

pub use choice::{Choice, Opened};
pub use cpu::Cpu;
pub use gpu::Gpu;
pub use reading::Reading;
pub(crate) use reading::wait;
pub use reference::Reference;
pub use serve::Server;
pub(crate) use serve::{Queue, Served};
pub use verify::{Agreement, Verify};

/// A compiled program of one backend.
///
/// ```
/// # use wgrad::Recorder;
/// # use wgrad::ops::AddTo;
/// # use wgrad::program::Batch;
/// # let mut tape = Recorder::new("sum", 1);
/// # let [sum, part] = ["sum", "part"].map(|name| tape.batched(name, 2));
/// # tape.push(AddTo { sum, part });
/// # let program = tape.finish()?;
/// use wgrad::Error;
/// use wgrad::backend::{Backend, Cpu};
///
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&program)?;
/// cpu.run(id, &[Batch::of(1)])?;
/// cpu.release(id);
/// assert!(matches!(cpu.run(id, &[Batch::of(1)]), Err(Error::UnknownProgram)));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProgramId(pub(crate) usize);

impl ProgramId {
    /// The program that a backend of your own has under this number.
    pub fn new(number: usize) -> Self {
        Self(number)
    }

    /// The number.
    pub fn number(self) -> usize {
        self.0
    }
}

/// Values on their way to a device.
///
/// ```
/// # use wgrad::Recorder;
/// # use wgrad::ops::AddTo;
/// # let mut tape = Recorder::new("sum", 1);
/// # let [sum, part] = ["sum", "part"].map(|name| tape.batched(name, 2));
/// # tape.push(AddTo { sum, part });
/// # let program = tape.finish()?;
/// use wgrad::Error;
/// use wgrad::backend::{Backend, Cpu, Values};
///
/// let mut cpu = Cpu::<f32>::new()?;
/// cpu.compile(&program)?;
/// cpu.write(part, Values::Real(&[1.0, 2.0]))?;
/// assert_eq!(cpu.read(part)?, [1.0, 2.0]);
/// assert!(matches!(cpu.write(part, Values::U8(&[1, 2])), Err(Error::Transfer { .. })));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Values<'a> {
    /// Reals.
    Real(&'a [f32]),
    /// Bytes.
    U8(&'a [u8]),
    /// Unsigned integers.
    U32(&'a [u32]),
}

impl Values<'_> {
    /// What the elements are.
    pub fn element(&self) -> Element {
        match self {
            Values::Real(_) => Element::Real,
            Values::U8(_) => Element::U8,
            Values::U32(_) => Element::U32,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Values::Real(values) => values.len(),
            Values::U8(values) => values.len(),
            Values::U32(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An error unless these values are as many and of the kind that `tensor` holds; reals are rounded to halves.
    pub(crate) fn fit(&self, tensor: Tensor) -> Result<()> {
        let rounds = self.element() == Element::Real && tensor.element == Element::Half;
        if (self.element() == tensor.element || rounds) && self.len() == tensor.len() {
            return Ok(());
        }
        let why = format!(
            "{} values of {:?} do not fill {tensor} of {:?}",
            self.len(),
            self.element(),
            tensor.element
        );
        Err(Error::Transfer { why })
    }
}

/// What a backend runs on.
///
/// ```
/// use wgrad::backend::{Backend, BackendInfo, Cpu};
///
/// let info = Cpu::<f32>::with_threads(1)?.info();
/// println!("{info}");
/// assert_eq!(info.backend, "cpu");
/// assert_eq!(BackendInfo::new("log", "a file").to_string(), "log: a file"); // of a backend of one's own
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackendInfo {
    /// `cpu`, `gpu` or `verify`.
    pub backend: &'static str,
    /// The adapter's name and driver, or the processor's threads.
    pub device: String,
}

impl BackendInfo {
    /// Of a backend and what it runs on.
    pub fn new(backend: &'static str, device: impl Into<String>) -> Self {
        Self { backend, device: device.into() }
    }
}

impl fmt::Display for BackendInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.backend, self.device)
    }
}

/// Where programs run. A backend owns the buffers of the programs that it has compiled; a buffer that several of
/// them use is one.
///
/// One from outside the crate mostly stands around another, which runs the programs: to log, to count, to send them elsewhere.
///
/// ```
/// use wgrad::Recorder;
/// use wgrad::backend::{Backend, Cpu, Reference, Values};
/// use wgrad::ops::AddTo;
/// use wgrad::program::Batch;
///
/// let mut tape = Recorder::new("sum", 2);
/// let [sum, part] = ["sum", "part"].map(|name| tape.batched(name, 2));
/// tape.push(AddTo { sum, part });
/// let program = tape.finish()?;
/// let backends: [Box<dyn Backend>; 2] = [Box::new(Cpu::<f32>::new()?), Box::new(Reference::<f64>::new())];
/// for mut backend in backends {
///     let id = backend.compile(&program)?;
///     backend.write(part, Values::Real(&[1.0, 2.0, 3.0, 4.0]))?;
///     backend.run(id, &[Batch::of(2), Batch::of(1)])?; // the second adds the first sample only
///     assert_eq!(backend.read(sum)?, [2.0, 4.0, 3.0, 4.0]);
/// }
/// # Ok::<(), wgrad::Error>(())
/// ```
pub trait Backend: Send {
    /// What it runs on.
    fn info(&self) -> BackendInfo;

    /// What kernels for it take into account, if it runs any.
    fn profile(&self) -> DeviceProfile {
        DeviceProfile::default()
    }

    /// Whether models on it are recorded with steps joined where that is faster: an activation in its product.
    fn joins_steps(&self) -> bool {
        true
    }

    /// The most operands that a joined step may have.
    fn most_operands(&self) -> usize {
        MAX_OPERANDS
    }

    /// Makes every buffer (filled with zeros, or with what a constant holds), pipeline and binding that `program` needs.
    ///
    /// # Errors
    /// A limit of the device that the program exceeds, with both numbers; a kernel that does not compile.
    fn compile(&mut self, program: &Program) -> Result<ProgramId>;

    /// Compiles the kernels of programs that it will be asked for next, as many at once as the processor can. Those that
    /// do not compile are left for [`compile`](Backend::compile) to tell.
    fn prepare(&mut self, programs: &[Program]) {
        let _ = programs;
    }

    /// Dispatches of one run of a program on one batch; 0 on a backend without any.
    fn dispatches(&self, program: ProgramId) -> usize {
        let _ = program;
        0
    }

    /// Writes a tensor, whole; reals are rounded to halves where it holds those.
    ///
    /// # Errors
    /// Values that do not fill the tensor; a buffer of no compiled program.
    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()>;

    /// Runs a program once for each batch, in order. It may return before the work is done.
    ///
    /// # Errors
    /// A batch larger than the program's capacity, or at a place that its tables do not have; a device that was lost.
    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()>;

    /// Runs a program once for each batch, and gives the median time of each of its dispatches; `None` where the backend
    /// or its device cannot measure that.
    ///
    /// # Errors
    /// As [`run`](Backend::run) and [`read`](Backend::read).
    fn times(&mut self, program: ProgramId, batches: &[Batch]) -> Result<Option<Vec<Timed>>> {
        let _ = (program, batches);
        Ok(None)
    }

    /// Forgets a program, and the buffers that no other program uses.
    fn release(&mut self, program: ProgramId);

    /// A further backend like this one, on the same device, with no program yet. A frozen copy of a model
    /// ([`Model::predictor`](crate::Model::predictor)) runs there.
    ///
    /// # Errors
    /// [`ServeError::NoFurther`], which is the default; a device that was lost.
    fn another(&self) -> Result<Box<dyn Backend>> {
        Err(ServeError::NoFurther { backend: self.info().backend }.into())
    }

    /// Takes a program out of this backend, with all that its buffers hold, for many threads to run at once; `None`, which is
    /// the default, where runs come one after the other. Of a caller the program reads `inputs`, and gives back `outputs`; these are
    /// tensors of the batch. Whatever else it reads stays as it is now.
    ///
    /// # Errors
    /// A program that this backend has not compiled; memory that the system does not give.
    fn server(
        &mut self,
        program: ProgramId,
        inputs: &[Tensor],
        outputs: &[Tensor],
    ) -> Result<Option<Box<dyn Server>>> {
        let _ = (program, inputs, outputs);
        Ok(None)
    }

    /// Reads a tensor of reals, halves or unsigned integers, whole, after all work before it is done; integers beyond 2²⁴ are rounded.
    /// It is the only call that waits, which [`read_later`](Backend::read_later) is for where nothing may.
    ///
    /// # Errors
    /// A buffer of no compiled program; a device that was lost; one in a browser.
    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>>;

    /// The same for a browser, where the answer comes while the page goes on. By default it is there at once.
    ///
    /// # Errors
    /// As [`read`](Backend::read), at once or with the answer.
    fn read_later(&mut self, tensor: Tensor) -> Result<Reading> {
        self.read(tensor).map(Reading::ready)
    }

    /// Answers, with no values, once the device is not far behind what it was given to [`run`](Backend::run). Loops over many runs
    /// await it, and natively go on at once: there `run` itself waits.
    ///
    /// # Errors
    /// A device that was lost, or that could not do its work; at once or with the answer.
    fn caught_up(&mut self) -> Result<Reading> {
        Ok(Reading::ready(Vec::new()))
    }
}

/// An error unless every batch has between one and `capacity` rows, at a place that the program's tables have.
pub(crate) fn check_batches(program: &Program, batches: &[Batch]) -> Result<()> {
    let capacity = program.capacity();
    let places = program.steps().iter().filter_map(Step::places).min().unwrap_or(usize::MAX);
    batches.iter().try_for_each(|batch| {
        let (rows, first) = (batch.rows as usize, batch.first as usize);
        if rows == 0 || rows > capacity {
            return Err(Error::BatchSize { rows, capacity });
        }
        if batch.global_rows < batch.rows {
            return Err(Error::GlobalBatch { rows, global: batch.global_rows as usize });
        }
        if places < rows || places - rows < first {
            return Err(Error::BatchPlace { first, rows, places });
        }
        Ok(())
    })
}

/// A tensor's part of a buffer, or an error where the buffer ends before.
pub(crate) fn part<N>(buffer: &[N], tensor: Tensor) -> Result<&[N]> {
    buffer.get(tensor.range()).ok_or_else(|| beyond(tensor, buffer.len()))
}

/// The same, to be changed.
pub(crate) fn part_mut<N>(buffer: &mut [N], tensor: Tensor) -> Result<&mut [N]> {
    let len = buffer.len();
    buffer.get_mut(tensor.range()).ok_or_else(|| beyond(tensor, len))
}

fn beyond(tensor: Tensor, len: usize) -> Error {
    Error::Transfer { why: format!("{tensor:?} ends beyond its buffer of {len} elements") }
}

/// The error for a tensor whose buffer no compiled program uses.
pub(crate) fn unknown_buffer(tensor: Tensor) -> Error {
    Error::Transfer { why: format!("no compiled program uses the buffer of {tensor:?}") }
}

/// The error for a buffer that two programs describe differently.
pub(crate) fn check_same(known: &BufferInfo, info: &BufferInfo) -> Result<()> {
    // One of them may have no use for what the other reads.
    if *known == (BufferInfo { scratch: known.scratch, ..info.clone() }) {
        return Ok(());
    }
    Err(Error::Transfer {
        why: format!("two programs share a buffer that is {known:?} in one and {info:?} in the other"),
    })
}

impl fmt::Debug for dyn Backend + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.info().fmt(f)
    }
}

//! The naive reference: what a program means, step after step.

use std::collections::BTreeMap;

use super::store::Store;
use super::{Backend, BackendInfo, ProgramId, Values, check_batches, check_same, unknown_buffer};
use crate::error::{Error, Result};
use crate::program::op::{How, Split, Use, View, Views};
use crate::program::real::Real;
use crate::program::tensor::{BufferId, Tensor};
use crate::program::{Batch, BufferInfo, Program, Step};

/// Runs each step on the whole batch by the definition of its op ([`Op::cpu`](crate::program::op::Op::cpu)), on one thread, in
/// precision `T`. Models on it are recorded without joining steps. It is slow, and what every other backend is held against.
///
/// ```
/// use wgrad::backend::Reference;
/// use wgrad::layers::{Dense, Tanh};
/// use wgrad::ndarray::array;
/// use wgrad::{Dataset, Fit, Optimizer, Sequential, losses};
///
/// let data = Dataset::regression(array![[0.0], [1.0]].view(), array![[1.0], [3.0]].view())?;
/// let net = Sequential::new([1]).add(Dense::new(4)).add(Tanh).add(Dense::new(1));
/// let backend = Reference::<f64>::new();
/// let mut model = net.compile(backend, losses::MeanSquaredError, Optimizer::adam(0.1), 0)?;
/// model.fit(&data, Fit::new().epochs(100).batch(2))?;
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Reference<T = f64> {
    buffers: BTreeMap<BufferId, (BufferInfo, Store<T>)>,
    programs: BTreeMap<usize, Program>,
    compiled: usize,
}

impl<T: Real> Reference<T> {
    /// With no program.
    pub fn new() -> Self {
        Self::default()
    }

    fn run_step(&mut self, step: &Step, batch: &Batch) -> Result<()> {
        let operands = step.operands();
        let mut lent = Vec::new();
        for (used, tensor) in operands {
            lent.push(Lent::new(*used, self.store(*tensor)?, covered(step, *tensor, batch))?);
        }
        let span = 0..span(step, batch);
        let mut views = Views { operands: Default::default(), scratch: &mut [], batch: *batch, span };
        for (view, lent) in views.operands.iter_mut().zip(&mut lent) {
            *view = lent.view();
        }
        T::run(step.op(), &mut views, How::Plain);
        for ((_, tensor), lent) in operands.iter().zip(lent) {
            let range = covered(step, *tensor, batch).range();
            match (lent, self.store_mut(*tensor)?) {
                (Lent::Written(values), Store::Real(store)) => store[range].copy_from_slice(&values),
                (Lent::Written(values), Store::Half(store)) => T::narrow(&values, &mut store[range]),
                (Lent::WrittenU32(values), Store::U32(store)) => store[range].copy_from_slice(&values),
                _ => {}
            }
        }
        Ok(())
    }

    fn store(&self, tensor: Tensor) -> Result<&Store<T>> {
        self.buffers.get(&tensor.buffer).map(|(_, store)| store).ok_or_else(|| unknown_buffer(tensor))
    }

    fn store_mut(&mut self, tensor: Tensor) -> Result<&mut Store<T>> {
        self.buffers.get_mut(&tensor.buffer).map(|(_, store)| store).ok_or_else(|| unknown_buffer(tensor))
    }
}

/// A copy of an operand's elements.
enum Lent<T> {
    Read(Vec<T>),
    Written(Vec<T>),
    U8(Vec<u8>),
    U32(Vec<u32>),
    WrittenU32(Vec<u32>),
}

impl<T: Real> Lent<T> {
    fn new(used: Use, store: &Store<T>, tensor: Tensor) -> Result<Self> {
        let range = tensor.range();
        let reals = match store {
            Store::U8(values) => return Ok(Lent::U8(values[range].to_vec())),
            Store::U32(values) if used == Use::In => return Ok(Lent::U32(values[range].to_vec())),
            Store::U32(values) => return Ok(Lent::WrittenU32(values[range].to_vec())),
            Store::Real(values) => values[range].to_vec(),
            Store::Half(values) => {
                let mut reals = vec![T::zero(); range.len()];
                T::widen(&values[range], &mut reals);
                reals
            }
        };
        Ok(if used == Use::In { Lent::Read(reals) } else { Lent::Written(reals) })
    }

    fn view(&mut self) -> View<'_, T> {
        match self {
            Lent::Read(values) => View::Real(values),
            Lent::Written(values) => View::RealMut(values),
            Lent::U8(values) => View::U8(values),
            Lent::U32(values) => View::U32(values),
            Lent::WrittenU32(values) => View::U32Mut(values),
        }
    }
}

/// What there is to do of a step in a batch, in the units of its [`Split`].
fn span(step: &Step, batch: &Batch) -> usize {
    let output = step.outputs().next();
    match step.op().split() {
        Split::Rows => batch.rows as usize,
        Split::Elements => step.operands().first().map_or(0, |(_, tensor)| tensor.len()),
        Split::Output | Split::Parts | Split::Whole => output.map_or(0, |output| output.rows),
    }
}

/// The part of an operand that a batch covers.
fn covered(step: &Step, tensor: Tensor, batch: &Batch) -> Tensor {
    let by_elements = step.op().split() == Split::Elements;
    if by_elements && step.operands().first().is_some_and(|(_, first)| first.len() == tensor.len()) {
        return tensor;
    }
    tensor.live(batch)
}

impl<T: Real> Backend for Reference<T> {
    fn info(&self) -> BackendInfo {
        BackendInfo::new("reference", format!("1 thread, {}", std::any::type_name::<T>()))
    }

    fn joins_steps(&self) -> bool {
        false
    }

    fn compile(&mut self, program: &Program) -> Result<ProgramId> {
        T::check_built()?;
        let mut made = Vec::new();
        for (buffer, info) in program.buffers() {
            match self.buffers.get(buffer) {
                Some((known, _)) => check_same(known, info)?,
                None => made.push((*buffer, (info.clone(), Store::new(info)?))),
            }
        }
        self.buffers.extend(made);
        self.compiled += 1;
        self.programs.insert(self.compiled, program.clone());
        Ok(ProgramId(self.compiled))
    }

    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        self.store_mut(tensor)?.write(tensor, values)
    }

    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()> {
        let program = self.programs.get(&program.0).ok_or(Error::UnknownProgram)?.clone();
        check_batches(&program, batches)?;
        for batch in batches {
            for step in program.steps() {
                self.run_step(step, batch)?;
            }
        }
        Ok(())
    }

    fn release(&mut self, program: ProgramId) {
        self.programs.remove(&program.0);
        let programs = &self.programs;
        self.buffers.retain(|buffer, _| programs.values().any(|other| other.buffers().contains_key(buffer)));
    }

    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        self.store(tensor)?.read(tensor)
    }

    fn another(&self) -> Result<Box<dyn Backend>> {
        Ok(Box::new(Self::new()))
    }
}

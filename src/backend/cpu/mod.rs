//! The CPU backend: what every program means, in `f32` or `f64`, on any number of threads.
//!
//! A program falls into phases: one over the rows of the batch (forward, loss, backward to the inputs), one over the
//! parameters (weight gradients and update). In a phase every thread owns its part of each buffer that the phase
//! writes, so a training step has two joins, however many layers there are. Parts are made of blocks whose size
//! depends on the program alone: the result is the same for any number of threads. Halves are widened before an op sees
//! them and rounded after it, in scratch memory of each thread.

mod fold;
mod parts;
mod plan;
mod scratch;
mod server;
mod share;
mod threads;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::store::Store;
use super::{
    Backend, BackendInfo, ProgramId, Server, Values, check_batches, check_same, part, part_mut,
    unknown_buffer,
};
use crate::error::{Error, Result};
use crate::program::real::Real;
use crate::program::tensor::{BufferId, Tensor};
use crate::program::{Batch, BufferInfo, Program};
use plan::Plan;
use scratch::Scratch;
use server::CpuServer;
use threads::Pool;
use worker::Crew;

/// The backend that runs on the processor, in precision `T`.
///
/// ```
/// use wgrad::backend::{Backend, Cpu};
///
/// let all_cores = Cpu::<f32>::new()?;
/// let exact = Cpu::<f64>::with_threads(1)?;
/// println!("{}, {}", all_cores.info(), exact.info());
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Debug)]
pub struct Cpu<T = f32> {
    pool: Arc<Pool>,
    slots: BTreeMap<BufferId, usize>,
    infos: Vec<BufferInfo>,
    stores: Vec<Store<T>>,
    /// Places in `infos` and `stores` that nothing uses.
    free: Vec<usize>,
    programs: BTreeMap<usize, Compiled>,
    /// Of each thread.
    scratch: Vec<Scratch<T>>,
    compiled: usize,
}

/// A program that can be run.
#[derive(Debug)]
struct Compiled {
    program: Program,
    plan: Plan,
    /// The places that its [passing](share::passing) buffers share, for this program alone.
    own: Vec<usize>,
}

impl<T: Real> Cpu<T> {
    /// With as many threads as the machine has processors.
    ///
    /// # Errors
    /// Threads that the system does not start.
    pub fn new() -> Result<Self> {
        Self::with_threads(std::thread::available_parallelism().map_or(1, |n| n.get()))
    }

    /// With a number of threads; the results do not depend on it.
    ///
    /// # Errors
    /// Threads that the system does not start.
    pub fn with_threads(threads: usize) -> Result<Self> {
        Ok(Self::on(Arc::new(Pool::start(threads)?)))
    }

    fn on(pool: Arc<Pool>) -> Self {
        let (slots, infos, stores, free, programs) = Default::default();
        let scratch = std::iter::repeat_with(Scratch::default).take(pool.current_num_threads()).collect();
        Self { pool, slots, infos, stores, free, programs, scratch, compiled: 0 }
    }

    /// The values of a tensor of reals.
    ///
    /// # Errors
    /// A buffer of no compiled program, or not of reals.
    pub fn values(&self, tensor: Tensor) -> Result<&[T]> {
        match self.slots.get(&tensor.buffer).map(|slot| &self.stores[*slot]) {
            Some(Store::Real(values)) => part(values, tensor),
            _ => Err(unknown_buffer(tensor)),
        }
    }

    /// The values of a tensor of reals, to be changed.
    ///
    /// # Errors
    /// A buffer of no compiled program, or not of reals.
    pub fn values_mut(&mut self, tensor: Tensor) -> Result<&mut [T]> {
        match self.slots.get(&tensor.buffer).map(|slot| &mut self.stores[*slot]) {
            Some(Store::Real(values)) => part_mut(values, tensor),
            _ => Err(unknown_buffer(tensor)),
        }
    }

    /// Makes the buffer if no earlier program has.
    fn slot(&mut self, buffer: BufferId, info: &BufferInfo) -> Result<()> {
        if let Some(slot) = self.slots.get(&buffer) {
            return check_same(&self.infos[*slot], info);
        }
        let store = Store::new(info)?;
        let slot = self.new_slot(info);
        self.stores[slot] = store;
        self.slots.insert(buffer, slot);
        Ok(())
    }

    /// A place for a buffer, with nothing in it yet.
    fn new_slot(&mut self, info: &BufferInfo) -> usize {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.infos.push(info.clone());
            self.stores.push(Store::empty());
            self.stores.len() - 1
        });
        self.infos[slot] = info.clone();
        slot
    }
}

impl<T: Real> Cpu<T> {
    /// Gives back the memory of these buffers, where they were made.
    fn drop_buffers(&mut self, buffers: &[BufferId]) {
        let slots: Vec<_> = buffers.iter().filter_map(|buffer| self.slots.remove(buffer)).collect();
        self.drop_slots(&slots);
    }

    fn drop_slots(&mut self, slots: &[usize]) {
        for slot in slots {
            self.stores[*slot] = Store::empty();
            self.free.push(*slot);
        }
    }

    /// Plans a program whose lasting buffers are made, and makes the others.
    fn plan(&mut self, program: &Program, passing: &[BufferId]) -> Result<(Plan, Vec<usize>)> {
        let mut slots = self.slots.clone();
        let mut all = Vec::new();
        for buffer in passing {
            let slot = self.new_slot(&program.buffers()[buffer]);
            slots.insert(*buffer, slot);
            all.push(slot);
        }
        let mut plan = Plan::new(program, &slots, &self.infos);
        let mut own = Vec::new();
        let made = plan.share(&all, &self.infos).into_iter().try_for_each(|(slot, info)| {
            self.stores[slot] = Store::new(&info)?;
            self.infos[slot] = info;
            own.push(slot);
            Ok(())
        });
        let unused: Vec<_> = all.into_iter().filter(|slot| made.is_err() || !own.contains(slot)).collect();
        self.drop_slots(&unused);
        made.map(|()| (plan, own))
    }
}

impl<T: Real> Backend for Cpu<T> {
    fn info(&self) -> BackendInfo {
        let threads = self.pool.current_num_threads();
        let precision = std::any::type_name::<T>();
        let many = if threads == 1 { "" } else { "s" };
        let device = format!("{threads} thread{many}, {precision}, {}", std::env::consts::ARCH);
        BackendInfo::new("cpu", device)
    }

    fn compile(&mut self, program: &Program) -> Result<ProgramId> {
        T::check_built()?;
        let new = |buffer: &BufferId| !self.slots.contains_key(buffer);
        let passing: Vec<_> = share::passing(program).into_iter().filter(new).collect();
        let lasting = || program.buffers().iter().filter(|(buffer, _)| !passing.contains(buffer));
        let made: Vec<_> = lasting().map(|(buffer, _)| *buffer).filter(new).collect();
        let outcome = lasting().try_for_each(|(buffer, info)| self.slot(*buffer, info));
        let planned = outcome.and_then(|()| self.plan(program, &passing));
        let (plan, own) = planned.inspect_err(|_| self.drop_buffers(&made))?;
        self.scratch.iter_mut().for_each(|scratch| scratch.hold(&plan.room));
        self.compiled += 1;
        self.programs.insert(self.compiled, Compiled { program: program.clone(), plan, own });
        Ok(ProgramId(self.compiled))
    }

    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        match self.slots.get(&tensor.buffer) {
            Some(slot) => self.stores[*slot].write(tensor, values),
            None => Err(unknown_buffer(tensor)),
        }
    }

    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()> {
        let Compiled { program, plan, .. } = self.programs.get(&program.0).ok_or(Error::UnknownProgram)?;
        check_batches(program, batches)?;
        let (stores, scratch) = (&mut self.stores, &mut self.scratch);
        if plan.worth_threads && self.pool.current_num_threads() > 1 {
            let threads = self.pool.current_num_threads();
            let run = || Crew::of_threads().run(plan, stores, scratch, batches);
            self.pool.install(|| threads::with(threads, run));
        } else {
            Crew::of_one().run(plan, stores, scratch, batches);
        }
        Ok(())
    }

    fn release(&mut self, program: ProgramId) {
        let Some(Compiled { program, own, .. }) = self.programs.remove(&program.0) else { return };
        let used = |buffer| self.programs.values().any(|other| other.program.buffers().contains_key(buffer));
        let unused: Vec<_> = program.buffers().keys().filter(|buffer| !used(*buffer)).copied().collect();
        self.drop_buffers(&unused);
        self.drop_slots(&own);
    }

    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        match self.slots.get(&tensor.buffer) {
            Some(slot) => self.stores[*slot].read(tensor),
            None => Err(unknown_buffer(tensor)),
        }
    }

    /// On the same threads.
    fn another(&self) -> Result<Box<dyn Backend>> {
        Ok(Box::new(Self::on(self.pool.clone())))
    }

    /// Each caller computes on its own thread.
    fn server(
        &mut self,
        program: ProgramId,
        inputs: &[Tensor],
        outputs: &[Tensor],
    ) -> Result<Option<Box<dyn Server>>> {
        let Compiled { program, plan, own } =
            self.programs.remove(&program.0).ok_or(Error::UnknownProgram)?;
        let slot = |tensor: &Tensor| match self.slots.get(&tensor.buffer) {
            Some(slot) => Ok((*slot, *tensor)),
            None => Err(unknown_buffer(*tensor)),
        };
        let inputs = inputs.iter().map(slot).collect::<Result<Vec<_>>>()?;
        let outputs = outputs.iter().map(slot).collect::<Result<Vec<_>>>()?;
        let mut slots = own;
        slots.extend(program.buffers().keys().filter_map(|buffer| self.slots.remove(buffer)));
        let mut stores = Vec::new();
        for (slot, store) in self.stores.iter_mut().enumerate() {
            let taken = slots.contains(&slot);
            stores.push(if taken { std::mem::replace(store, Store::empty()) } else { Store::empty() });
        }
        self.free.extend(slots);
        Ok(Some(Box::new(CpuServer::new(program, plan, stores, self.infos.clone(), inputs, outputs)?)))
    }
}

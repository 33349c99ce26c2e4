//! A program that many threads run at once: they share what it only reads, and each has a room of its own for the rest.

use std::sync::{Mutex, PoisonError};

use super::parts::{Part, emptied};
use super::plan::Plan;
use super::scratch::Scratch;
use super::worker::run_alone;
use crate::backend::store::Store;
use crate::backend::{Server, Values, check_batches};
use crate::error::Result;
use crate::program::real::Real;
use crate::program::tensor::Tensor;
use crate::program::{Batch, BufferInfo, Program};

/// A tensor, and the slot of its buffer.
pub(super) type Placed = (usize, Tensor);

/// A compiled program with its buffers.
#[derive(Debug)]
pub(super) struct CpuServer<T: 'static> {
    program: Program,
    plan: Plan,
    /// By slot; empty where each room has its own.
    shared: Vec<Store<T>>,
    /// What each room has of its own.
    own: Vec<Option<BufferInfo>>,
    inputs: Vec<Placed>,
    outputs: Vec<Placed>,
    /// Rooms that no thread is in.
    rooms: Mutex<Vec<Room<T>>>,
}

/// What a thread needs to run the program.
#[derive(Debug)]
struct Room<T: 'static> {
    /// By slot; empty where all rooms share one.
    stores: Vec<Store<T>>,
    scratch: Scratch<T>,
    /// Memory for what is lent in a run.
    parts: Vec<Part<'static, T>>,
}

impl<T: Real> CpuServer<T> {
    /// Of a program's buffers, by slot.
    pub(super) fn new(
        program: Program,
        plan: Plan,
        mut stores: Vec<Store<T>>,
        infos: Vec<BufferInfo>,
        inputs: Vec<Placed>,
        outputs: Vec<Placed>,
    ) -> Result<Self> {
        let mut own = Vec::new();
        for (slot, (store, info)) in stores.iter_mut().zip(infos).enumerate() {
            let written =
                plan.phases.iter().any(|phase| phase.written.get(slot).is_some_and(|written| *written));
            let mine = written || inputs.iter().any(|(input, _)| *input == slot);
            if mine {
                *store = Store::empty();
            }
            own.push(mine.then_some(info));
        }
        let server = Self { program, plan, shared: stores, own, inputs, outputs, rooms: Mutex::default() };
        server.make_ready(1)?;
        Ok(server)
    }

    /// A room that no thread is in, or a new one.
    fn room(&self) -> Result<Room<T>> {
        let free = self.rooms.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.map_or_else(|| self.new_room(), Ok)
    }

    fn new_room(&self) -> Result<Room<T>> {
        let mut stores = Vec::new();
        for own in &self.own {
            stores.push(own.as_ref().map_or(Ok(Store::empty()), Store::new)?);
        }
        let mut scratch = Scratch::default();
        scratch.hold(&self.plan.room);
        Ok(Room { stores, scratch, parts: Vec::new() })
    }

    fn leave(&self, room: Room<T>) {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).push(room);
    }

    fn serve_in(
        &self,
        room: &mut Room<T>,
        batch: Batch,
        inputs: &[Values<'_>],
        outputs: &mut [&mut [f32]],
    ) -> Result<()> {
        for ((slot, tensor), values) in self.inputs.iter().zip(inputs) {
            room.stores[*slot].write(tensor.live(&batch), *values)?;
        }
        let mut parts = emptied(std::mem::take(&mut room.parts));
        for ((own, shared), info) in room.stores.iter_mut().zip(&self.shared).zip(&self.own) {
            parts.push(if info.is_some() { Part::whole(own) } else { Part::shared(shared) });
        }
        room.parts = emptied(run_alone(&self.plan, parts, &mut room.scratch, &[batch]));
        for ((slot, tensor), output) in self.outputs.iter().zip(outputs) {
            room.stores[*slot].read_into(tensor.live(&batch), output)?;
        }
        Ok(())
    }
}

impl<T: Real> Server for CpuServer<T> {
    fn serve(&self, samples: usize, inputs: &[Values<'_>], outputs: &mut [&mut [f32]]) -> Result<()> {
        let batch = Batch::of(samples);
        check_batches(&self.program, &[batch])?;
        let mut room = self.room()?;
        let outcome = self.serve_in(&mut room, batch, inputs, outputs);
        self.leave(room);
        outcome
    }

    fn make_ready(&self, threads: usize) -> Result<()> {
        let rooms = (0..threads).map(|_| self.room()).collect::<Result<Vec<_>>>()?;
        rooms.into_iter().for_each(|room| self.leave(room));
        Ok(())
    }
}

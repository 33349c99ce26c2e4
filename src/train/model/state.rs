//! Where a training is.

use super::train::Run;
use super::{Model, Snapshot};
use crate::backend::{Backend, Values};
use crate::error::Result;
use crate::nn::optimizer::Halves;
use crate::random::{Purpose, Stream};

/// All that the further course of a training depends on, beside its settings and its dataset.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    /// The epoch under way, the first being 1.
    pub(super) epoch: usize,
    /// Batches of it that were run.
    pub(super) batches: usize,
    /// Batches that the model was ever trained on.
    pub(super) steps: u32,
    /// Random words that shuffling has used.
    pub(super) drawn: u128,
    pub(super) order: Vec<u32>,
    pub(super) parameters: Snapshot,
    /// The optimizer's.
    pub(super) moments: Vec<Snapshot>,
    /// The loss scale with the good steps since it changed, and the optimizer's denominators; none in `f32`.
    pub(super) halves: Vec<Vec<f32>>,
}

impl State {
    pub(super) fn is_finite(&self) -> bool {
        self.parameters.is_finite() && self.moments.iter().all(Snapshot::is_finite)
    }
}

/// Puts what a model of halves has beside its arenas back on a device.
pub(super) fn write_halves(backend: &mut dyn Backend, halves: Option<Halves>, state: &State) -> Result<()> {
    let mut tensors = halves.iter().flat_map(Halves::state).zip(&state.halves);
    tensors.try_for_each(|(tensor, values)| backend.write(tensor, Values::Real(values)))
}

impl Model {
    pub(super) fn state(&mut self, run: &Run<'_, '_>) -> Result<State> {
        let arenas = self.layout.arenas.clone();
        let halves = arenas.halves.iter().flat_map(Halves::state);
        Ok(State {
            epoch: run.epoch,
            batches: run.batches,
            steps: self.steps,
            drawn: self.shuffler.drawn(),
            order: run.order.clone(),
            parameters: self.read_arena(arenas.parameters)?,
            moments: arenas.moments.iter().map(|arena| self.read_arena(*arena)).collect::<Result<_>>()?,
            halves: halves.map(|tensor| self.backend.read(tensor)).collect::<Result<_>>()?,
        })
    }

    /// Brings the model to a state.
    pub(super) fn set_state(&mut self, state: &State) -> Result<()> {
        let arenas = self.layout.arenas.clone();
        self.write_arena(arenas.parameters, &state.parameters)?;
        let mut moments = arenas.moments.iter().zip(&state.moments);
        moments.try_for_each(|(arena, moments)| self.write_arena(*arena, moments))?;
        write_halves(&mut *self.backend, arenas.halves, state)?;
        self.steps = state.steps;
        self.shuffler = Stream::at(self.seed, Purpose::Shuffling, state.drawn);
        Ok(())
    }

    /// Brings a training to a state.
    pub(super) fn go_to(&mut self, run: &mut Run<'_, '_>, state: State) -> Result<()> {
        self.set_state(&state)?;
        self.backend.write(run.train.on.indices, Values::U32(&state.order))?;
        (run.epoch, run.batches, run.order) = (state.epoch, state.batches, state.order.clone());
        run.sound = Some(state);
        Ok(())
    }
}

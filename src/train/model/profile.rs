//! Where the time of a training step goes.

use super::Model;
use super::run::Loaded;
use crate::backend::timeline::Timeline;
use crate::backend::{Values, wait};
use crate::error::Result;
use crate::nn::layers::Mode;
use crate::nn::optimizer::Halves;
use crate::train::dataset::Dataset;

/// Steps that are measured.
const STEPS: usize = 20;

impl Model {
    /// Measures each dispatch of a training step on batches of a dataset, and leaves the parameters as they were; `None`
    /// where the backend or its device cannot.
    ///
    /// # Errors
    /// A dataset that does not fit the model; a lost device.
    pub fn profile(&mut self, data: &Dataset, batch: usize) -> Result<Option<Timeline>> {
        let train = self.load_epoch("train", data.into(), batch, Mode::Train)?;
        let timeline = wait("the browser's own profiler", self.time(&train));
        self.backend.release(train.program);
        timeline
    }

    async fn time(&mut self, train: &Loaded<'_>) -> Result<Option<Timeline>> {
        let arenas = self.layout.arenas.clone();
        let mut kept = Vec::new();
        let halves = arenas.halves.iter().flat_map(Halves::state);
        for arena in std::iter::once(arenas.parameters).chain(arenas.moments).chain(halves) {
            kept.push((arena, self.read(arena).await?));
        }
        let batches = train.batches.some(0..train.batches.len().min(STEPS));
        let timeline = Timeline::of(&mut *self.backend, "train", train.program, &batches);
        for (arena, values) in kept {
            self.backend.write(arena, Values::Real(&values))?;
        }
        timeline
    }
}

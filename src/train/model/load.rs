//! Programs over a dataset on the device: compiled, run, read and given back.

use std::collections::BTreeMap;

use std::time::Instant;

use super::fit::Fit;
use super::gradients::Sums;
use super::on_device::OnDevice;
use super::run::{Loaded, Run};
use super::{Metrics, Model};
use crate::backend::Values;
use crate::error::{Error, Result};
use crate::nn::layers::Mode;
use crate::program::Batch;
use crate::train::callback::Flow;
use crate::train::dataset::Dataset;
use crate::train::history::History;

impl Model {
    /// Compiles what a training needs, and begins at its first batch.
    pub(super) fn start<'d, 'f>(&mut self, data: &'d Dataset, fit: Fit<'f>) -> Result<Run<'d, 'f>> {
        let settings = fit.settings(data);
        let start = Instant::now();
        let train = self.load_training(data, &fit)?;
        let validation = self.load_validation(&fit).inspect_err(|_| self.release_loaded(&train));
        let validation = validation.map_err(Error::of_validation)?;
        let history = History {
            compile_seconds: start.elapsed().as_secs_f64(),
            dispatches_per_step: train.dispatches,
            judged_by: fit.judged_by(),
            ..History::default()
        };
        let (samples, batch, epochs) = (data.len(), fit.batch, fit.epochs);
        log::info!(
            "trains on {samples} samples in batches of {batch}, {epochs} epochs, on {}",
            self.backend_info()
        );
        let order = (0..data.len() as u32).collect();
        let (epoch, batches, seconds, flow, sound) = (1, 0, 0.0, Flow::Continue, None);
        Ok(Run {
            fit,
            settings,
            data,
            train,
            validation,
            history,
            epoch,
            batches,
            seconds,
            rates: Vec::new(),
            kept: BTreeMap::new(),
            order,
            flow,
            sound,
        })
    }

    /// Gives back what a training has on the device.
    pub(super) fn release(&mut self, run: &Run<'_, '_>) {
        self.release_loaded(&run.train);
        run.validation.iter().for_each(|loaded| self.release_loaded(loaded));
    }

    fn release_loaded(&mut self, loaded: &Loaded) {
        self.backend.release(loaded.program);
        loaded.sums.iter().flat_map(Sums::programs).for_each(|program| self.backend.release(program));
        loaded.scoring.iter().for_each(|scoring| self.backend.release(scoring.program));
    }

    /// Records and compiles what a training needs, and puts the dataset on the device.
    fn load_training(&mut self, data: &Dataset, fit: &Fit<'_>) -> Result<Loaded> {
        let loaded = if fit.accumulate == 1 {
            self.load_epoch("train", data, fit.batch, Mode::Train)?
        } else {
            let data = self.check_data(data, Mode::Train)?;
            self.load_sums(&data, fit.batch, fit.accumulate)?
        };
        if fit.validation.is_some() { Ok(loaded) } else { self.with_scoring(loaded, data, fit) }
    }

    /// The same of the validation set, if there is one.
    fn load_validation(&mut self, fit: &Fit<'_>) -> Result<Option<Loaded>> {
        let Some(data) = fit.validation else { return Ok(None) };
        let loaded = self.load_evaluation(data)?;
        self.with_scoring(loaded, data, fit).map(Some)
    }

    /// The same with what computes the metrics of a training over it.
    fn with_scoring(&mut self, loaded: Loaded, data: &Dataset, fit: &Fit<'_>) -> Result<Loaded> {
        let scoring = self.load_scoring(data, &loaded.on, fit.all_metrics());
        let scoring = scoring.inspect_err(|_| self.release_loaded(&loaded))?;
        Ok(Loaded { scoring, ..loaded })
    }

    /// Records the program of a training anew, for the parameters that are trained now.
    pub(super) fn follow(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        let tables = |on: &OnDevice| [Some(on.losses), on.hits].into_iter().flatten();
        let mut kept = Vec::new();
        for table in tables(&run.train.on) {
            kept.push(self.backend.read(table)?);
        }
        let train = self.load_training(run.data, &run.fit)?;
        let old = std::mem::replace(&mut run.train, train);
        self.release_loaded(&old);
        self.backend.write(run.train.on.indices, Values::U32(&run.order))?;
        for (table, values) in tables(&run.train.on).zip(&kept) {
            self.backend.write(table, Values::Real(values))?;
        }
        let validation = self.load_validation(&run.fit)?;
        let old = std::mem::replace(&mut run.validation, validation);
        old.iter().for_each(|loaded| self.release_loaded(loaded));
        Ok(())
    }

    /// Records and compiles a program over a dataset, and puts the dataset on the device.
    pub(super) fn load_epoch(
        &mut self,
        name: &str,
        data: &Dataset,
        batch: usize,
        mode: Mode,
    ) -> Result<Loaded> {
        let data = self.check_data(data, mode)?;
        let (program, on) = self.record_epoch(name, &data, batch, mode)?;
        let batches = batches_of(data.len(), program.capacity());
        let program = self.backend.compile(&program).map_err(|error| on.too_large(error))?;
        let dispatches = self.backend.dispatches(program);
        on.load(&data, &mut *self.backend).inspect_err(|_| self.backend.release(program))?;
        Ok(Loaded { program, on, batches, dispatches, sums: None, scoring: None })
    }

    /// The means over an epoch of what its programs left in the tables.
    pub(super) fn read_metrics(&mut self, loaded: &Loaded) -> Result<Metrics> {
        let losses = self.backend.read(loaded.on.losses)?;
        if let Some(sample) = losses.iter().position(|loss| !loss.is_finite()) {
            let capacity = loaded.batches.first().map_or(1, |batch| batch.rows as usize);
            return Err(Error::Loss { batch: sample / capacity, loss: losses[sample] });
        }
        let accuracy =
            loaded.on.hits.map(|hits| self.backend.read(hits)).transpose()?.map(|hits| mean(&hits));
        Ok(Metrics { loss: mean(&losses), accuracy })
    }
}

/// Batches of up to `capacity` samples over `samples` of them.
pub(super) fn batches_of(samples: usize, capacity: usize) -> Vec<Batch> {
    let batch = |first: usize| Batch { first: first as u32, ..Batch::of(capacity.min(samples - first)) };
    (0..samples).step_by(capacity).map(batch).collect()
}

/// The mean of some numbers.
pub(super) fn mean(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64
}

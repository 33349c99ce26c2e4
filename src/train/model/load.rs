//! Programs over a dataset on the device: compiled, run, read and given back.

use std::collections::BTreeMap;

use super::Model;
use super::batches::Batches;
use super::course::Course;
use super::fit::Fit;
use super::gradients::Sums;
use super::on_device::{Data, OnDevice};
use super::run::{Loaded, Run, Tally};
use crate::backend::Values;
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::nn::layers::Mode;
use crate::train::callback::Flow;
use crate::train::history::History;
use crate::train::source::Feed;

impl Model {
    /// Compiles what a training needs, and begins at its first batch.
    pub(super) fn start<'d, 'f>(&mut self, feed: Feed<'d>, fit: Fit<'f>) -> Result<Run<'d, 'f>> {
        let settings = fit.settings(feed)?;
        let start = Instant::now();
        let train = self.load_training(feed, &fit)?;
        let validation = self.load_validation(&fit).inspect_err(|_| self.release_loaded(&train));
        let validation = validation.map_err(Error::of_validation)?;
        let history = History {
            compile_seconds: start.elapsed().as_secs_f64(),
            dispatches_per_step: train.dispatches,
            judged_by: fit.judged_by(),
            ..History::default()
        };
        let (samples, batch, epochs) = (feed.len(), fit.batch, fit.epochs);
        log::info!(
            "trains on {samples} samples in batches of {batch}, {epochs} epochs, on {}",
            self.backend_info()
        );
        let (epoch, batches, seconds, flow, sound) = (1, 0, 0.0, Flow::Continue, None);
        Ok(Run {
            fit,
            settings,
            train,
            validation,
            history,
            epoch,
            batches,
            seconds,
            since: Instant::now(),
            tally: Tally::default(),
            unread: None,
            heard: None,
            rates: Vec::new(),
            kept: BTreeMap::new(),
            flow,
            sound,
        })
    }

    /// Gives back what a training has on the device.
    pub(super) fn release(&mut self, run: &Run<'_, '_>) {
        self.release_loaded(&run.train);
        run.validation.iter().for_each(|loaded| self.release_loaded(loaded));
    }

    fn release_loaded(&mut self, loaded: &Loaded<'_>) {
        self.backend.release(loaded.program);
        loaded.sums.iter().flat_map(Sums::programs).for_each(|program| self.backend.release(program));
        loaded.scoring.iter().for_each(|scoring| self.backend.release(scoring.program));
    }

    /// Records and compiles what a training needs, and puts the dataset on the device.
    fn load_training<'d>(&mut self, feed: Feed<'d>, fit: &Fit<'_>) -> Result<Loaded<'d>> {
        let loaded = if fit.accumulate == 1 {
            self.load_epoch("train", feed, fit.batch, Mode::Train)?
        } else {
            let data = self.check_data(feed, Mode::Train, fit.samples_of_a_step())?;
            let course = Course::new(feed, data.windows);
            self.load_sums(&data, course, fit.batch, fit.accumulate)?
        };
        if fit.validation.is_some() { Ok(loaded) } else { self.with_scoring(loaded, fit) }
    }

    /// The same of the validation set, if there is one.
    fn load_validation<'f>(&mut self, fit: &Fit<'f>) -> Result<Option<Loaded<'f>>> {
        let Some(feed) = fit.validation else { return Ok(None) };
        let loaded = self.load_evaluation(feed)?;
        self.with_scoring(loaded, fit).map(Some)
    }

    /// The same with what computes the metrics of a training over it.
    fn with_scoring<'d>(&mut self, loaded: Loaded<'d>, fit: &Fit<'_>) -> Result<Loaded<'d>> {
        let scoring = self.load_scoring(loaded.course.feed, &loaded.on, fit.all_metrics());
        let scoring = scoring.inspect_err(|_| self.release_loaded(&loaded))?;
        Ok(Loaded { scoring, ..loaded })
    }

    /// A course whose first samples are on the device, where that holds all of them.
    pub(super) fn load_first<'d>(
        &mut self,
        mut course: Course<'d>,
        data: &Data<'_>,
        on: &OnDevice,
    ) -> Result<Course<'d>> {
        if matches!(course.feed, Feed::Whole(_)) {
            on.load(data, &mut *self.backend)?;
            course.has_arrived();
        }
        Ok(course)
    }

    /// Records the program of a training anew, for the parameters that are trained now.
    pub(super) async fn follow(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        let tables = |on: &OnDevice| [Some(on.losses), on.hits].into_iter().flatten();
        let mut kept = Vec::new();
        for table in tables(&run.train.on) {
            kept.push(self.read(table).await?);
        }
        let mut train = self.load_training(run.train.course.feed, &run.fit)?;
        train.course.go_on_as(&run.train.course);
        let old = std::mem::replace(&mut run.train, train);
        self.release_loaded(&old);
        for (table, values) in tables(&run.train.on).zip(&kept) {
            self.backend.write(table, Values::Real(values))?;
        }
        let validation = self.load_validation(&run.fit)?;
        let old = std::mem::replace(&mut run.validation, validation);
        old.iter().for_each(|loaded| self.release_loaded(loaded));
        Ok(())
    }

    /// Records and compiles a program over a dataset, and puts the dataset on the device.
    pub(super) fn load_epoch<'d>(
        &mut self,
        name: &str,
        feed: Feed<'d>,
        batch: usize,
        mode: Mode,
    ) -> Result<Loaded<'d>> {
        let data = self.check_data(feed, mode, batch)?;
        let (program, on) = self.record_epoch(name, &data, batch, mode)?;
        let batches = Batches::new(data.windows, program.capacity());
        let program = self.backend.compile(&program).map_err(|error| on.too_large(error))?;
        let dispatches = self.backend.dispatches(program);
        let course = self.load_first(Course::new(feed, data.windows), &data, &on);
        let course = course.inspect_err(|_| self.backend.release(program))?;
        Ok(Loaded { program, on, course, batches, dispatches, sums: None, scoring: None })
    }

    /// What the batches of a window left in the tables.
    pub(super) async fn read_window(&mut self, loaded: &Loaded<'_>, window: usize) -> Result<Tally> {
        let rows = 0..loaded.course.windows.len_of(window);
        let losses = self.read(loaded.on.losses.row_range(rows.clone())).await?;
        if let Some(sample) = losses.iter().position(|loss| !loss.is_finite()) {
            let batches = loaded.batches.of(window);
            let batch = batches.start + sample / loaded.batches.get(batches.start).rows as usize;
            return Err(Error::Loss { batch, loss: losses[sample] });
        }
        let hits = match loaded.on.hits {
            Some(hits) => Some(sum(&self.read(hits.row_range(rows)).await?)),
            None => None,
        };
        Ok(Tally { samples: losses.len(), loss: sum(&losses), hits })
    }
}

/// The sum of some numbers.
fn sum(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value)).sum()
}

/// The mean of some numbers.
pub(super) fn mean(values: &[f32]) -> f64 {
    sum(values) / values.len() as f64
}

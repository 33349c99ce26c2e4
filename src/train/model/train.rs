//! Training.

use std::ops::Range;

use super::fit::Fit;
use super::load::mean;
use super::run::{Run, Tally};
use super::state::State;
use super::{Metrics, Model};
use crate::backend::wait;
use crate::error::metrics::MetricsError;
use crate::error::{Error, NotFinite, Result};
use crate::ops::LEAST_SCALE;
use crate::program::Batch;
use crate::train::callback::Flow;
use crate::train::history::{Epoch, History, Score};
use crate::train::source::{Feed, Reading};

/// Batches that are handed to the backend at once; in between, callbacks hear of progress.
const BATCHES_AT_ONCE: usize = 32;

/// Batches after which, at the start of an epoch, the weights are looked at and kept.
const BATCHES_BETWEEN_LOOKS: usize = 100;

impl Model {
    /// Trains on a dataset and returns what happened in each epoch.
    ///
    /// A further call goes on with the optimizer's moments and step, and with the orders of samples; the learning rate's
    /// schedule begins anew.
    ///
    /// Where a loss or a weight becomes not finite, the model keeps the weights of the epoch before it, or those that
    /// [`EarlyStopping`](crate::train::callback::EarlyStopping) knows to be best. After [`Error::Source`] it has those of the last
    /// batch that was run.
    ///
    /// # Errors
    /// A dataset that does not fit the model; settings that cannot train; a checkpoint of another training, or one that
    /// cannot be written; an interruption; a source that fails; a loss or a weight that is not finite, with the first step that made it so;
    /// a lost device.
    pub fn fit<'d>(&mut self, data: impl Into<Feed<'d>>, options: Fit<'_>) -> Result<History> {
        wait("fit_async", self.fit_async(data, options))
    }

    /// [`fit`](Model::fit) for a browser, where nothing may wait. Where the future is dropped, the training ends between two batches.
    ///
    /// # Errors
    /// As there.
    pub async fn fit_async<'d>(&mut self, data: impl Into<Feed<'d>>, options: Fit<'_>) -> Result<History> {
        let mut training = self.training_async(data, options).await?;
        let mut outcome = Ok(());
        loop {
            match training.advance().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        let ended = training.finish_async().await;
        outcome.and(ended)
    }

    /// Trains what is left of an epoch.
    pub(super) async fn run_epoch(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        run.start_watch();
        self.begin_epoch(run).await?;
        self.run_batches(run).await?;
        self.end_epoch(run).await
    }

    /// Trains a batch, and gives its number in the epoch and its learning rate.
    pub(super) async fn run_step(&mut self, run: &mut Run<'_, '_>) -> Result<(usize, f32)> {
        run.start_watch();
        if run.batches == 0 {
            self.begin_epoch(run).await?;
        }
        self.arrive(run).await?;
        let (number, batch) = (run.batches, self.next_batch(run));
        self.hand_over(run, &[batch])?;
        self.leave(run).await?;
        if run.batches == run.train.batches.len() {
            self.end_epoch(run).await?;
            return Ok((number, batch.rate));
        }
        run.lap();
        if run.is_interrupted() {
            self.heed_interruption(run).await?;
        }
        Ok((number, batch.rate))
    }

    /// Keeps the weights that an epoch begins with, where the last ones kept are far away, and comes to its next batch.
    async fn begin_epoch(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        let done = run
            .sound
            .as_ref()
            .map_or(usize::MAX, |sound| self.steps.wrapping_sub(sound.model.steps) as usize);
        // The way back must not need samples that a source gives no more.
        let is_far = done >= BATCHES_BETWEEN_LOOKS || run.train.course.windows.count() > 1;
        if run.batches == 0 && is_far {
            run.sound = Some(self.look(run).await?);
        }
        self.arrive(run).await
    }

    /// Reads what the epoch gave, tells the callbacks, and writes the checkpoint that is due.
    async fn end_epoch(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        match self.record_history(run).await {
            Err(error) if run.failed_epoch(&error).is_none() => return Err(self.end_early(run, error).await),
            other => other?,
        }
        let told = match self.tell(run).await {
            // Weights that may not be finite are rolled back, and leave no checkpoint.
            Err(error) if run.failed_epoch(&error).is_some() => return Err(error),
            told => told,
        };
        run.flow = *told.as_ref().unwrap_or(&Flow::Stop);
        run.next_epoch();
        let ended = run.flow == Flow::Stop || run.epoch > run.fit.epochs;
        if told.is_err() || run.checkpoint_is_due(ended) {
            let saved = self.save_checkpoint(run).await;
            // The first error is the one to tell.
            told.and(saved)?;
        }
        if ended { Ok(()) } else { self.heed_interruption(run).await }
    }

    async fn record_history(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        if run.history.last().is_some_and(|last| last.epoch == run.epoch) {
            // A future was dropped behind this.
            return Ok(());
        }
        self.check_scale(run).await?;
        run.lap();
        let (metrics, seconds) = (run.tally.metrics(), run.seconds);
        let (validation, scores) = self.with_averages(async |model| model.judge(run).await).await?;
        let (epoch, of, samples) = (run.epoch, run.fit.epochs, run.train.course.windows.samples());
        let last = run.train.batches.len() - 1;
        let rate = self.rate(run, run.epoch, last);
        let ended = Epoch { epoch, of, metrics, validation, rate, seconds, samples, scores };
        log::info!("{ended}");
        run.history.epochs.push(ended);
        Ok(())
    }

    /// What an epoch comes to on the validation set, and the metrics.
    async fn judge(&mut self, run: &mut Run<'_, '_>) -> Result<(Option<Metrics>, Vec<Score>)> {
        let interrupt = run.fit.interrupt;
        let validation = match &mut run.validation {
            Some(loaded) => Some(self.run_evaluation(loaded, interrupt).await.map_err(Error::of_validation)?),
            None => None,
        };
        Ok((validation, self.epoch_scores(run).await?))
    }

    /// The metrics after an epoch, or an error that names the step by which an output is not a number.
    async fn epoch_scores(&mut self, run: &Run<'_, '_>) -> Result<Vec<Score>> {
        match self.scores(run).await {
            // Of a validation set an output may be none where no step of the training gives such a number.
            Err(Error::Metric { fault: MetricsError::NotANumber { sample, column }, .. })
                if run.validation.is_none() =>
            {
                let what = format!("output {column} of sample {sample} is not a number");
                Err(self.explain(run, (run.epoch, run.batches - 1), what))
            }
            other => other,
        }
    }

    /// Comes to the window of the next batch, or to the end of the training where its samples cannot be read.
    async fn arrive(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        self.add_up_window(run).await?;
        if run.is_trained() {
            return Ok(());
        }
        let entered = self.enter(run, run.fit.interrupt);
        self.with_samples(run, entered).await
    }

    /// After the last batch of a window: adds up what its samples came to.
    async fn leave(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        let (window, batches) = (run.train.batches.window_of(run.batches - 1), run.train.batches);
        if run.batches < batches.of(window).end {
            return self.caught_up().await;
        }
        run.unread = Some(window);
        // The next samples go to the device while it computes.
        let entered = if run.batches < batches.len() { self.enter(run, run.fit.interrupt) } else { Ok(()) };
        self.add_up_window(run).await?;
        self.with_samples(run, entered).await
    }

    /// Adds up what the samples of a window came to that was left, also where a future was dropped meanwhile.
    async fn add_up_window(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        if let Some(window) = run.unread {
            let tally = self.read_sound_window(run, window).await?;
            run.tally.add(tally);
            run.unread = None;
        }
        Ok(())
    }

    /// Ends a training whose next samples cannot be read, or that is interrupted while they are.
    async fn with_samples(&mut self, run: &mut Run<'_, '_>, entered: Result<()>) -> Result<()> {
        match entered {
            Err(error @ (Error::Source { .. } | Error::Interrupted { .. })) => {
                run.lap();
                Err(self.end_early(run, error.read_for(Reading::Training)).await)
            }
            other => other,
        }
    }

    /// Writes the checkpoint of a training that an error ends, and gives the error with its path.
    async fn end_early(&mut self, run: &mut Run<'_, '_>, mut error: Error) -> Error {
        if let Err(unsaved) = self.save_checkpoint(run).await {
            log::warn!("the training has ended: {error}");
            return unsaved;
        }
        let path = run.fit.checkpoint.as_ref().map(|checkpoint| checkpoint.path.clone());
        match &mut error {
            Error::Source { checkpoint, .. } => *checkpoint = path,
            Error::Interrupted { epoch, batches, checkpoint } => {
                (*epoch, *batches, *checkpoint) = (run.epoch, run.batches, path);
            }
            _ => {}
        }
        error
    }

    /// What a window's samples came to, or an error that names the step by which a loss is not finite.
    pub(super) async fn read_sound_window(&mut self, run: &Run<'_, '_>, window: usize) -> Result<Tally> {
        match self.read_window(&run.train, window).await {
            Err(Error::Loss { batch, loss }) => {
                Err(self.explain(run, (run.epoch, batch), format!("the loss is {loss}")))
            }
            other => other,
        }
    }

    /// Brings the model to the end of the epoch before the given one: to where its weights were looked at last, and from
    /// there once more through what followed.
    pub(super) async fn roll_back(&mut self, run: &mut Run<'_, '_>, epoch: usize) -> Result<()> {
        let Some(sound) = run.sound.clone() else { return Ok(()) };
        log::warn!("epoch {epoch} failed; the model gets the weights of the end of the epoch before");
        self.go_to(run, sound.clone())?;
        match self.run_until(run, epoch).await {
            Ok(state) if state.model.is_finite() => Ok(()),
            outcome => {
                let why = outcome.map_or_else(|error| error.to_string(), |_| "they are not finite".into());
                let State { epoch, batches, .. } = sound;
                log::warn!("the model gets those of epoch {epoch}, after {batches} batches, instead: {why}");
                self.set_training_state(&sound)
            }
        }
    }

    /// Runs batches as before, up to the beginning of an epoch.
    async fn run_until(&mut self, run: &mut Run<'_, '_>, epoch: usize) -> Result<State> {
        while run.epoch < epoch {
            while run.batches < run.train.batches.len() {
                self.enter(run, None)?;
                let batches = self.rest_of_window(run);
                self.run_steps(&run.train, &batches)?;
                self.caught_up().await?;
                self.steps += batches.len() as u32;
                run.batches += batches.len();
            }
            run.next_epoch();
        }
        self.training_state(run).await
    }

    /// Runs the batches of an epoch that were not run yet.
    async fn run_batches(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        while run.batches < run.train.batches.len() {
            let batches = self.rest_of_window(run);
            for some in batches.chunks(BATCHES_AT_ONCE) {
                self.hand_over(run, some)?;
                self.leave(run).await?;
                if run.batches < run.train.batches.len() && run.is_interrupted() {
                    run.lap();
                    self.heed_interruption(run).await?;
                }
            }
        }
        Ok(())
    }

    /// Gives batches to the backend, and tells the callbacks.
    fn hand_over(&mut self, run: &mut Run<'_, '_>, batches: &[Batch]) -> Result<()> {
        if let Some(Batch { rate, .. }) = batches.iter().find(|batch| !(0.0..=f32::MAX).contains(&batch.rate))
        {
            let why = format!(
                "the learning rate of epoch {} is {rate}; the schedule's factor must make it finite and at least 0",
                run.epoch
            );
            return Err(Error::Setting { why });
        }
        let ran = self.run_steps(&run.train, batches);
        ran.map_err(|error| error.in_training(run.epoch, run.batches))?;
        self.steps += batches.len() as u32;
        run.batches += batches.len();
        let progress = run.progress();
        run.fit.callbacks.iter_mut().for_each(|callback| callback.on_batches(&progress));
        Ok(())
    }

    /// The batches of the window under way that were not run yet.
    fn rest_of_window(&self, run: &Run<'_, '_>) -> Vec<Batch> {
        let window = run.train.batches.window_of(run.batches);
        let numbers = run.batches..run.train.batches.of(window).end;
        self.batches(run, run.epoch, numbers, self.steps.wrapping_sub(run.batches as u32))
    }

    /// Some batches of an epoch, before which `before` others were run.
    pub(super) fn batches(
        &self,
        run: &Run<'_, '_>,
        epoch: usize,
        numbers: Range<usize>,
        before: u32,
    ) -> Vec<Batch> {
        numbers.map(|number| self.batch(run, epoch, number, before)).collect()
    }

    /// A batch of an epoch, before which `before` batches were run.
    fn batch(&self, run: &Run<'_, '_>, epoch: usize, number: usize, before: u32) -> Batch {
        let step = before.wrapping_add(number as u32).wrapping_add(1);
        let batches = &run.train.batches;
        let of_window = batches.of(batches.window_of(number)).start;
        Batch {
            // A place in a window is one of the epoch by what was run before the window.
            epoch: before.wrapping_add(of_window as u32),
            seed: self.seed as u32,
            rate: self.rate(run, epoch, number),
            corrections: self.optimizer.corrections(step),
            average: self.optimizer.average_share(step),
            ..batches.get(number)
        }
    }

    /// The batch that a training takes next.
    pub(super) fn next_batch(&self, run: &Run<'_, '_>) -> Batch {
        self.batch(run, run.epoch, run.batches, self.steps.wrapping_sub(run.batches as u32))
    }

    /// The learning rate of a batch.
    fn rate(&self, run: &Run<'_, '_>, epoch: usize, number: usize) -> f32 {
        let count = run.train.batches.len();
        let place = (epoch - 1) * count + number;
        let set = run.rates.iter().rev().find(|(from, _)| *from <= place);
        set.map_or_else(|| self.optimizer.rate_at(place, count, run.fit.epochs), |(_, rate)| *rate)
    }

    /// The mean loss of the batch that was run last.
    pub(super) async fn last_loss(&mut self, run: &Run<'_, '_>) -> Result<Option<f64>> {
        let at = match (run.batches, run.epoch) {
            (0, 1) => return Ok(None),
            (0, _) => run.train.batches.len() - 1,
            (batches, _) => batches - 1,
        };
        let Batch { first, rows, .. } = run.train.batches.get(at);
        let rows = run.train.on.losses.row_range(first as usize..(first + rows) as usize);
        Ok(Some(mean(&self.read(rows).await?)))
    }

    /// An error if gradients overflow whatever they are scaled by.
    async fn check_scale(&mut self, run: &Run<'_, '_>) -> Result<()> {
        let Some(halves) = self.layout.arenas.halves else { return Ok(()) };
        match self.read(halves.scale).await?[..] {
            [LEAST_SCALE, 0.0] => {
                let cause = NotFinite::LossScale { scale: LEAST_SCALE };
                Err(Error::NotFinite { epoch: run.epoch, batch: run.batches - 1, cause })
            }
            _ => Ok(()),
        }
    }

    async fn heed_interruption(&mut self, run: &mut Run<'_, '_>) -> Result<()> {
        if !run.is_interrupted() {
            return Ok(());
        }
        let error = Error::Interrupted { epoch: run.epoch, batches: run.batches, checkpoint: None };
        Err(self.end_early(run, error).await)
    }
}

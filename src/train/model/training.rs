//! A training as an object: an own loop over epochs or steps.

use ndarray::Array2;

use super::run::Run;
use super::tell::check_rate;
use super::{Fit, Metrics, Model};
use crate::backend::wait;
use crate::error::{Error, Result};
use crate::program::tensor::BufferId;
use crate::train::callback::Flow;
use crate::train::history::{Epoch, History};
use crate::train::source::Feed;

/// A training under way, made by [`Model::training`]. [`Model::fit`] is a loop over its epochs.
///
/// Dropping it ends the training where it is: the model keeps its weights, and callbacks do not hear of it.
///
/// ```
/// use wgrad::backend::Cpu;
/// use wgrad::layers::Dense;
/// use wgrad::ndarray::array;
/// use wgrad::{Dataset, Fit, Optimizer, Sequential, losses};
///
/// let lines = Dataset::regression(array![[0.0], [1.0], [2.0]].view(), array![[1.0], [3.0], [5.0]].view())?;
/// let net = Sequential::new([1]).add(Dense::new(1));
/// let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// let mut training = model.training(&lines, Fit::new().epochs(300).batch(3))?;
/// while let Some(epoch) = training.epoch()? {
///     if epoch.metrics.loss < 1e-3 {
///         break;
///     }
/// }
/// let history = training.finish()?;
/// assert!(history.epochs.len() < 300);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "it trains where epoch or step is called"]
pub struct Training<'m, 'd, 'f> {
    model: &'m mut Model,
    run: Run<'d, 'f>,
    /// Of the parameters that its programs are recorded for.
    arenas: BufferId,
    /// Whether the tables hold the losses of a batch.
    has_losses: bool,
    /// Whether the weights were looked at since they changed.
    looked: bool,
    /// Whether an error has ended it.
    failed: bool,
}

/// A batch that a [`Training`] has run.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0, 2.0], 1)?, Samples::rows([1.0, 3.0, 5.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// let mut training = model.training(&data, Fit::new().epochs(2).batch(2))?;
/// let mut steps = Vec::new();
/// while let Some(step) = training.step()? {
///     steps.push((step.epoch, step.batch));
/// }
/// assert_eq!(steps, [(1, 1), (1, 2), (2, 1), (2, 2)]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// Its epoch, the first being 1.
    pub epoch: usize,
    /// Its number in the epoch, the first being 1.
    pub batch: usize,
    /// Batches of an epoch.
    pub of: usize,
    /// The learning rate.
    pub rate: f32,
}

impl Model {
    /// Prepares a training: compiles its programs, and puts the dataset on the device. Nothing is trained yet.
    ///
    /// # Errors
    /// A dataset that does not fit the model; settings that cannot train; a checkpoint of another training, or one that cannot
    /// be written; a device that cannot hold the dataset.
    pub fn training<'m, 'd, 'f>(
        &'m mut self,
        data: impl Into<Feed<'d>>,
        options: Fit<'f>,
    ) -> Result<Training<'m, 'd, 'f>> {
        wait("training_async", self.training_async(data, options))
    }

    /// [`training`](Model::training) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn training_async<'m, 'd, 'f>(
        &'m mut self,
        data: impl Into<Feed<'d>>,
        options: Fit<'f>,
    ) -> Result<Training<'m, 'd, 'f>> {
        options.check()?;
        let mut run = self.start(data.into(), options)?;
        self.try_metrics(&run).await.inspect_err(|_| self.release(&run))?;
        if let Some(path) = run.fit.resume.take() {
            self.resume(&mut run, &path).inspect_err(|_| self.release(&run))?;
        }
        let (arenas, has_losses) = (self.layout.arenas.parameters.buffer, run.batches > 0);
        Ok(Training { model: self, run, arenas, has_losses, looked: false, failed: false })
    }
}

impl Training<'_, '_, '_> {
    /// Trains the rest of the epoch under way, or a whole one, and returns what happened in it; `None` where all are done or a
    /// callback has stopped the training.
    ///
    /// # Errors
    /// As [`Model::fit`]. The training is then over, and [`history`](Training::history) has the epochs before.
    pub fn epoch(&mut self) -> Result<Option<Epoch>> {
        wait("epoch_async", self.epoch_async())
    }

    /// [`epoch`](Training::epoch) for a browser, where nothing may wait. Where the future is dropped, the training is between two
    /// batches, and a further call goes on there. It is not `Send`, as callbacks need not be.
    ///
    /// # Errors
    /// As there.
    pub async fn epoch_async(&mut self) -> Result<Option<Epoch>> {
        let trained = self.advance().await?;
        Ok(if trained { self.run.history.last().cloned() } else { None })
    }

    /// The same, and says whether there was an epoch left.
    pub(super) async fn advance(&mut self) -> Result<bool> {
        if self.is_over() {
            return self.look().await.map(|()| false);
        }
        self.begin().await?;
        let outcome = self.model.run_epoch(&mut self.run).await;
        self.settled(outcome).await.map(|()| true)
    }

    /// Trains one batch; `None` where all epochs are done or a callback has stopped the training. The last batch of an epoch ends
    /// it: callbacks hear of it, and the validation set is evaluated.
    ///
    /// # Errors
    /// As [`epoch`](Training::epoch).
    pub fn step(&mut self) -> Result<Option<Step>> {
        wait("step_async", self.step_async())
    }

    /// [`step`](Training::step) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn step_async(&mut self) -> Result<Option<Step>> {
        self.catch_up().await?;
        if self.is_over() {
            return self.look().await.map(|()| None);
        }
        self.begin().await?;
        let (epoch, of) = (self.run.epoch, self.run.train.batches.len());
        let outcome = self.model.run_step(&mut self.run).await;
        let (batch, rate) = self.settled(outcome).await?;
        Ok(Some(Step { epoch, batch: batch + 1, of, rate }))
    }

    /// The mean loss of the batch that was trained last; `None` before the first one, and at the beginning of an epoch that a
    /// checkpoint goes on with. It waits for the device.
    ///
    /// # Errors
    /// A lost device.
    pub fn loss(&mut self) -> Result<Option<f64>> {
        wait("loss_async", self.loss_async())
    }

    /// [`loss`](Training::loss) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn loss_async(&mut self) -> Result<Option<f64>> {
        if self.has_losses { self.model.last_loss(&self.run).await } else { Ok(None) }
    }

    /// Sets the learning rate of all further batches, in place of the optimizer's and its schedule. Checkpoints keep it.
    ///
    /// # Errors
    /// A rate that is not positive and finite.
    pub fn set_rate(&mut self, rate: f32) -> Result<()> {
        check_rate(rate)?;
        self.run.set_rate(rate);
        Ok(())
    }

    /// The gradient of a parameter over the samples of the next step, with the weights as they are: nothing is trained by it. It
    /// compiles a program of its own each time.
    ///
    /// # Shapes
    /// That of [`Model::parameter`].
    ///
    /// # Errors
    /// A name that no parameter has; one that is frozen, or state; a training that is over; a lost device.
    pub fn gradient(&mut self, name: &str) -> Result<Array2<f32>> {
        wait("gradient_async", self.gradient_async(name))
    }

    /// [`gradient`](Training::gradient) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn gradient_async(&mut self, name: &str) -> Result<Array2<f32>> {
        self.catch_up().await?;
        if self.is_over() {
            return Err(Error::Setting { why: "the training is over, so there is no next step".into() });
        }
        self.model.gradient(&mut self.run, name).await
    }

    /// The mean loss and, for labels, the accuracy on a dataset, with the weights as they are, or with their averages where the optimizer
    /// keeps those.
    ///
    /// # Errors
    /// As [`Model::evaluate`].
    pub fn evaluate<'d>(&mut self, data: impl Into<Feed<'d>>) -> Result<Metrics> {
        wait("evaluate_async", self.evaluate_async(data))
    }

    /// [`evaluate`](Training::evaluate) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn evaluate_async<'d>(&mut self, data: impl Into<Feed<'d>>) -> Result<Metrics> {
        let feed = data.into();
        self.model.with_averages(async |model| model.evaluate_async(feed).await).await
    }

    /// The model, to predict with it or to save it in between. A change of what it trains counts from the next step on.
    pub fn model(&mut self) -> &mut Model {
        self.model
    }

    /// Leaves parameters as they are from here on, as [`Model::freeze`] says. The next step compiles the training's program again;
    /// it is an error where all parameters are frozen, and the training goes on once some are thawed.
    ///
    /// # Errors
    /// As [`Model::freeze`]; a weight that is not finite, which ends the training.
    pub fn freeze(&mut self, name: &str) -> Result<()> {
        wait("freeze_async", self.freeze_async(name))
    }

    /// [`freeze`](Training::freeze) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn freeze_async(&mut self, name: &str) -> Result<()> {
        self.look().await?;
        self.model.freeze_async(name).await
    }

    /// Trains parameters again that were frozen, as [`Model::thaw`] says. The next step compiles the training's program again.
    ///
    /// # Errors
    /// As [`freeze`](Training::freeze).
    pub fn thaw(&mut self, name: &str) -> Result<()> {
        wait("thaw_async", self.thaw_async(name))
    }

    /// [`thaw`](Training::thaw) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn thaw_async(&mut self, name: &str) -> Result<()> {
        self.look().await?;
        self.model.thaw_async(name).await
    }

    /// The epochs until now, also after an error.
    pub fn history(&self) -> &History {
        &self.run.history
    }

    /// Ends the training: callbacks hear of it, so that early stopping brings back the best weights, and its memory on the device
    /// is given back.
    ///
    /// # Errors
    /// A weight that is not finite; what callbacks return.
    pub fn finish(self) -> Result<History> {
        wait("finish_async", self.finish_async())
    }

    /// [`finish`](Training::finish) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn finish_async(mut self) -> Result<History> {
        let mut outcome = self.look().await;
        let told = self.model.tell_end(&mut self.run).await;
        outcome = outcome.and(told);
        if !self.failed && outcome.is_ok() {
            outcome = self.model.end_with_averages().await;
        }
        outcome.map(|()| std::mem::take(&mut self.run.history))
    }

    fn is_over(&self) -> bool {
        self.failed || self.run.flow == Flow::Stop || self.run.epoch > self.run.fit.epochs
    }

    /// Ends an epoch that was trained and not judged, as the checkpoint of a failed validation has it.
    async fn catch_up(&mut self) -> Result<()> {
        if self.is_over() || !self.run.is_trained() {
            return Ok(());
        }
        self.advance().await.map(|_| ())
    }

    /// Before a step.
    async fn begin(&mut self) -> Result<()> {
        if self.renew().await? {
            let outcome = self.model.look(&self.run).await;
            self.run.sound = Some(self.settled(outcome).await?);
        }
        (self.looked, self.has_losses) = (false, true);
        Ok(())
    }

    /// Records the programs anew if other parameters are trained than they were recorded for, and says whether it did: also callbacks
    /// can freeze layers.
    async fn renew(&mut self) -> Result<bool> {
        let arenas = self.model.layout.arenas.parameters.buffer;
        if arenas == self.arenas {
            return Ok(false);
        }
        self.model.follow(&mut self.run).await?;
        self.arenas = arenas;
        Ok(true)
    }

    /// An error where weights are not finite that were not looked at yet.
    async fn look(&mut self) -> Result<()> {
        if self.looked || self.failed {
            return Ok(());
        }
        self.looked = true;
        let outcome = self.model.look(&self.run).await.map(|_| ());
        self.settled(outcome).await
    }

    /// An outcome, with the model brought back to the end of the epoch before where something was not finite.
    async fn settled<T>(&mut self, outcome: Result<T>) -> Result<T> {
        if let Err(error) = &outcome {
            self.failed = true;
            if let Some(epoch) = self.run.failed_epoch(error) {
                // The first error is the one to tell.
                if let Err(error) = self.rolled_back(epoch).await {
                    log::warn!("the model could not be brought back to the epoch before: {error}");
                }
            }
        }
        outcome
    }

    async fn rolled_back(&mut self, epoch: usize) -> Result<()> {
        self.renew().await?;
        self.model.roll_back(&mut self.run, epoch).await
    }
}

impl Drop for Training<'_, '_, '_> {
    fn drop(&mut self) {
        self.model.release(&self.run);
    }
}

//! Averages of weights, in place of the weights.

use super::{Model, Snapshot};
use crate::backend::wait;
use crate::error::{Error, Result};

impl Model {
    /// Brings the trained parameters and state to their averages over the steps of the training, as the end of a training does. An own loop that
    /// ends early calls it.
    ///
    /// ```
    /// # use wgrad::backend::Cpu;
    /// # use wgrad::layers::Dense;
    /// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
    /// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
    /// let net = Sequential::new([1]).add(Dense::new(1));
    /// let optimizer = Optimizer::sgd(0.1).average(0.9);
    /// let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, optimizer, 0)?;
    /// let mut training = model.training(&data, Fit::new().epochs(10).batch(2))?;
    /// training.epoch()?;
    /// drop(training);
    /// let before = model.parameter("dense_1.weight")?;
    /// model.use_averages()?;
    /// assert_eq!(model.parameter("dense_1.weight")?, before); // of one step, which is its own average
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// An optimizer without [`average`](crate::Optimizer::average); a model without a step; a lost device.
    pub fn use_averages(&mut self) -> Result<()> {
        wait("use_averages_async", self.use_averages_async())
    }

    /// [`use_averages`](Model::use_averages) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn use_averages_async(&mut self) -> Result<()> {
        let averages = self.layout.arenas.moments.last().copied().filter(|_| self.optimizer.averages());
        let (Some(averages), 1..) = (averages, self.steps) else {
            let why = match self.optimizer.averages() {
                true => {
                    "the model was trained for 0 steps, so there are no averages of its weights yet".into()
                }
                false => {
                    "the optimizer keeps no averages of weights; Optimizer::average makes it".to_string()
                }
            };
            return Err(Error::Setting { why });
        };
        let mut weights = self.snapshot_async().await?;
        weights.take_changed(&self.read_arena(averages).await?);
        self.restore(&weights)
    }

    /// Ends a training with the averages, if there are any.
    pub(super) async fn end_with_averages(&mut self) -> Result<()> {
        if self.optimizer.averages() && self.steps > 0 { self.use_averages_async().await } else { Ok(()) }
    }

    /// What `judge` finds with the averages in place of the weights, if there are any.
    pub(super) async fn with_averages<T>(
        &mut self,
        judge: impl AsyncFnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        if !self.optimizer.averages() || self.steps == 0 {
            return judge(self).await;
        }
        let weights = self.snapshot_async().await?;
        self.use_averages_async().await?;
        let mut judged = Judged { model: self, weights: Some(weights) };
        let found = judge(judged.model).await;
        let restored = judged.give_back();
        found.and_then(|found| restored.map(|()| found))
    }
}

/// A model that has averages in place of its weights, which come back also where a future is dropped.
struct Judged<'m> {
    model: &'m mut Model,
    weights: Option<Snapshot>,
}

impl Judged<'_> {
    fn give_back(&mut self) -> Result<()> {
        self.weights.take().map_or(Ok(()), |weights| self.model.restore(&weights))
    }
}

impl Drop for Judged<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.give_back() {
            log::warn!("the model keeps the averages of its weights: {error}");
        }
    }
}

//! How to train.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::file::whole_file::check_writable;
use crate::train::callback::Callback;
use crate::train::metrics::Metric;
use crate::train::source::Feed;

/// How to train.
///
/// ```
/// use wgrad::backend::Cpu;
/// use wgrad::callback::EarlyStopping;
/// use wgrad::layers::Dense;
/// use wgrad::ndarray::array;
/// use wgrad::{Dataset, Fit, Optimizer, Sequential, losses};
///
/// let data = Dataset::regression(array![[0.0], [1.0], [2.0]].view(), array![[1.0], [3.0], [5.0]].view())?;
/// let net = Sequential::new([1]).add(Dense::new(1));
/// let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::adam(0.1), 0)?;
/// let mut stopping = EarlyStopping::new(20);
/// let fit = Fit::new().epochs(500).batch(3).validation(&data).callback(&mut stopping);
/// let history = model.fit(&data, fit)?;
/// assert!(history.last().is_some_and(|epoch| epoch.metrics.loss < 0.1));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "`Model::fit` takes it"]
pub struct Fit<'a> {
    pub(super) epochs: usize,
    pub(super) batch: usize,
    pub(super) accumulate: usize,
    pub(super) shuffle: bool,
    pub(super) validation: Option<Feed<'a>>,
    pub(super) metrics: Vec<Arc<dyn Metric>>,
    pub(super) callbacks: Vec<&'a mut dyn Callback>,
    pub(super) checkpoint: Option<Checkpoint>,
    pub(super) resume: Option<PathBuf>,
    pub(super) interrupt: Option<&'a AtomicBool>,
}

/// Where checkpoints go, and after how many epochs; after none of them, only a training that ends early leaves one.
#[derive(Debug)]
pub(super) struct Checkpoint {
    pub(super) path: PathBuf,
    pub(super) every: Option<usize>,
}

impl Default for Fit<'_> {
    fn default() -> Self {
        Self {
            epochs: 10,
            batch: 32,
            accumulate: 1,
            shuffle: true,
            validation: None,
            metrics: Vec::new(),
            callbacks: Vec::new(),
            checkpoint: None,
            resume: None,
            interrupt: None,
        }
    }
}

impl<'a> Fit<'a> {
    /// 10 epochs in batches of 32, shuffled before each epoch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many times the whole dataset is seen.
    pub fn epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// Sets the samples of a step; the last of an epoch may have fewer, and one as large as the dataset is the whole of
    /// it.
    pub fn batch(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    /// Adds up the gradients of so many batches before each update, so that a step is over `batch · batches` samples on a device that
    /// has room for `batch`: the same training as with batches of that size, except for rounding. A layer of one's own that looks at a
    /// whole batch sees `batch` samples, and its state follows each of them, also where half precision skips the step, as PyTorch's does.
    /// A batch of [`Step`](crate::model::Step), of progress and of schedules is such a step.
    ///
    /// ```
    /// # use wgrad::backend::Cpu;
    /// # use wgrad::layers::Dense;
    /// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
    /// # let data = Dataset::pairs(Samples::rows([0.0, 1.0, 2.0, 3.0], 1)?, Samples::rows([1.0, 3.0, 5.0, 7.0], 1)?)?;
    /// # let net = Sequential::new([1]).add(Dense::new(1));
    /// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
    /// let mut training = model.training(&data, Fit::new().epochs(1).batch(1).accumulate(4))?;
    /// assert_eq!(training.step()?.map(|step| step.of), Some(1));
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    pub fn accumulate(self, batches: usize) -> Self {
        Self { accumulate: batches, ..self }
    }

    /// Keeps the samples in their order.
    pub fn unshuffled(self) -> Self {
        Self { shuffle: false, ..self }
    }

    /// Evaluates this dataset after each epoch.
    pub fn validation(self, data: impl Into<Feed<'a>>) -> Self {
        Self { validation: Some(data.into()), ..self }
    }

    /// Computes a metric after each epoch, beside those before: on the validation set if there is one, else on the training
    /// samples. All metrics take a pass of prediction over it, and the host keeps its outputs for that time. They are computed once
    /// before the first epoch as well, so that what a metric cannot judge is an error then.
    ///
    /// They stand in [`Epoch::scores`](crate::history::Epoch::scores), and use the dataset's weights.
    ///
    /// ```
    /// # use wgrad::backend::Cpu;
    /// # use wgrad::layers::Dense;
    /// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
    /// # let data = Dataset::binary(Samples::rows([0.0, 1.0], 1)?, vec![false, true])?;
    /// # let net = Sequential::new([1]).add(Dense::new(1));
    /// # let mut model = net.compile(Cpu::<f32>::new()?, losses::BinaryCrossEntropy::logits(), Optimizer::sgd(0.5), 0)?;
    /// use wgrad::metrics::{Accuracy, RocAuc};
    ///
    /// let fit = Fit::new().epochs(100).batch(2).metric(Accuracy::new()).metric(RocAuc);
    /// let history = model.fit(&data, fit)?;
    /// assert_eq!(history.epochs[99].score("roc_auc"), Some(1.0));
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    pub fn metric(mut self, metric: impl Metric + 'static) -> Self {
        self.metrics.push(Arc::new(metric));
        self
    }

    /// Tells of progress, and lets it stop the training.
    pub fn callback(mut self, callback: &'a mut dyn Callback) -> Self {
        self.callbacks.push(callback);
        self
    }

    /// Writes a checkpoint after every `epochs` epochs and after the last one. With `None`, only a training leaves one that is
    /// interrupted, or that a callback, a metric or a source of samples ends with an error. At any moment the file is a whole one. It holds the weights of
    /// the last epoch, also where early stopping then brings the model back to the best one. A path that cannot be
    /// written is an error before the first epoch.
    pub fn checkpoint(self, path: impl Into<PathBuf>, epochs: impl Into<Option<usize>>) -> Self {
        Self { checkpoint: Some(Checkpoint { path: path.into(), every: epochs.into() }), ..self }
    }

    /// Goes on from a checkpoint. With the same model, dataset and settings, the weights become, bit for bit, those of
    /// a training without a break. More epochs than before are welcome unless the learning rate's schedule depends on
    /// their number.
    pub fn resume(self, path: impl Into<PathBuf>) -> Self {
        Self { resume: Some(path.into()), ..self }
    }

    /// Ends the training with [`Error::Interrupted`] soon after this becomes true, by a handler of Ctrl-C for example:
    /// the batches under way are finished, or the read of a source, and a checkpoint is written if [`Fit::checkpoint`] says where.
    pub fn interrupt(self, flag: &'a AtomicBool) -> Self {
        Self { interrupt: Some(flag), ..self }
    }

    /// The metrics, and those that callbacks judge by; one that is there twice counts once.
    pub(super) fn all_metrics(&self) -> Vec<Arc<dyn Metric>> {
        let mut all: Vec<Arc<dyn Metric>> = Vec::new();
        for metric in self.asked_metrics() {
            if all.iter().all(|known| known.name() != metric.name()) {
                all.push(metric);
            }
        }
        all
    }

    /// Each metric as often as it is asked for.
    fn asked_metrics(&self) -> Vec<Arc<dyn Metric>> {
        let judges = self.callbacks.iter().filter_map(|callback| callback.judges_by());
        self.metrics.iter().cloned().chain(judges).collect()
    }

    /// The metric that the first callback with one judges by.
    pub(super) fn judged_by(&self) -> Option<String> {
        let judge = self.callbacks.iter().find_map(|callback| callback.judges_by());
        judge.map(|metric| metric.name().to_string())
    }

    /// The most samples between two updates.
    pub(super) fn samples_of_a_step(&self) -> usize {
        self.batch.saturating_mul(self.accumulate)
    }

    /// What must be alike so that a training goes on from this one's checkpoints; nothing where none is written or read.
    pub(super) fn settings(&self, feed: Feed<'_>) -> Result<Value> {
        if self.checkpoint.is_none() && self.resume.is_none() {
            return Ok(Value::Null);
        }
        let count = self.validation.map(|feed| feed.len());
        let mut settings = json!({
            "batch": self.batch, "shuffle": self.shuffle, "samples": feed.len(), "validation": count,
            "values": values_text(feed, self.validation),
        });
        if self.accumulate != 1 {
            settings["accumulate"] = json!(self.accumulate);
        }
        let windows = feed.windows(self.samples_of_a_step())?;
        if windows.count() > 1 {
            settings["window"] = json!(windows.room());
            settings["block"] = json!(windows.block());
        }
        Ok(settings)
    }

    pub(super) fn check(&self) -> Result<()> {
        let wrong = |why| Err(Error::Setting { why });
        if self.epochs == 0 || self.batch == 0 {
            let Self { epochs, batch, .. } = self;
            return wrong(format!("{epochs} epochs in batches of {batch}; both must be at least 1"));
        }
        if self.accumulate == 0 {
            return wrong("steps over 0 batches; accumulate at least 1".into());
        }
        if self.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.every == Some(0)) {
            return wrong("a checkpoint every 0 epochs; it must be at least 1, or None".into());
        }
        self.callbacks.iter().try_for_each(|callback| callback.check())?;
        self.check_metrics()?;
        self.checkpoint.as_ref().map_or(Ok(()), |checkpoint| check_writable(&checkpoint.path))
    }
    /// An error where a name stands for two metrics, or breaks a table.
    fn check_metrics(&self) -> Result<()> {
        let metrics = self.asked_metrics();
        for metric in &metrics {
            let name = metric.name();
            if name.is_empty() || name.contains([',', '"', '\n', '\r']) {
                let why = format!("a metric is called {name:?}; give it a name of letters, digits and _");
                return Err(Error::Setting { why });
            }
            // Metrics of the same settings are shown alike.
            let shown = format!("{metric:?}");
            let other = metrics.iter().find(|other| other.name() == name && format!("{other:?}") != shown);
            if let Some(other) = other {
                let why = format!(
                    "two metrics are called {name}: {metric:?} and {other:?}; give them different names"
                );
                return Err(Error::Setting { why });
            }
        }
        Ok(())
    }
}

/// What differs between trainings on different samples, but for chance.
fn values_text(feed: Feed<'_>, validation: Option<Feed<'_>>) -> String {
    let mut prints = vec![feed.fingerprint()];
    prints.extend(validation.map(Feed::fingerprint));
    format!("fingerprint [{}]", prints.join(", "))
}

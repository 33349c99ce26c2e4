//! What happened in each epoch.

use std::fmt::{self, Write as _};
use std::path::Path;

use crate::error::Result;
use crate::file::whole_file::write_whole;
use crate::train::model::Metrics;

/// One epoch of a training.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// let history = model.fit(&data, Fit::new().epochs(20).batch(2))?;
/// for epoch in &history.epochs {
///     println!("{epoch}");
/// }
/// assert!(history.last().is_some_and(|epoch| epoch.epoch == 20 && epoch.judged_loss() == epoch.metrics.loss));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Epoch {
    /// Its number, the first being 1.
    pub epoch: usize,
    /// Epochs that were asked for.
    pub of: usize,
    /// The means over the training samples, each taken before its batch's update.
    pub metrics: Metrics,
    /// The validation set's, after the epoch.
    pub validation: Option<Metrics>,
    /// The last learning rate.
    pub rate: f32,
    /// Seconds of training, without validation.
    pub seconds: f64,
    /// Samples seen.
    pub samples: usize,
    /// What the training's metrics come to after the epoch: on the validation set if there is one, else on the training samples.
    pub scores: Vec<Score>,
}

/// What a metric of a training comes to after an epoch.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// use wgrad::metrics::R2;
///
/// let history = model.fit(&data, Fit::new().epochs(20).batch(2).metric(R2))?;
/// let score = &history.epochs[19].scores[0];
/// assert_eq!((score.name.as_str(), score.higher_is_better), ("r2", true));
/// assert_eq!(history.epochs[19].score("r2"), Some(score.value));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Score {
    /// The metric's name.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Whether more of it is better.
    pub higher_is_better: bool,
}

impl Epoch {
    /// What the metric with this name comes to, if the training computes it.
    pub fn score(&self, name: &str) -> Option<f64> {
        self.scores.iter().find(|score| score.name == name).map(|score| score.value)
    }

    /// Samples a second.
    pub fn throughput(&self) -> f64 {
        self.samples as f64 / self.seconds
    }

    /// The loss to judge by: of the validation set if there is one.
    pub fn judged_loss(&self) -> f64 {
        self.validation.unwrap_or(self.metrics).loss
    }

    /// What is least in the best epoch: the loss, or what a score goes by, negative where higher is better.
    fn cost(&self, by: Option<&str>) -> Option<f64> {
        let Some(name) = by else { return Some(self.judged_loss()) };
        let score = self.scores.iter().find(|score| score.name == name)?;
        Some(if score.higher_is_better { -score.value } else { score.value })
    }

    /// Losses and scores in words.
    fn results(&self) -> String {
        let mut text = format!("loss {}", metrics_text(&self.metrics));
        if let Some(validation) = &self.validation {
            text += &format!(", validation {}", metrics_text(validation));
        }
        for Score { name, value, .. } in &self.scores {
            text += &format!(", {name} {value:.5}");
        }
        text
    }
}

/// A line such as `epoch  3/20: loss 0.02040, validation 0.01980, 41000 samples/s, learning rate 1.00e-3`.
impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.of.to_string().len();
        write!(f, "epoch {:>width$}/{}: {}", self.epoch, self.of, self.results())?;
        write!(f, ", {:.0} samples/s, learning rate {:.2e}", self.throughput(), self.rate)
    }
}

fn metrics_text(metrics: &Metrics) -> String {
    let accuracy =
        metrics.accuracy.map_or_else(String::new, |share| format!(" ({:.2} % right)", 100.0 * share));
    format!("{:.5}{accuracy}", metrics.loss)
}

/// All epochs of a training.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// let history = model.fit(&data, Fit::new().epochs(20).batch(2))?;
/// let losses: Vec<f64> = history.epochs.iter().map(|epoch| epoch.metrics.loss).collect();
/// assert!(losses[19] < losses[0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct History {
    /// The epochs, in order.
    pub epochs: Vec<Epoch>,
    /// Seconds until the programs were compiled and the data was on the device.
    pub compile_seconds: f64,
    /// Dispatches of a training step; 0 on a backend without any.
    pub dispatches_per_step: usize,
    /// The metric that the first callback with one judges by; without one, epochs are judged by their loss.
    pub judged_by: Option<String>,
}

impl History {
    /// The last epoch.
    pub fn last(&self) -> Option<&Epoch> {
        self.epochs.last()
    }

    /// The epoch with the best score of what the training is [judged by](History::judged_by), else with the smallest loss, of the
    /// validation set if there is one.
    pub fn best(&self) -> Option<&Epoch> {
        let judge = self.judge();
        let costs = self.epochs.iter().filter_map(|epoch| Some((epoch.cost(judge)?, epoch)));
        costs.min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, epoch)| epoch)
    }

    /// The metric that epochs are judged by, where some have it.
    fn judge(&self) -> Option<&str> {
        self.judged_by.as_deref().filter(|name| self.epochs.iter().any(|epoch| epoch.score(name).is_some()))
    }

    /// The names of all scores, in the order in which they come.
    fn score_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for score in self.epochs.iter().flat_map(|epoch| &epoch.scores) {
            if !names.contains(&score.name.as_str()) {
                names.push(&score.name);
            }
        }
        names
    }

    /// Seconds of training that the epochs still to come will take, if each takes as long as the last one: those before a
    /// resumption may have run on another device.
    pub fn seconds_left(&self) -> f64 {
        self.last().map_or(0.0, |last| last.seconds * last.of.saturating_sub(last.epoch) as f64)
    }

    /// Seconds of training in all, without validation.
    pub fn train_seconds(&self) -> f64 {
        self.epochs.iter().map(|epoch| epoch.seconds).sum()
    }

    /// Samples a second over all epochs.
    pub fn throughput(&self) -> f64 {
        self.epochs.iter().map(|epoch| epoch.samples).sum::<usize>() as f64 / self.train_seconds()
    }

    /// A row an epoch, with a header. Scores come last, as `score_roc_auc`.
    pub fn to_csv(&self) -> String {
        let mut csv = String::from(
            "epoch,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds,samples_per_second",
        );
        let names = self.score_names();
        names.iter().for_each(|name| csv += &format!(",score_{name}"));
        csv.push('\n');
        let optional = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        for epoch in &self.epochs {
            let Epoch { epoch: number, metrics, validation, rate, seconds, .. } = epoch;
            let (loss, accuracy) = (metrics.loss, optional(metrics.accuracy));
            let validation_loss = optional(validation.map(|metrics| metrics.loss));
            let validation_accuracy = optional(validation.and_then(|metrics| metrics.accuracy));
            let throughput = epoch.throughput();
            // Writing to a String cannot fail.
            let _ = write!(
                csv,
                "{number},{loss},{accuracy},{validation_loss},{validation_accuracy},{rate},{seconds:.4},{throughput:.0}"
            );
            names.iter().for_each(|name| csv += &format!(",{}", optional(epoch.score(name))));
            csv.push('\n');
        }
        csv
    }

    /// Writes [`to_csv`](History::to_csv) to a file.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        write_whole(path, self.to_csv().as_bytes())
    }
}

/// A line such as `20 epochs in 34.2 s, 35088 samples/s; the best is epoch 19 with loss 0.02040, validation 0.01980`.
impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(best) = self.best() else { return f.write_str("no epochs") };
        let (seconds, throughput) = (self.train_seconds(), self.throughput());
        write!(f, "{} epochs in {seconds:.1} s, {throughput:.0} samples/s; ", self.epochs.len())?;
        let by = self.judge().map_or_else(String::new, |name| format!(" by {name}"));
        write!(f, "the best{by} is epoch {} with {}", best.epoch, best.results())
    }
}

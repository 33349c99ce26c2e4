//! Early stopping.

use std::sync::Arc;

use ndarray::array;

use super::{Callback, Flow};
use crate::error::{Error, Result};
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::train::history::{Epoch, History};
use crate::train::metrics::Metric;
use crate::train::model::{Model, ModelState};

/// Stops when the loss (of the validation set, if there is one) or a metric has not become better for some epochs, and brings back what the model was trained to in the best epoch: parameters, moments and step (Prechelt, *Early Stopping - But When?*, 1998).
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// use wgrad::callback::EarlyStopping;
///
/// let mut stopping = EarlyStopping::new(2).least_gain(100.0); // no epoch gains so much
/// let history = model.fit(&data, Fit::new().epochs(50).batch(2).callback(&mut stopping))?;
/// assert_eq!(history.epochs.len(), 3);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "`Fit::callback` takes it"]
pub struct EarlyStopping {
    patience: usize,
    least_gain: f64,
    /// The metric that it goes by in place of the loss.
    metric: Option<Arc<dyn Metric>>,
    /// The loss or the metric of the best epoch, and the model then.
    best: Option<(f64, ModelState)>,
    waited: usize,
}

impl EarlyStopping {
    /// Stops after `patience` epochs without a smaller loss; 0 stops after the first epoch.
    pub fn new(patience: usize) -> Self {
        Self { patience, least_gain: 0.0, metric: None, best: None, waited: 0 }
    }

    /// Goes by a metric in place of the loss. The training computes it each epoch, also without
    /// [`Fit::metric`](crate::Fit::metric): on the validation set, if there is one.
    ///
    /// ```
    /// # use wgrad::backend::Cpu;
    /// # use wgrad::layers::Dense;
    /// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
    /// # let data = Dataset::binary(Samples::rows([0.0, 1.0], 1)?, vec![0, 1])?;
    /// # let net = Sequential::new([1]).add(Dense::new(1));
    /// # let mut model = net.compile(Cpu::<f32>::new()?, losses::BinaryCrossEntropy::logits(), Optimizer::sgd(0.5), 0)?;
    /// use wgrad::callback::EarlyStopping;
    /// use wgrad::metrics::Accuracy;
    ///
    /// let mut stopping = EarlyStopping::new(3).on(Accuracy::new());
    /// let history = model.fit(&data, Fit::new().epochs(200).batch(2).callback(&mut stopping))?;
    /// assert!(history.epochs.len() < 200); // no more than all are right
    /// assert_eq!(history.best().and_then(|epoch| epoch.score("accuracy")), Some(1.0));
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    pub fn on(self, metric: impl Metric + 'static) -> Self {
        Self { metric: Some(Arc::new(metric)), ..self }
    }

    /// Counts a loss as smaller, or a metric as better, only if it is so by more than this: 0, the default, or a positive number.
    pub fn least_gain(self, least_gain: f64) -> Self {
        Self { least_gain, ..self }
    }

    /// What it judges an epoch by.
    fn value(&self, epoch: &Epoch) -> Option<f64> {
        self.metric.as_ref().map_or_else(|| Some(epoch.judged_loss()), |metric| epoch.score(metric.name()))
    }

    fn is_better(&self, value: f64, best: f64) -> bool {
        let higher = self.metric.as_ref().is_some_and(|metric| metric.higher_is_better());
        if higher { value > best + self.least_gain } else { value < best - self.least_gain }
    }

    /// What it goes by, in words.
    fn measure(&self) -> &str {
        self.metric.as_ref().map_or("loss", |metric| metric.name())
    }

    /// The array in which a checkpoint has how far it is; those of losses are as they were before there were metrics.
    fn progress(&self) -> String {
        self.metric.as_ref().map_or_else(|| PROGRESS.into(), |metric| format!("{ON_METRIC}{}", metric.name()))
    }

    /// The measure that a checkpoint's early stopping goes by, if it has any.
    fn measure_in(checkpoint: &TensorFile) -> Option<&str> {
        checkpoint.names().find_map(|name| match name.strip_prefix(ON_METRIC) {
            None => (name == PROGRESS).then_some("loss"),
            metric => metric,
        })
    }

    fn flow(&self) -> Flow {
        if self.waited >= self.patience { Flow::Stop } else { Flow::Continue }
    }
}

/// The smallest loss, epochs since, and the model's steps then.
const PROGRESS: &str = "wgrad/early_stopping";

/// Begins the name of the same of a metric, which follows.
const ON_METRIC: &str = "wgrad/early_stopping/on/";

/// Begins the names of the best epoch's parameters.
const BEST: &str = "wgrad/early_stopping/best/";

/// Begins the names of what goes with them.
const OF_BEST: &str = "wgrad/early_stopping/";

impl Callback for EarlyStopping {
    fn check(&self) -> Result<()> {
        let gain = self.least_gain;
        if (0.0..f64::INFINITY).contains(&gain) {
            return Ok(());
        }
        let why = format!("early stopping's least gain is {gain}; it must be 0 or positive, and finite");
        Err(Error::Setting { why })
    }

    fn judges_by(&self) -> Option<Arc<dyn Metric>> {
        self.metric.clone()
    }

    fn on_epoch(&mut self, model: &mut Model, history: &History) -> Result<Flow> {
        if history.epochs.len() == 1 {
            // What it knows of a former training, or of a checkpoint that was refused, is over.
            (self.best, self.waited) = (None, 0);
        }
        let value = history.last().and_then(|epoch| self.value(epoch));
        let Some(value) = value else { return Ok(Flow::Continue) };
        self.waited += 1;
        if self.best.as_ref().is_none_or(|(best, _)| self.is_better(value, *best)) {
            let state = model.state()?;
            // Units that are dead can hide weights that are not finite from the loss.
            if state.is_finite() {
                (self.best, self.waited) = (Some((value, state)), 0);
            }
        }
        Ok(self.flow())
    }

    fn save(&self, checkpoint: TensorFile) -> TensorFile {
        let Some((best, state)) = &self.best else { return checkpoint };
        let progress = array![*best, self.waited as f64, f64::from(state.steps())];
        state.put(checkpoint.with_doubles(&self.progress(), progress.view()), BEST, OF_BEST)
    }

    fn resume(&mut self, model: &Model, checkpoint: &TensorFile) -> Result<Flow, FileFault> {
        // What it knows of a training that was dropped is over.
        (self.best, self.waited) = (None, 0);
        let name = self.progress();
        match Self::measure_in(checkpoint) {
            Some(there) if there != self.measure() => {
                let (there, here) = (there.to_string(), self.measure().to_string());
                return Err(FileFault::Differs { what: "what early stopping goes by".into(), there, here });
            }
            // No epoch has ended yet, or it was added since.
            None if !checkpoint.names().any(|name| name.starts_with(PROGRESS)) => return Ok(Flow::Continue),
            _ => {}
        }
        let old = checkpoint.shape(&name) == Some(&[2]);
        checkpoint.check_shape(&name, if old { &[2] } else { &[3] })?;
        let progress = checkpoint.doubles(&name)?;
        // Version 0.1 wrote the best parameters alone.
        let state = match old {
            true => model.other_state_in(checkpoint, BEST)?,
            false => model.state_in(checkpoint, [BEST, OF_BEST], progress[2] as u32)?,
        };
        (self.best, self.waited) = (Some((progress[0], state)), progress[1] as usize);
        Ok(self.flow())
    }

    fn on_end(&mut self, model: &mut Model, _: &History) -> Result<()> {
        let Some((best, state)) = self.best.take() else { return Ok(()) };
        log::info!("the model gets the weights of the best epoch, with the {} {best}", self.measure());
        model.set_state(&state)
    }
}

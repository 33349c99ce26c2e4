//! Early stopping.

use std::sync::Arc;

use ndarray::array;

use super::measure::Measure;
use super::{Callback, Control, Flow};
use crate::error::Result;
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::train::metrics::Metric;

/// Stops when the loss (of the validation set, if there is one) or a metric has not become better for some epochs, and brings back
/// what the model was trained to in the best epoch: parameters, moments and step (Prechelt, *Early Stopping - But When?*, 1998).
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
    measure: Measure,
}

impl EarlyStopping {
    /// Stops after `patience` epochs without a smaller loss; 0 stops after the first epoch.
    pub fn new(patience: usize) -> Self {
        Self { patience, measure: Measure::default() }
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
    pub fn on(mut self, metric: impl Metric + 'static) -> Self {
        self.measure.metric = Some(Arc::new(metric));
        self
    }

    /// Counts a loss as smaller, or a metric as better, only if it is so by more than this: 0, the default, or a positive number.
    pub fn least_gain(mut self, least_gain: f64) -> Self {
        self.measure.least_gain = least_gain;
        self
    }

    /// What belongs to it has this name: as before there were metrics, where it goes by the loss.
    fn name(&self) -> String {
        self.measure
            .metric
            .as_ref()
            .map_or_else(|| NAME.into(), |metric| format!("{ON_METRIC}{}", metric.name()))
    }

    fn is_over(&self) -> bool {
        self.measure.waited >= self.patience
    }
}

const NAME: &str = "early_stopping";

/// Begins the name of one that goes by a metric, which follows.
const ON_METRIC: &str = "early_stopping/on/";

/// Where a checkpoint has the best value and the epochs since.
fn progress(name: &str) -> String {
    format!("wgrad/{name}")
}

/// The measure that a checkpoint's early stopping goes by, if it has any.
fn measure_in(checkpoint: &TensorFile) -> Option<String> {
    let [on_loss, on_metric] = [NAME, ON_METRIC].map(progress);
    checkpoint.names().find_map(|name| match name.strip_prefix(&on_metric) {
        None => (name == on_loss).then(|| "loss".to_string()),
        // What is kept is behind a further slash.
        Some(metric) => (!metric.contains('/')).then(|| metric.to_string()),
    })
}

impl Callback for EarlyStopping {
    fn check(&self) -> Result<()> {
        self.measure.check("early stopping")
    }

    fn judges_by(&self) -> Option<Arc<dyn Metric>> {
        self.measure.metric.clone()
    }

    fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
        if control.history().epochs.len() == 1 {
            // What it knows of a former training, or of a checkpoint that was refused, is over.
            self.measure.reset();
        }
        if control.epoch().is_some_and(|epoch| self.measure.is_best(epoch)) {
            control.keep(&self.name());
        }
        if self.is_over() {
            control.stop();
        }
        Ok(())
    }

    fn save(&self, checkpoint: TensorFile) -> TensorFile {
        let Some(best) = self.measure.best else { return checkpoint };
        let numbers = array![best, self.measure.waited as f64];
        checkpoint.with_doubles(&progress(&self.name()), numbers.view())
    }

    fn resume(&mut self, checkpoint: &TensorFile) -> Result<Flow, FileFault> {
        // What it knows of a training that was dropped is over.
        self.measure.reset();
        match measure_in(checkpoint) {
            Some(there) if there != self.measure.name() => {
                let here = self.measure.name().to_string();
                return Err(FileFault::Differs { what: "what early stopping goes by".into(), there, here });
            }
            // No epoch has ended yet, or it was added since.
            None if !checkpoint.names().any(|name| name.starts_with(&progress(NAME))) => {
                return Ok(Flow::Continue);
            }
            _ => {}
        }
        let name = progress(&self.name());
        checkpoint.check_shape(&name, &[2])?;
        let numbers = checkpoint.doubles(&name)?;
        (self.measure.best, self.measure.waited) = (Some(numbers[0]), numbers[1] as usize);
        Ok(if self.is_over() { Flow::Stop } else { Flow::Continue })
    }

    fn on_end(&mut self, control: &mut Control<'_>) -> Result<()> {
        let Some(best) = self.measure.best.take() else { return Ok(()) };
        if control.restore(&self.name()) {
            log::info!(
                "the model gets the weights of the best epoch, with the {} {best}",
                self.measure.name()
            );
        }
        Ok(())
    }
}

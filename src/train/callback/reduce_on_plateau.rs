//! A smaller rate where a training stands still.

use std::sync::Arc;

use ndarray::array;

use super::measure::Measure;
use super::{Callback, Control, Flow};
use crate::error::{Error, Result};
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::train::metrics::Metric;

/// Multiplies the learning rate by a factor (0.1 if nothing else is said) when the loss, of the validation set if there is one, or a metric
/// has not become better for some epochs. From then on the rate takes the place of the optimizer's schedule. Keras has it as
/// `ReduceLROnPlateau`.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// use wgrad::callback::ReduceOnPlateau;
///
/// let mut reduce = ReduceOnPlateau::new(2).factor(0.5).least_gain(100.0); // no epoch gains so much
/// let history = model.fit(&data, Fit::new().epochs(4).batch(2).callback(&mut reduce))?;
/// let rates: Vec<f32> = history.epochs.iter().map(|epoch| epoch.rate).collect();
/// assert_eq!(rates, [0.1, 0.1, 0.1, 0.05]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "`Fit::callback` takes it"]
pub struct ReduceOnPlateau {
    patience: usize,
    factor: f32,
    floor: f32,
    measure: Measure,
}

impl ReduceOnPlateau {
    /// Reduces the rate after `patience` epochs without a smaller loss; 0 is as 1.
    pub fn new(patience: usize) -> Self {
        Self { patience: patience.max(1), factor: 0.1, floor: 0.0, measure: Measure::default() }
    }

    /// What the rate is multiplied by: more than 0 and less than 1.
    pub fn factor(self, factor: f32) -> Self {
        Self { factor, ..self }
    }

    /// The least rate that it sets: 0, the default, or a positive number.
    pub fn floor(self, floor: f32) -> Self {
        Self { floor, ..self }
    }

    /// Goes by a metric in place of the loss. The training computes it each epoch, also without
    /// [`Fit::metric`](crate::Fit::metric): on the validation set, if there is one.
    pub fn on(mut self, metric: impl Metric + 'static) -> Self {
        self.measure.metric = Some(Arc::new(metric));
        self
    }

    /// Counts a loss as smaller, or a metric as better, only if it is so by more than this: 0, the default, or a positive number.
    pub fn least_gain(mut self, least_gain: f64) -> Self {
        self.measure.least_gain = least_gain;
        self
    }

    /// Where a checkpoint has the best value and the epochs since.
    fn place(&self) -> String {
        format!("wgrad/reduce_on_plateau/{}", self.measure.name())
    }
}

impl Callback for ReduceOnPlateau {
    fn check(&self) -> Result<()> {
        let Self { factor, floor, .. } = self;
        let why = if !(*factor > 0.0 && *factor < 1.0) {
            format!("the factor on a plateau is {factor}; it must be more than 0 and less than 1")
        } else if !(0.0..=f32::MAX).contains(floor) {
            format!("the least rate on a plateau is {floor}; it must be 0 or positive, and finite")
        } else {
            return self.measure.check("a plateau");
        };
        Err(Error::Setting { why })
    }

    fn judges_by(&self) -> Option<Arc<dyn Metric>> {
        self.measure.metric.clone()
    }

    fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
        if control.history().epochs.len() == 1 {
            self.measure.reset();
        }
        let Some(epoch) = control.epoch() else { return Ok(()) };
        if self.measure.is_best(epoch) || self.measure.waited < self.patience {
            return Ok(());
        }
        self.measure.waited = 0;
        let rate = (epoch.rate * self.factor).max(self.floor);
        if rate < epoch.rate && rate > 0.0 {
            log::info!(
                "the {} has not become better for {} epochs; the learning rate is now {rate}",
                self.measure.name(),
                self.patience
            );
            control.set_rate(rate);
        }
        Ok(())
    }

    fn save(&self, checkpoint: TensorFile) -> TensorFile {
        let Some(best) = self.measure.best else { return checkpoint };
        checkpoint.with_doubles(&self.place(), array![best, self.measure.waited as f64].view())
    }

    fn resume(&mut self, checkpoint: &TensorFile) -> Result<Flow, FileFault> {
        self.measure.reset();
        let place = self.place();
        if checkpoint.shape(&place).is_some() {
            checkpoint.check_shape(&place, &[2])?;
            let numbers = checkpoint.doubles(&place)?;
            (self.measure.best, self.measure.waited) = (Some(numbers[0]), numbers[1] as usize);
        }
        Ok(Flow::Continue)
    }
}

//! Early stopping.

use ndarray::array;

use super::{Callback, Flow};
use crate::error::{Error, Result};
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::train::history::History;
use crate::train::model::{Model, Snapshot};

/// Stops when the loss (of the validation set, if there is one) has not become smaller for some epochs, and restores
/// the parameters of the best epoch (Prechelt, *Early Stopping - But When?*, 1998).
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
    best: Option<(f64, Snapshot)>,
    waited: usize,
}

impl EarlyStopping {
    /// Stops after `patience` epochs without a smaller loss; 0 stops after the first epoch.
    pub fn new(patience: usize) -> Self {
        Self { patience, least_gain: 0.0, best: None, waited: 0 }
    }

    /// Counts a loss as smaller only if it is so by more than this: 0, the default, or a positive number.
    pub fn least_gain(self, least_gain: f64) -> Self {
        Self { least_gain, ..self }
    }

    fn flow(&self) -> Flow {
        if self.waited >= self.patience { Flow::Stop } else { Flow::Continue }
    }
}

/// The smallest loss, and epochs since.
const PROGRESS: &str = "wgrad/early_stopping";

/// Begins the names of the best epoch's parameters.
const BEST: &str = "wgrad/early_stopping/best/";

impl Callback for EarlyStopping {
    fn check(&self) -> Result<()> {
        let gain = self.least_gain;
        if (0.0..f64::INFINITY).contains(&gain) {
            return Ok(());
        }
        let why = format!("early stopping's least gain is {gain}; it must be 0 or positive, and finite");
        Err(Error::Setting { why })
    }

    fn on_epoch(&mut self, model: &mut Model, history: &History) -> Result<Flow> {
        if history.epochs.len() == 1 {
            // What it knows of a former training, or of a checkpoint that was refused, is over.
            (self.best, self.waited) = (None, 0);
        }
        let Some(loss) = history.last().map(|epoch| epoch.judged_loss()) else { return Ok(Flow::Continue) };
        self.waited += 1;
        if self.best.as_ref().is_none_or(|(best, _)| loss < best - self.least_gain) {
            let snapshot = model.snapshot()?;
            // Units that are dead can hide weights that are not finite from the loss.
            if snapshot.is_finite() {
                (self.best, self.waited) = (Some((loss, snapshot)), 0);
            }
        }
        Ok(self.flow())
    }

    fn save(&self, checkpoint: TensorFile) -> TensorFile {
        let Some((loss, snapshot)) = &self.best else { return checkpoint };
        let progress = array![*loss, self.waited as f64];
        snapshot.put(checkpoint.with_doubles(PROGRESS, progress.view()), BEST)
    }

    fn resume(&mut self, model: &Model, checkpoint: &TensorFile) -> Result<Flow, FileFault> {
        if !checkpoint.names().any(|name| name.starts_with(PROGRESS)) {
            // No epoch has ended yet, or it was added since.
            return Ok(Flow::Continue);
        }
        checkpoint.check_shape(PROGRESS, &[2])?;
        let progress = checkpoint.doubles(PROGRESS)?;
        self.best = Some((progress[0], model.snapshot_in(checkpoint, BEST)?));
        self.waited = progress[1] as usize;
        Ok(self.flow())
    }

    fn on_end(&mut self, model: &mut Model, _: &History) -> Result<()> {
        let Some((loss, snapshot)) = self.best.take() else { return Ok(()) };
        log::info!("the model gets the weights of the best epoch, with the loss {loss}");
        model.restore(&snapshot)
    }
}

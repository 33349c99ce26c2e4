//! Early stopping.

use ndarray::array;

use super::{Callback, Flow};
use crate::error::{Error, Result};
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::train::history::History;
use crate::train::model::{Model, ModelState};

/// Stops when the loss (of the validation set, if there is one) has not become smaller for some epochs, and brings
/// back what the model was trained to in the best epoch: parameters, moments and step (Prechelt, *Early Stopping - But When?*, 1998).
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
    best: Option<(f64, ModelState)>,
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

/// The smallest loss, epochs since, and the model's steps then.
const PROGRESS: &str = "wgrad/early_stopping";

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

    fn on_epoch(&mut self, model: &mut Model, history: &History) -> Result<Flow> {
        if history.epochs.len() == 1 {
            // What it knows of a former training, or of a checkpoint that was refused, is over.
            (self.best, self.waited) = (None, 0);
        }
        let Some(loss) = history.last().map(|epoch| epoch.judged_loss()) else { return Ok(Flow::Continue) };
        self.waited += 1;
        if self.best.as_ref().is_none_or(|(best, _)| loss < best - self.least_gain) {
            let state = model.state()?;
            // Units that are dead can hide weights that are not finite from the loss.
            if state.is_finite() {
                (self.best, self.waited) = (Some((loss, state)), 0);
            }
        }
        Ok(self.flow())
    }

    fn save(&self, checkpoint: TensorFile) -> TensorFile {
        let Some((loss, state)) = &self.best else { return checkpoint };
        let progress = array![*loss, self.waited as f64, f64::from(state.steps())];
        state.put(checkpoint.with_doubles(PROGRESS, progress.view()), BEST, OF_BEST)
    }

    fn resume(&mut self, model: &Model, checkpoint: &TensorFile) -> Result<Flow, FileFault> {
        // What it knows of a training that was dropped is over.
        (self.best, self.waited) = (None, 0);
        if !checkpoint.names().any(|name| name.starts_with(PROGRESS)) {
            // No epoch has ended yet, or it was added since.
            return Ok(Flow::Continue);
        }
        let old = checkpoint.shape(PROGRESS) == Some(&[2]);
        checkpoint.check_shape(PROGRESS, if old { &[2] } else { &[3] })?;
        let progress = checkpoint.doubles(PROGRESS)?;
        // Version 0.1 wrote the best parameters alone.
        let state = match old {
            true => model.other_state_in(checkpoint, BEST)?,
            false => model.state_in(checkpoint, [BEST, OF_BEST], progress[2] as u32)?,
        };
        (self.best, self.waited) = (Some((progress[0], state)), progress[1] as usize);
        Ok(self.flow())
    }

    fn on_end(&mut self, model: &mut Model, _: &History) -> Result<()> {
        let Some((loss, state)) = self.best.take() else { return Ok(()) };
        log::info!("the model gets the weights of the best epoch, with the loss {loss}");
        model.set_state(&state)
    }
}

//! Early stopping.

use super::{Callback, Flow};
use crate::error::Result;
use crate::history::History;
use crate::model::{Model, Snapshot};

/// Stops when the loss (of the validation set, if there is one) has not become smaller for some epochs, and restores
/// the parameters of the best epoch (Prechelt, *Early Stopping - But When?*, 1998).
#[derive(Clone, Debug)]
pub struct EarlyStopping {
    patience: usize,
    least_gain: f64,
    best: Option<(f64, Snapshot)>,
    waited: usize,
}

impl EarlyStopping {
    /// Stops after `patience` epochs without a smaller loss.
    pub fn new(patience: usize) -> Self {
        Self { patience, least_gain: 0.0, best: None, waited: 0 }
    }

    /// Counts a loss as smaller only if it is so by more than this.
    pub fn least_gain(self, least_gain: f64) -> Self {
        Self { least_gain, ..self }
    }
}

impl Callback for EarlyStopping {
    fn on_epoch(&mut self, model: &mut Model, history: &History) -> Result<Flow> {
        let Some(loss) = history.last().map(|epoch| epoch.judged_loss()) else { return Ok(Flow::Continue) };
        if self.best.as_ref().is_none_or(|(best, _)| loss < best - self.least_gain) {
            self.best = Some((loss, model.snapshot()?));
            self.waited = 0;
        } else {
            self.waited += 1;
        }
        Ok(if self.waited >= self.patience { Flow::Stop } else { Flow::Continue })
    }

    fn on_end(&mut self, model: &mut Model, _: &History) -> Result<()> {
        self.best.take().map_or(Ok(()), |(_, snapshot)| model.restore(&snapshot))
    }
}

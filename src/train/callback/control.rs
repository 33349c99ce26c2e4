//! What a callback sees of a training, and asks of it.

use std::collections::BTreeMap;

use crate::train::history::{Epoch, History};
use crate::train::model::ModelState;

/// What a callback sees of a training at the end of an epoch or of all, and asks of it. The training does what all callbacks ask for
/// once all have heard of the epoch: it reads the device once, however many of them want the weights kept.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// use wgrad::Result;
/// use wgrad::callback::{Callback, Control};
///
/// /// Halves the rate after each epoch, and stops once the loss is small.
/// struct Halve;
///
/// impl Callback for Halve {
///     fn on_epoch(&mut self, control: &mut Control<'_>) -> Result<()> {
///         let Some(epoch) = control.epoch() else { return Ok(()) };
///         let (rate, loss) = (epoch.rate, epoch.judged_loss());
///         control.set_rate(rate / 2.0);
///         if loss < 0.1 {
///             control.stop();
///         }
///         Ok(())
///     }
/// }
///
/// let history = model.fit(&data, Fit::new().epochs(3).batch(2).callback(&mut Halve))?;
/// assert_eq!(history.epochs[2].rate, 0.025);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Debug)]
pub struct Control<'a> {
    history: &'a History,
    kept: &'a BTreeMap<String, ModelState>,
    wishes: &'a mut Wishes,
}

/// What callbacks ask of a training.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) stop: bool,
    pub(crate) rate: Option<f32>,
    /// Names under which the model's state is kept.
    pub(crate) keep: Vec<String>,
    /// The name of the kept state that the model gets back.
    pub(crate) restore: Option<String>,
    /// Parameters that are frozen, or thawed where it is false, in this order.
    pub(crate) freeze: Vec<(String, bool)>,
}

impl<'a> Control<'a> {
    pub(crate) fn new(
        history: &'a History,
        kept: &'a BTreeMap<String, ModelState>,
        wishes: &'a mut Wishes,
    ) -> Self {
        Self { history, kept, wishes }
    }

    /// The epochs until now.
    pub fn history(&self) -> &'a History {
        self.history
    }

    /// The epoch that has ended.
    pub fn epoch(&self) -> Option<&'a Epoch> {
        self.history.last()
    }

    /// Ends the training after this epoch.
    pub fn stop(&mut self) {
        self.wishes.stop = true;
    }

    /// Sets the learning rate of all further batches, in place of the optimizer's and its schedule; of several callbacks, the last one
    /// counts. A rate that is not positive and finite ends the training with an error.
    pub fn set_rate(&mut self, rate: f32) {
        self.wishes.rate = Some(rate);
    }

    /// Keeps all that the model was trained to until now under a name, in place of what was kept so before: parameters, moments and
    /// step. Checkpoints have it. Weights that are not finite end the training with an error.
    pub fn keep(&mut self, name: &str) {
        self.wishes.keep.push(name.to_string());
    }

    /// Brings back what was [kept](Control::keep) under a name; `false` where nothing is. Of several callbacks, the last one counts.
    pub fn restore(&mut self, name: &str) -> bool {
        let known = self.kept.contains_key(name);
        if known {
            self.wishes.restore = Some(name.to_string());
        }
        known
    }

    /// Leaves parameters as they are from here on, as [`Model::freeze`](crate::Model::freeze) says.
    pub fn freeze(&mut self, name: &str) {
        self.wishes.freeze.push((name.to_string(), true));
    }

    /// Trains parameters again that were frozen, as [`Model::thaw`](crate::Model::thaw) says.
    pub fn thaw(&mut self, name: &str) {
        self.wishes.freeze.push((name.to_string(), false));
    }
}

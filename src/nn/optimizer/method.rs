//! What turns gradients into the next parameters.

use std::fmt::Debug;
use std::ops::Range;

use serde_json::{Map, Value};

use crate::error::OpError;
use crate::ops::optimizer::{Rule, Update};
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// The formula of an optimizer; [`Optimizer::custom`](crate::Optimizer::custom) takes one of your own.
///
/// Every [`Rule`] is a method: a formula that looks at one number of the parameters at a time needs nothing else. One that looks at
/// whole parameters, as LAMB does with their norms, records steps of its own.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Fit, Samples, Sequential, losses};
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// use wgrad::ops::Sgd;
/// use wgrad::optimizers::{Method, Trained};
/// use wgrad::{Optimizer, Recorder};
///
/// /// Gradient descent in two half steps.
/// #[derive(Debug)]
/// struct Halves;
///
/// impl Method for Halves {
///     fn name(&self) -> &str {
///         "halves"
///     }
///
///     fn record(&self, tape: &mut Recorder, trained: &Trained) {
///         let half = Trained { rate_factor: trained.rate_factor / 2.0, ..trained.clone() };
///         half.update(tape, Sgd);
///         half.update(tape, Sgd);
///     }
/// }
///
/// let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::custom(Halves, 0.1), 0)?;
/// let history = model.fit(&data, Fit::new().epochs(100).batch(2))?;
/// assert!(history.last().is_some_and(|epoch| epoch.metrics.loss < 1e-2));
/// # Ok::<(), wgrad::Error>(())
/// ```
pub trait Method: Debug + Send + Sync + 'static {
    /// As files call it. Trainings go on only from those with a method of the same name and settings.
    fn name(&self) -> &str;

    /// The numbers that decide its steps.
    fn settings(&self) -> Map<String, Value> {
        Map::new()
    }

    /// Arenas of numbers that it keeps from step to step, each as large as the parameters; they begin with zeros.
    fn moments(&self) -> usize {
        0
    }

    /// Whether it takes the weight decay into its own steps. If not, `w -= rate · decay · w` comes before them.
    fn takes_decay(&self) -> bool {
        false
    }

    /// As [`Rule::betas`].
    fn betas(&self) -> [f32; 3] {
        [0.0; 3]
    }

    /// As [`Rule::corrections`]; ones where none matter.
    fn corrections(&self, t: u32) -> [f32; 3] {
        let _ = t;
        [1.0; 3]
    }

    /// An error where its settings cannot train.
    ///
    /// # Errors
    /// Which setting, its value, and what it must be.
    fn check(&self) -> Result<(), OpError> {
        Ok(())
    }

    /// Records the step of some parameters. It is called once for each group of parameters that are trained equally fast.
    fn record(&self, tape: &mut Recorder, trained: &Trained);
}

/// Parameters that a [`Method`] updates: a part of each arena, in which they lie one behind the other.
///
/// ```
/// use wgrad::Recorder;
/// use wgrad::ops::Sgd;
/// use wgrad::optimizers::{Method, Trained};
///
/// /// Gradient descent at half the rate, which tells what it trains.
/// #[derive(Debug)]
/// struct Slower;
///
/// impl Method for Slower {
///     fn name(&self) -> &str {
///         "slower"
///     }
///
///     fn record(&self, tape: &mut Recorder, trained: &Trained) {
///         for part in &trained.parts {
///             println!("{} numbers, decays: {}", part.range.len(), part.decays);
///         }
///         let rate_factor = trained.rate_factor / 2.0;
///         Trained { rate_factor, ..trained.clone() }.update(tape, Sgd);
///     }
/// }
/// # let _ = Slower;
/// ```
#[derive(Clone, Debug)]
pub struct Trained {
    /// 1 × n.
    pub parameters: Tensor,
    /// 1 × n, as [`backward`](Recorder::backward) gives them.
    pub gradients: Tensor,
    /// What gradients are multiplied by first, 1 × 1. Where it is negative, the step must change nothing: a gradient is not finite.
    pub factor: Tensor,
    /// As many as [`Method::moments`], 1 × n each.
    pub moments: Vec<Tensor>,
    /// See [`Update::denominators`].
    pub denominators: Option<Tensor>,
    /// What the batch's learning rate is multiplied by.
    pub rate_factor: f32,
    /// The weight decay, where the method takes it.
    pub decay: Option<f32>,
    /// Each parameter.
    pub parts: Vec<Part>,
}

/// A parameter among those that a [`Method`] updates.
///
/// ```
/// # use wgrad::Recorder;
/// use wgrad::optimizers::{Part, Trained};
///
/// /// Numbers of the largest parameter.
/// fn largest(trained: &Trained) -> usize {
///     trained.parts.iter().map(|part: &Part| part.range.len()).max().unwrap_or(0)
/// }
/// # let _ = largest;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// Its numbers among those of [`Trained::parameters`]. Between parameters there may be zeros.
    pub range: Range<usize>,
    /// Whether weight decay is for it: it has more than one dimension.
    pub decays: bool,
}

impl Trained {
    /// Records a step of each number by itself.
    pub fn update<R: Rule>(&self, tape: &mut Recorder, rule: R) {
        let plain = Update::new(rule, self.parameters, self.gradients, self.factor, self.moments.clone());
        let denominators = self.denominators.filter(|_| R::CORRECTED);
        tape.push(Update { denominators, rate_factor: self.rate_factor, ..plain });
    }
}

impl<R: Rule> Method for R {
    fn name(&self) -> &str {
        R::NAME
    }

    fn settings(&self) -> Map<String, Value> {
        self.constants().into_iter().map(|(name, value)| (name.to_lowercase(), value.into())).collect()
    }

    fn moments(&self) -> usize {
        R::MOMENTS
    }

    fn betas(&self) -> [f32; 3] {
        Rule::betas(self)
    }

    fn corrections(&self, t: u32) -> [f32; 3] {
        if R::CORRECTED { Rule::corrections(self, t) } else { [1.0; 3] }
    }

    fn record(&self, tape: &mut Recorder, trained: &Trained) {
        trained.update(tape, self.clone());
    }
}

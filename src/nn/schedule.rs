//! How the learning rate changes over the steps of a training.

use super::bound::Bound;

/// The factor that the learning rate is multiplied by at a step. Steps are batches, also those whose update
/// [`Precision::F16`](crate::Precision::F16) skips.
///
/// ```
/// use wgrad::{Optimizer, Schedule};
///
/// let schedule = Schedule::Step { epochs: 10, factor: 0.5 };
/// let _optimizer = Optimizer::adam(0.001).schedule(schedule);
/// // Of 30 epochs with 100 steps each, the first, the eleventh and the last one.
/// assert_eq!([0, 1000, 2999].map(|step| schedule.factor(step, 100, 30)), [1.0, 0.5, 0.25]);
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Schedule {
    /// 1 at every step.
    Constant,
    /// `factorⁿ` after `n · epochs` epochs.
    Step {
        /// Epochs between two changes.
        epochs: usize,
        /// What each change multiplies by.
        factor: f32,
    },
    /// `factorⁿ` after `n` epochs.
    Exponential {
        /// What each epoch multiplies by.
        factor: f32,
    },
    /// From 1 down to `floor` over the whole training: `floor + (1 - floor) (1 - t)^power`, where `t` goes from 0 to 1.
    Polynomial {
        /// 1 is a straight line.
        power: f32,
        /// The factor at the last step.
        floor: f32,
    },
    /// Rises from `first` to 1 and falls to `last`, each along half a cosine (Smith and Topin, *Super-Convergence*, 2018; the steps are
    /// those of PyTorch's `OneCycleLR`). PyTorch's own settings are 0.3, 1/25 and 4·10⁻⁶. The momentum stays as it is.
    OneCycle {
        /// The share of the training's steps in which it rises.
        rising: f32,
        /// The factor at the first step.
        first: f32,
        /// The factor at the last step.
        last: f32,
    },
    /// One's own; [`Schedule::custom`] makes it.
    Custom {
        /// What files call it. Trainings go on only from those with a schedule of the same name.
        name: &'static str,
        /// The factor of an epoch (the first is 0) of so many.
        factor: fn(usize, usize) -> f32,
    },
    /// From 1 down to `floor` along half a cosine over the whole training (Loshchilov and Hutter, 2017, equation 5).
    Cosine {
        /// The factor at the last step.
        floor: f32,
    },
    /// Rises in a straight line from 0 to 1 over these epochs, then falls to `floor` along half a cosine.
    WarmupCosine {
        /// Epochs of rising.
        epochs: usize,
        /// The factor at the last step.
        floor: f32,
    },
    /// Rises in a straight line from 0 to 1 over these epochs, then stays.
    Warmup {
        /// Epochs of rising.
        epochs: usize,
    },
}

/// Those of which files say the same.
impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.describe() == other.describe()
    }
}

impl Schedule {
    /// One's own: `factor(epoch, epochs)` is what the learning rate is multiplied by in an epoch, the first being 0, of so many.
    ///
    /// A rate that it makes negative, infinite or no number is an error of its epoch.
    ///
    /// Files have its name alone. A checkpoint of a training with another name is refused. [`Model::load`](crate::Model::load) refuses
    /// such a file; [`Graph::load`](crate::Graph::load), `compile` and [`Model::load_weights`](crate::Model::load_weights) take it.
    ///
    /// ```
    /// use wgrad::Schedule;
    ///
    /// let sawtooth = Schedule::custom("sawtooth", |epoch, _| if epoch % 2 == 0 { 1.0 } else { 0.5 });
    /// assert_eq!([0, 100, 200].map(|step| sawtooth.factor(step, 100, 30)), [1.0, 0.5, 1.0]);
    /// ```
    pub fn custom(name: &'static str, factor: fn(usize, usize) -> f32) -> Self {
        Schedule::Custom { name, factor }
    }

    /// The factor at `step` (the first is 0) of `epochs · steps_per_epoch` in all; an epoch without steps counts as one.
    pub fn factor(self, step: usize, steps_per_epoch: usize, epochs: usize) -> f32 {
        let steps = |epochs: usize| steps_per_epoch.max(1).saturating_mul(epochs);
        let total = steps(epochs);
        let rise = |epochs: usize| (step + 1) as f64 / steps(epochs) as f64;
        let power = |factor: f32, epochs: usize| {
            f64::from(factor).powi(i32::try_from(step / steps(epochs)).unwrap_or(i32::MAX))
        };
        let share =
            |from: usize| ((step - from) as f64 / total.saturating_sub(from + 1).max(1) as f64).min(1.0);
        let fall = |from: usize, floor: f32| half_cosine(1.0, floor.into(), share(from));
        let factor = match self {
            Schedule::Constant => 1.0,
            Schedule::Step { epochs, factor } => power(factor, epochs.max(1)),
            Schedule::Exponential { factor } => power(factor, 1),
            Schedule::Polynomial { power, floor } => {
                let floor = f64::from(floor);
                floor + (1.0 - floor) * (1.0 - share(0)).powf(power.into())
            }
            Schedule::OneCycle { rising, first, last } => {
                one_cycle(step as f64, total as f64, [rising, first, last].map(f64::from))
            }
            Schedule::Custom { factor, .. } => factor(step / steps(1), epochs).into(),
            Schedule::Cosine { floor } => fall(0, floor),
            Schedule::Warmup { epochs } | Schedule::WarmupCosine { epochs, .. } if step < steps(epochs) => {
                rise(epochs)
            }
            Schedule::Warmup { .. } => 1.0,
            Schedule::WarmupCosine { epochs, floor } => fall(steps(epochs), floor),
        };
        factor as f32
    }

    /// Whether it depends on the number of epochs.
    pub(crate) fn needs_epochs(self) -> bool {
        match self {
            Schedule::Constant
            | Schedule::Step { .. }
            | Schedule::Exponential { .. }
            | Schedule::Warmup { .. } => false,
            Schedule::Polynomial { .. }
            | Schedule::OneCycle { .. }
            | Schedule::Custom { .. }
            | Schedule::Cosine { .. }
            | Schedule::WarmupCosine { .. } => true,
        }
    }

    /// Why its settings cannot train, if they cannot.
    pub(crate) fn fault(self) -> Option<String> {
        let of = |bound: Bound, name: &str, value| bound.fault(&format!("the schedule's {name}"), value);
        let not_negative = |name, value| of(Bound::NotNegative, name, value);
        match self {
            Schedule::Step { factor, .. } | Schedule::Exponential { factor } => {
                not_negative("factor", factor)
            }
            Schedule::Cosine { floor } | Schedule::WarmupCosine { floor, .. } => not_negative("floor", floor),
            Schedule::Polynomial { power, floor } => {
                not_negative("power", power).or_else(|| not_negative("floor", floor))
            }
            Schedule::OneCycle { rising, first, last } => of(Bound::Unit, "rising share", rising)
                .or_else(|| not_negative("first factor", first))
                .or_else(|| not_negative("last factor", last)),
            Schedule::Constant | Schedule::Warmup { .. } | Schedule::Custom { .. } => None,
        }
    }
}

/// From one number to another as `share` goes from 0 to 1, along half a cosine.
fn half_cosine(from: f64, to: f64, share: f64) -> f64 {
    to + (from - to) * 0.5 * (1.0 + (std::f64::consts::PI * share).cos())
}

/// The rise ends before a whole number of steps where `rising` says so.
fn one_cycle(step: f64, total: f64, [rising, first, last]: [f64; 3]) -> f64 {
    let (peak, end) = (rising * total - 1.0, total - 1.0);
    let share = |from: f64, to: f64| if to > from { ((step - from) / (to - from)).min(1.0) } else { 1.0 };
    if step <= peak || peak >= end {
        half_cosine(first, 1.0, share(0.0, peak))
    } else {
        half_cosine(1.0, last, share(peak, end))
    }
}

//! How the learning rate changes over the steps of a training.

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
#[derive(Clone, Copy, Debug, PartialEq)]
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

impl Schedule {
    /// The factor at `step` (the first is 0) of `epochs · steps_per_epoch` in all; an epoch without steps counts as one.
    pub fn factor(self, step: usize, steps_per_epoch: usize, epochs: usize) -> f32 {
        let steps = |epochs: usize| steps_per_epoch.max(1).saturating_mul(epochs);
        let total = steps(epochs);
        let rise = |epochs: usize| (step + 1) as f64 / steps(epochs) as f64;
        let fall = |from: usize, floor: f32| {
            let share = (step - from) as f64 / total.saturating_sub(from + 1).max(1) as f64;
            let floor = f64::from(floor);
            floor + (1.0 - floor) * 0.5 * (1.0 + (std::f64::consts::PI * share.min(1.0)).cos())
        };
        let factor = match self {
            Schedule::Constant => 1.0,
            Schedule::Step { epochs, factor } => f64::from(factor).powi((step / steps(epochs.max(1))) as i32),
            Schedule::Cosine { floor } => fall(0, floor),
            Schedule::Warmup { epochs } | Schedule::WarmupCosine { epochs, .. } if step < steps(epochs) => {
                rise(epochs)
            }
            Schedule::Warmup { .. } => 1.0,
            Schedule::WarmupCosine { epochs, floor } => fall(steps(epochs), floor),
        };
        factor as f32
    }

    /// The number that it multiplies by or falls to, with its name.
    pub(crate) fn setting(self) -> Option<(&'static str, f32)> {
        match self {
            Schedule::Step { factor, .. } => Some(("the schedule's factor", factor)),
            Schedule::Cosine { floor } | Schedule::WarmupCosine { floor, .. } => {
                Some(("the schedule's floor", floor))
            }
            Schedule::Constant | Schedule::Warmup { .. } => None,
        }
    }
}

//! A search for a learning rate.

use super::{Fit, Model};
use crate::backend::wait;
use crate::error::{Error, Result};
use crate::random::{Purpose, Stream};
use crate::train::source::{Feed, Reading};

/// The share of the mean of losses that a further loss leaves.
const KEPT: f64 = 0.95;

/// The search ends where the loss is so many times the least.
const TOO_MUCH: f64 = 4.0;

/// The part of the losses on each side of a place that its slope is taken over, and that is left out at the beginning, where the mean is
/// of few losses: what differs from batch to batch is larger than a slope over few of them.
const PART: usize = 10;

/// What [`Model::find_rate`] has found: the loss at rates that grow from step to step.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::{Dense, Tanh};
/// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
/// let inputs: Vec<f32> = (0..64).map(|i| i as f32 / 32.0 - 1.0).collect();
/// let squares: Vec<f32> = inputs.iter().map(|x| x * x).collect();
/// let data = Dataset::pairs(Samples::rows(inputs, 1)?, Samples::rows(squares, 1)?)?;
/// let net = Sequential::new([1]).add(Dense::new(16)).add(Tanh).add(Dense::new(1));
/// let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::adam(0.001), 0)?;
/// let before = model.state()?;
/// let search = model.find_rate(&data, 16, [1e-5, 10.0], 100)?;
/// let rate = search.suggestion().ok_or("no rate makes the loss smaller")?;
/// assert!((1e-4..1.0).contains(&rate));
/// assert_eq!(model.state()?, before);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RateSearch {
    /// The learning rates, each a step's.
    pub rates: Vec<f32>,
    /// The means of the losses until then, of which later ones count more: with the weights that the rates before have made.
    pub losses: Vec<f64>,
}

impl RateSearch {
    /// The rate at which the loss falls most from step to step; `None` where it falls nowhere.
    pub fn suggestion(&self) -> Option<f32> {
        let beside = (self.losses.len() / PART).max(1);
        let slope = |at: usize| (self.losses[at + beside] - self.losses[at - beside], at);
        let places = 2 * beside..self.losses.len().saturating_sub(beside);
        let steepest = places.map(slope).min_by(|a, b| a.0.total_cmp(&b.0));
        steepest.filter(|(slope, _)| *slope < 0.0).map(|(_, at)| self.rates[at])
    }
}

impl Model {
    /// Trains with rates that grow from the first to the second of `range`, in `steps` steps, until the loss is far above the least, and
    /// brings the model back (Smith, *Cyclical Learning Rates for Training Neural Networks*, 2017).
    /// [`RateSearch::suggestion`] says which rate to take.
    ///
    /// # Errors
    /// A range that does not grow or has a rate that is not positive and finite; less than 10 steps; a dataset that does not fit the
    /// model; a lost device.
    pub fn find_rate<'d>(
        &mut self,
        data: impl Into<Feed<'d>>,
        batch: usize,
        range: [f32; 2],
        steps: usize,
    ) -> Result<RateSearch> {
        wait("find_rate_async", self.find_rate_async(data, batch, range, steps))
    }

    /// [`find_rate`](Model::find_rate) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn find_rate_async<'d>(
        &mut self,
        data: impl Into<Feed<'d>>,
        batch: usize,
        range: [f32; 2],
        steps: usize,
    ) -> Result<RateSearch> {
        let [least, most] = range;
        if !(least > 0.0 && most > least && most.is_finite()) || steps < 10 {
            let why = format!(
                "a search for a rate from {least} to {most} in {steps} steps; rates are positive and grow, in at least 10 steps"
            );
            return Err(Error::Setting { why });
        }
        let (state, drawn) = (self.state_async().await?, self.shuffler.drawn());
        let found = self.try_rates(data.into(), batch, range, steps).await;
        self.shuffler = Stream::at(self.seed, Purpose::Shuffling, drawn);
        self.set_state(&state)?;
        found
    }

    async fn try_rates(
        &mut self,
        data: Feed<'_>,
        batch: usize,
        range: [f32; 2],
        steps: usize,
    ) -> Result<RateSearch> {
        let epochs = steps.div_ceil(data.len().div_ceil(batch.max(1))).max(1);
        let mut training = self.training_async(data, Fit::new().epochs(epochs).batch(batch)).await?;
        let mut search = RateSearch { rates: Vec::new(), losses: Vec::new() };
        let (mut mean, mut lowest) = (0.0, f64::INFINITY);
        for step in 0..steps {
            let rate = rate_between(range, step as f64 / (steps - 1) as f64);
            training.set_rate(rate)?;
            match training.step_async().await {
                // An epoch's end looks at all its losses.
                Err(Error::NotFinite { .. } | Error::StepNotFinite { .. }) => break,
                other => other.map_err(|error| error.read_for(Reading::Alone))?,
            };
            let loss = training.loss_async().await?.unwrap_or(f64::NAN);
            mean = KEPT * mean + (1.0 - KEPT) * loss;
            let smooth = mean / (1.0 - KEPT.powf(step as f64 + 1.0));
            if !smooth.is_finite() || smooth > TOO_MUCH * lowest {
                break;
            }
            lowest = lowest.min(smooth);
            search.rates.push(rate);
            search.losses.push(smooth);
        }
        Ok(search)
    }
}

/// A rate of a range, each share of which multiplies by the same.
fn rate_between([least, most]: [f32; 2], share: f64) -> f32 {
    let [least, most] = [least, most].map(f64::from);
    (least * (most / least).powf(share)).min(most) as f32
}

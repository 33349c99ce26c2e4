//! Where a training is.

use super::course::Order;
use super::run::Run;
use super::{Layout, Model, Snapshot};
use crate::backend::{Backend, Values, wait};
use crate::error::{Error, Result};
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::nn::optimizer::Halves;
use crate::ops::LEAST_SCALE;
use crate::random::{Purpose, Stream};

/// What a model was trained to at one moment: parameters, the optimizer's moments and step, and the loss scale of half precision.
/// [`Snapshot`] has the parameters alone.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::adam(0.1), 0)?;
/// model.fit(&data, Fit::new().epochs(3).batch(2))?;
/// let before = model.state()?;
/// model.fit(&data, Fit::new().epochs(3).batch(2))?;
/// model.set_state(&before)?;
/// assert_eq!(model.state()?, before);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ModelState {
    /// Steps that the model was ever trained.
    pub(super) steps: u32,
    pub(super) parameters: Snapshot,
    /// The optimizer's.
    pub(super) moments: Vec<Snapshot>,
    /// The loss scale with the good steps since it changed, and the optimizer's denominators; none in `f32`.
    pub(super) halves: Vec<Vec<f32>>,
}

/// All that the further course of a training depends on, beside its settings and its dataset.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    /// The epoch under way, the first being 1.
    pub(super) epoch: usize,
    /// Batches of it that were run.
    pub(super) batches: usize,
    /// Random words that shuffling has used.
    pub(super) drawn: u128,
    pub(super) order: Order,
    pub(super) model: ModelState,
}

impl ModelState {
    /// Steps that the model was ever trained.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// The parameters, then the moments.
    pub(super) fn arenas(&self) -> impl Iterator<Item = &Snapshot> {
        std::iter::once(&self.parameters).chain(&self.moments)
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.arenas().all(Snapshot::is_finite)
    }

    /// Adds all of it except the step to a file: the parameters under `weights`, the rest under `own`.
    pub(crate) fn put(&self, file: TensorFile, weights: &str, own: &str) -> TensorFile {
        let mut file = self.parameters.put(file, weights);
        for (number, moments) in self.moments.iter().enumerate() {
            file = moments.put(file, &moments_prefix(own, number));
        }
        for (name, values) in [SCALE, DENOMINATORS].iter().zip(&self.halves) {
            file = file.with_shaped(&format!("{own}{name}"), &[values.len()], values);
        }
        file
    }

    /// Takes what [`put`](ModelState::put) has added.
    pub(super) fn take(
        file: &TensorFile,
        [weights, own]: [&str; 2],
        steps: u32,
        layout: &Layout,
    ) -> Result<Self, FileFault> {
        let mut moments = Vec::new();
        for number in 0..layout.arenas.moments.len() {
            moments.push(Snapshot::take(file, &moments_prefix(own, number), layout)?);
        }
        let parameters = Snapshot::take(file, weights, layout)?;
        let halves = match layout.arenas.halves {
            Some(_) => vec![scale_in(file, own)?, denominators_in(file, own)?],
            None => Vec::new(),
        };
        Ok(Self { steps, parameters, moments, halves })
    }
}

const SCALE: &str = "loss_scale";
const DENOMINATORS: &str = "denominators";

fn moments_prefix(own: &str, number: usize) -> String {
    format!("{own}moments_{}/", number + 1)
}

/// The optimizer's denominators; those of version 0.1 are not in the file.
fn denominators_in(file: &TensorFile, own: &str) -> Result<Vec<f32>, FileFault> {
    let name = format!("{own}{DENOMINATORS}");
    let values: Vec<f32> = file.reals(&name)?.into_iter().collect();
    match values[..] {
        [_, _, _] if values.iter().all(|value| (0.0..=1.0).contains(value)) => Ok(values),
        _ => Err(FileFault::Description {
            why: format!("{name} is {values:?}; it must be three numbers from 0 to 1"),
        }),
    }
}

/// The loss scale's state.
fn scale_in(file: &TensorFile, own: &str) -> Result<Vec<f32>, FileFault> {
    let name = format!("{own}{SCALE}");
    let state: Vec<f32> = file.reals(&name)?.into_iter().collect();
    match state[..] {
        [scale, steps] if scale >= LEAST_SCALE && scale.is_finite() && steps >= 0.0 => Ok(state),
        _ => Err(FileFault::Description {
            why: format!("{name} is {state:?}; it must be a scale and a number of steps"),
        }),
    }
}

/// Puts what a model of halves has beside its arenas back on a device.
pub(super) fn write_halves(
    backend: &mut dyn Backend,
    halves: Option<Halves>,
    state: &ModelState,
) -> Result<()> {
    let mut tensors = halves.iter().flat_map(Halves::state).zip(&state.halves);
    tensors.try_for_each(|(tensor, values)| backend.write(tensor, Values::Real(values)))
}

impl Model {
    /// What it was trained to until now.
    ///
    /// # Errors
    /// A lost device.
    pub fn state(&mut self) -> Result<ModelState> {
        wait("state_async", self.state_async())
    }

    /// [`state`](Model::state) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn state_async(&mut self) -> Result<ModelState> {
        let arenas = self.layout.arenas.clone();
        let parameters = self.read_arena(arenas.parameters).await?;
        let (mut moments, mut halves) = (Vec::new(), Vec::new());
        for arena in arenas.moments {
            moments.push(self.read_arena(arena).await?);
        }
        for tensor in arenas.halves.iter().flat_map(Halves::state) {
            halves.push(self.read(tensor).await?);
        }
        Ok(ModelState { steps: self.steps, parameters, moments, halves })
    }

    /// Brings it to what a model of the same net and optimizer was trained to. The order of samples goes on as it would have.
    ///
    /// # Errors
    /// Other parameters than the model's, or moments of another optimizer; a lost device.
    pub fn set_state(&mut self, state: &ModelState) -> Result<()> {
        let arenas = self.layout.arenas.clone();
        let halves = arenas.halves.iter().flat_map(Halves::state).count();
        if (arenas.moments.len(), halves) != (state.moments.len(), state.halves.len()) {
            let why = format!(
                "a state with {} moments and {} values of half precision, and the model has {} and {halves}",
                state.moments.len(),
                state.halves.len(),
                arenas.moments.len()
            );
            return Err(Error::Setting { why });
        }
        self.write_arena(arenas.parameters, &state.parameters)?;
        for (arena, moments) in arenas.moments.iter().zip(&state.moments) {
            self.write_arena(*arena, moments)?;
        }
        write_halves(&mut *self.backend, arenas.halves, state)?;
        self.steps = state.steps;
        Ok(())
    }

    /// A state in a file, at this step.
    pub(crate) fn state_in(
        &self,
        file: &TensorFile,
        prefixes: [&str; 2],
        steps: u32,
    ) -> Result<ModelState, FileFault> {
        ModelState::take(file, prefixes, steps, &self.layout)
    }

    /// Where a training is.
    pub(super) async fn training_state(&mut self, run: &Run<'_, '_>) -> Result<State> {
        let (epoch, batches, order) = (run.epoch, run.batches, run.train.course.order.clone());
        Ok(State { epoch, batches, drawn: self.shuffler.drawn(), order, model: self.state_async().await? })
    }

    /// Brings the model to where a training was.
    pub(super) fn set_training_state(&mut self, state: &State) -> Result<()> {
        self.set_state(&state.model)?;
        self.shuffler = Stream::at(self.seed, Purpose::Shuffling, state.drawn);
        Ok(())
    }

    /// Brings a training to a state.
    pub(super) fn go_to(&mut self, run: &mut Run<'_, '_>, state: State) -> Result<()> {
        self.set_training_state(&state)?;
        (run.epoch, run.batches) = (state.epoch, state.batches);
        let drawn = (state.batches > 0).then(|| run.train.batches.window_of(state.batches));
        run.train.course.go_to(state.order.clone(), drawn);
        run.sound = Some(state);
        Ok(())
    }
}

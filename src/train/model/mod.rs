//! A model: layers with parameters on a backend, a loss and an optimizer.

mod averages;
mod batches;
mod checkpoint;
mod classify;
mod course;
mod diagnose;
mod find_rate;
mod fit;
mod freeze;
mod gradients;
mod infer;
mod input_gradient;
mod layout;
mod load;
pub(crate) mod mapping;
mod memory;
mod on_device;
mod part;
mod predictor;
mod profile;
mod programs;
mod run;
mod save;
mod scores;
mod scoring;
mod snapshot;
mod state;
mod tell;
mod train;
mod trainable;
mod training;
mod weights;

use crate::backend::{Backend, BackendInfo, ProgramId, Values};
use crate::error::{Error, Result};
use crate::nn::graph::{Graph, Summary};
use crate::nn::losses::{Losses, Objective};
use crate::nn::optimizer::{Halves, Optimizer};
use crate::nn::precision::Precision;
use crate::nn::sequential::Sequential;
use crate::ops::FIRST_SCALE;
use crate::random::{Purpose, Stream};

pub use find_rate::RateSearch;
pub use fit::Fit;
pub use infer::Metrics;
pub(crate) use layout::Layout;
pub use memory::Memory;
pub use part::LoadedPart;
pub use predictor::Predictor;
pub use snapshot::Snapshot;
pub use state::ModelState;
pub(crate) use trainable::Trainable;
pub use training::{Step, Training};

/// Layers with parameters on a backend, ready to train; made by [`Sequential::compile`] or [`Graph::compile`].
///
/// ```
/// use wgrad::backend::Cpu;
/// use wgrad::layers::Dense;
/// use wgrad::ndarray::array;
/// use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
///
/// let lines = Dataset::regression(array![[0.0], [1.0], [2.0]].view(), array![[1.0], [3.0], [5.0]].view())?;
/// let net = Sequential::new([1]).add(Dense::new(1));
/// let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// let history = model.fit(&lines, Fit::new().epochs(300).batch(3))?;
/// println!("{history}");
/// let output = model.predict(&Samples::rows([3.0], 1)?)?[[0, 0]];
/// assert!((output - 7.0).abs() < 0.1, "2 x + 1");
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Debug)]
pub struct Model {
    net: Graph,
    backend: Box<dyn Backend>,
    objective: Objective,
    optimizer: Optimizer,
    layout: Layout,
    /// The program that keeps the arenas.
    arenas: ProgramId,
    trainable: Trainable,
    shuffler: Stream,
    steps: u32,
    seed: u64,
}

impl Sequential {
    /// Checks that the layers fit, and puts their initial parameters on a backend. The seed decides these parameters,
    /// the order of samples and dropout.
    ///
    /// # Errors
    /// Layers that do not fit; a setting of the optimizer that cannot train; a device that refuses the buffers.
    pub fn compile(
        self,
        backend: impl Backend + 'static,
        losses: impl Into<Losses>,
        optimizer: Optimizer,
        seed: u64,
    ) -> Result<Model> {
        Graph::from(self).compile(backend, losses, optimizer, seed)
    }
}

impl Graph {
    /// Checks that the layers fit, and puts their initial parameters on a backend. The seed decides these parameters,
    /// the order of samples and dropout.
    ///
    /// # Errors
    /// Layers that do not fit, or a graph without an input; losses that are not for its outputs; a setting of the optimizer that
    /// cannot train; a device that refuses the buffers.
    pub fn compile(
        self,
        backend: impl Backend + 'static,
        losses: impl Into<Losses>,
        optimizer: Optimizer,
        seed: u64,
    ) -> Result<Model> {
        self.compile_trainable(backend, losses, optimizer, seed, Trainable::default())
    }

    /// The same where some parameters are frozen, or slower than others.
    pub(crate) fn compile_trainable(
        self,
        backend: impl Backend + 'static,
        losses: impl Into<Losses>,
        optimizer: Optimizer,
        seed: u64,
        trainable: Trainable,
    ) -> Result<Model> {
        if let Some(why) = optimizer.fault() {
            return Err(Error::Setting { why });
        }
        let layout = Layout::new(&self, &optimizer, &trainable)?;
        if let Some(why) = trainable.fault(&layout.entries) {
            return Err(Error::Setting { why });
        }
        if self.inputs().next().is_none() {
            return Err(Error::Graph { why: "the graph has 0 inputs; Graph::input adds one".into() });
        }
        let objective = losses.into().of(&self)?;
        let mut backend: Box<dyn Backend> = Box::new(backend);
        let arenas = backend.compile(&layout.as_program())?;
        let shuffler = Stream::new(seed, Purpose::Shuffling);
        let net = self;
        let mut model =
            Model { net, backend, objective, optimizer, layout, arenas, trainable, shuffler, steps: 0, seed };
        model.initialise()?;
        Ok(model)
    }
}

impl Model {
    #[cfg(any(feature = "onnx", feature = "report"))]
    pub(crate) fn net(&self) -> &Graph {
        &self.net
    }

    /// What it runs on.
    pub fn backend_info(&self) -> BackendInfo {
        self.backend.info()
    }

    /// In how many bits its products read and write their numbers.
    pub fn precision(&self) -> Precision {
        self.net.precision
    }

    /// A table of the layers with output shapes and numbers of parameters.
    ///
    /// # Errors
    /// None that [`Sequential::compile`] has not met.
    pub fn summary(&self) -> Result<Summary> {
        self.net.summary()
    }

    fn initialise(&mut self) -> Result<()> {
        let arenas = &self.layout.arenas;
        let mut stream = Stream::new(self.seed, Purpose::Initialisation);
        let mut parameters = vec![0.0; arenas.parameters.len()];
        for entry in self.layout.entries.iter() {
            parameters[entry.tensor.range()].copy_from_slice(&entry.init.values(&mut stream, &entry.shape));
        }
        self.backend.write(arenas.parameters, Values::Real(&parameters))?;
        if let Some(Halves { scale, denominators, .. }) = arenas.halves {
            self.backend.write(scale, Values::Real(&[FIRST_SCALE, 0.0]))?;
            self.backend.write(denominators, Values::Real(&[0.0; 3]))?;
        }
        self.layout.write_constants(&mut *self.backend)
    }
}

//! How predictors are made: of a model, or of a file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::record::{Recorded, accepted, rounding};
use super::{Engine, Output, Predictor, Shared};
use crate::backend::{Backend, Queue, Served, Values, wait};
use crate::error::{Error, Result, ServeError};
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::nn::architecture::Build;
use crate::nn::graph::Graph;
use crate::program::Batch;
use crate::train::model::Model;
use crate::train::model::layout::Layout;
use crate::train::model::snapshot::check;

/// How long the first rows of a batch wait for others: less than a small batch takes on a GPU.
const GATHER: Duration = Duration::from_micros(50);

impl Model {
    /// A frozen copy that predicts for many threads at once, up to `max_rows` rows together; later training of this model does not
    /// change it. It runs on a further backend like this model's, on the same device.
    ///
    /// ```
    /// # use wgrad::backend::Cpu;
    /// # use wgrad::layers::Dense;
    /// # use wgrad::{Optimizer, Sequential, losses};
    /// # let net = Sequential::new([1]).add(Dense::new(1));
    /// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
    /// model.set_parameter_rows("dense_1.weight", &[2.0])?;
    /// let predictor = model.predictor(8)?;
    /// model.set_parameter_rows("dense_1.weight", &[5.0])?;
    /// let mut out = [0.0];
    /// predictor.predict_into(&[3.0], &mut out)?;
    /// assert_eq!(out, [6.0]);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ServeError::NoFurther`] of a backend that makes no further one; [`ServeError::MaxRows`]; a lost device.
    pub fn predictor(&mut self, max_rows: usize) -> Result<Predictor> {
        let backend = self.backend.another()?;
        let arena = wait("into_predictor", self.read(self.layout.arenas.parameters))?;
        let layout = &self.layout;
        Predictor::make(&self.net, layout, backend, max_rows, |backend| {
            let mut entries = layout.entries.iter();
            entries
                .try_for_each(|entry| backend.write(entry.tensor, Values::Real(&arena[entry.tensor.range()])))
        })
    }

    /// This model for predictions by many threads at once, up to `max_rows` rows together. It keeps the weights, which stay where they
    /// are, and lets go what only a training needs.
    ///
    /// # Errors
    /// [`ServeError::MaxRows`]; a lost device.
    pub fn into_predictor(self, max_rows: usize) -> Result<Predictor> {
        let Self { net, backend, layout, arenas, .. } = self;
        Predictor::make(&net, &layout, backend, max_rows, |backend| {
            backend.release(arenas);
            Ok(())
        })
    }
}

impl Predictor {
    /// The predictor of a model that [`Model::save`] wrote, for up to `max_rows` rows together. It reads the file once, and keeps
    /// nothing of it except the weights.
    ///
    /// ```
    /// # use wgrad::layers::Dense;
    /// # use wgrad::{Optimizer, Predictor, Sequential, losses};
    /// # let folder = tempfile::tempdir().expect("a folder");
    /// # let path = folder.path().join("model.safetensors");
    /// # let net = Sequential::new([2]).add(Dense::new(1));
    /// use wgrad::backend::Cpu;
    ///
    /// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
    /// model.save(&path)?;
    /// let predictor = Predictor::load(&path, Cpu::<f32>::new()?, 16)?;
    /// predictor.predict_into(&[0.5, -0.5], &mut [0.0])?;
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// A file that cannot be read, describes no model, or has other weights than the model that it describes; a device that
    /// refuses the buffers; a layer of a kind that is not of this crate, which [`Predictor::load_with`] takes;
    /// [`ServeError::MaxRows`].
    pub fn load(path: impl AsRef<Path>, backend: impl Backend + 'static, max_rows: usize) -> Result<Self> {
        Self::load_with(path, backend, max_rows, &|_, _| None)
    }

    /// The same for a model with custom layers, which `build` makes from their kind and
    /// [`settings`](crate::layers::Layer::settings).
    ///
    /// # Errors
    /// As [`Predictor::load`], and what `build` refuses.
    pub fn load_with(
        path: impl AsRef<Path>,
        backend: impl Backend + 'static,
        max_rows: usize,
        build: Build<'_>,
    ) -> Result<Self> {
        let path = path.as_ref();
        let file = TensorFile::read(path)?;
        let of = |fault: FileFault| fault.of(path);
        let net = Graph::described(&file.description().map_err(of)?, build).map_err(of)?;
        Self::with_arrays(&net, (&file, path), backend, max_rows)
    }

    /// The predictor of a net with the weights of a file, which has no others.
    pub(crate) fn with_arrays(
        net: &Graph,
        (file, path): (&TensorFile, &Path),
        backend: impl Backend + 'static,
        max_rows: usize,
    ) -> Result<Self> {
        let of = |fault: FileFault| fault.of(path);
        let layout = Layout::to_predict(net)?;
        check(file, "", &layout.entries).map_err(of)?;
        Self::make(net, &layout, Box::new(backend), max_rows, |backend| {
            // One after the other, so that there is no further copy of all.
            for entry in layout.entries.iter() {
                let values = file.reals(&entry.name).map_err(of)?;
                let values = values.as_slice().ok_or_else(|| bug("an array that is not row by row"))?;
                backend.write(entry.tensor, Values::Real(values))?;
            }
            Ok(())
        })
    }

    /// Compiles a net on a backend, where `fill` then writes the parameters.
    fn make(
        net: &Graph,
        layout: &Layout,
        mut backend: Box<dyn Backend>,
        max_rows: usize,
        fill: impl FnOnce(&mut dyn Backend) -> Result<()>,
    ) -> Result<Self> {
        if max_rows == 0 || u32::try_from(max_rows).is_err() {
            return Err(ServeError::MaxRows { rows: max_rows }.into());
        }
        let accepted = accepted(net)?;
        let recorded = Recorded::new(net, layout, &*backend, max_rows)?;
        let program = backend.compile(&recorded.program)?;
        let rounding = rounding(layout)?.map(|program| backend.compile(&program)).transpose()?;
        fill(&mut *backend)?;
        if let Some(rounding) = rounding {
            backend.run(rounding, &[Batch::of(1)])?;
            backend.release(rounding);
        }
        let mut outputs = Vec::new();
        for at in net.output_places() {
            outputs.push(Output { name: net.vertices[at].name.clone(), width: net.width(at)? });
        }
        let info = backend.info();
        let engine = match backend.server(program, &recorded.inputs, &recorded.outputs)? {
            Some(server) => Engine::Threads(server),
            None => {
                let Recorded { inputs, outputs, .. } = recorded;
                let served = Served { program, capacity: max_rows, inputs, outputs };
                Engine::Queue(Queue::start(backend, served, GATHER)?)
            }
        };
        Ok(Self { shared: Arc::new(Shared { info, max_rows, inputs: accepted, outputs, engine }) })
    }
}

fn bug(what: &str) -> Error {
    Error::Bug { what: what.into() }
}

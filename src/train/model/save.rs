//! Models in files.

use std::path::Path;

use serde_json::{Value, json};

use super::{Layout, Model, Snapshot, Trainable};
use crate::backend::Backend;
use crate::error::Result;
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::nn::architecture::Build;
use crate::nn::graph::Graph;
use crate::nn::losses::Losses;
use crate::nn::optimizer::Optimizer;

impl Model {
    /// Writes the weights to a safetensors file, with all that [`Model::load`] needs.
    ///
    /// # Shapes
    /// Arrays have the parameters' names: `dense_1.weight`, inputs × units; `dense_1.bias`, units. All are `F32`, row
    /// by row. Keras has the same layout; PyTorch's `Linear` has the weight transposed. README shows how both read and
    /// write such files.
    ///
    /// # Errors
    /// A file that cannot be written; a lost device.
    pub fn save(&mut self, path: impl AsRef<Path>) -> Result<()> {
        self.file()?.write(path)
    }

    /// The same with weights as `F16`, rounded to the nearest: a file half as large.
    ///
    /// # Errors
    /// As [`Model::save`], and a weight of more than 65504, which `F16` does not hold.
    pub fn save_half(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        self.file()?.into_half().map_err(|fault| fault.of(path))?.write(path)
    }

    fn file(&mut self) -> Result<TensorFile> {
        let weights = self.snapshot()?;
        Ok(weights.put(TensorFile::new(), "").with_description(&self.describe()))
    }

    /// The model that a file describes, with its weights, ready to predict or to train; its loss, optimizer and seed
    /// are the saved model's.
    ///
    /// # Errors
    /// A file that cannot be read, describes no model, or has other weights than the model that it describes; a device
    /// that refuses the buffers; a layer of a kind that is not of this crate, which [`Model::load_with`] takes.
    pub fn load(path: impl AsRef<Path>, backend: impl Backend + 'static) -> Result<Self> {
        Self::load_with(path, backend, &|_, _| None)
    }

    /// The same for a model with custom layers, which `build` makes from their kind and [`settings`](crate::layers::Layer::settings).
    ///
    /// # Errors
    /// As [`Model::load`], and what `build` refuses.
    pub fn load_with(
        path: impl AsRef<Path>,
        backend: impl Backend + 'static,
        build: Build<'_>,
    ) -> Result<Self> {
        let path = path.as_ref();
        let file = TensorFile::read(path)?;
        let of = |fault: FileFault| fault.of(path);
        let described = file.description().map_err(of)?;
        let net = Graph::described(&described, build).map_err(of)?;
        let (losses, optimizer, seed) = settings(&described).map_err(of)?;
        let mut model = Self::with_arrays(net, (&file, path), backend, losses, optimizer, seed)?;
        let trainable = Trainable::described(&described, &model.layout.entries);
        let trainable = trainable.map_err(|why| of(FileFault::Description { why }))?;
        if trainable != Trainable::default() {
            model.set_trainable(trainable)?;
        }
        Ok(model)
    }

    /// The model of a net with the weights of a file, which has no others.
    pub(crate) fn with_arrays(
        net: Graph,
        (file, path): (&TensorFile, &Path),
        backend: impl Backend + 'static,
        losses: impl Into<Losses>,
        optimizer: Optimizer,
        seed: u64,
    ) -> Result<Self> {
        // The weights' shapes are looked at before a buffer is made for them.
        let layout = Layout::new(&net, &optimizer, &Trainable::default())?;
        let weights = Snapshot::take(file, "", &layout).map_err(|fault| fault.of(path))?;
        let mut model = net.compile(backend, losses, optimizer, seed)?;
        model.restore(&weights)?;
        Ok(model)
    }

    /// Sets the weights to those of a safetensors file of any origin, `F32`, `F16` or `BF16`, with the names and
    /// shapes that [`Model::save`] writes.
    ///
    /// # Errors
    /// A file that cannot be read; weights that are missing, are none of the model's or have another shape. The model
    /// then keeps its own.
    pub fn load_weights(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let file = TensorFile::read(path)?;
        let weights = Snapshot::take(&file, "", &self.layout).map_err(|fault| fault.of(path))?;
        self.restore(&weights)
    }

    /// Everything that its training depends on, beside the weights.
    pub(super) fn describe(&self) -> Value {
        let mut description = self.net.describe();
        self.objective.describe(&self.net, &mut description);
        description["optimizer"] = self.optimizer.describe();
        description["seed"] = json!(self.seed);
        self.trainable.describe(&mut description);
        description
    }
}

fn settings(described: &Value) -> Result<(Losses, Optimizer, u64), FileFault> {
    let read = || {
        let losses = Losses::described(described)?;
        let seed = described["seed"].as_u64().ok_or("the seed is no whole number")?;
        Ok((losses, Optimizer::described(&described["optimizer"])?, seed))
    };
    read().map_err(|why: String| FileFault::Description { why })
}

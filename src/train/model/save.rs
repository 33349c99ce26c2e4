//! Models in files.

use std::path::Path;

use serde_json::{Value, json};

use super::{Layout, Model, Snapshot, Trainable};
use crate::backend::{Backend, wait};
use crate::error::Result;
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::nn::architecture::Build;
use crate::nn::graph::Graph;
use crate::nn::losses::Losses;
use crate::nn::optimizer::Optimizer;

/// What errors call bytes that are of no known file.
const BYTES: &str = "the file";

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
        wait("to_bytes_async", self.file())?.write(path)
    }

    /// The same with weights as `F16`, rounded to the nearest: a file half as large.
    ///
    /// # Errors
    /// As [`Model::save`], and a weight of more than 65504, which `F16` does not hold.
    pub fn save_half(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        wait("to_bytes_async", self.file())?.into_half().map_err(|fault| fault.of(path))?.write(path)
    }

    /// The bytes of the file that [`save`](Model::save) writes.
    ///
    /// ```
    /// # use wgrad::backend::Cpu;
    /// # use wgrad::layers::Dense;
    /// # use wgrad::{Model, Optimizer, Sequential, losses};
    /// # let net = Sequential::new([2]).add(Dense::new(1));
    /// # let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
    /// let bytes = model.to_bytes()?;
    /// let mut other = Model::from_bytes(&bytes, Cpu::<f32>::new()?)?;
    /// assert_eq!(other.parameter("dense_1.weight")?, model.parameter("dense_1.weight")?);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// Names that take more than a file has room for; a lost device.
    pub fn to_bytes(&mut self) -> Result<Vec<u8>> {
        wait("to_bytes_async", self.to_bytes_async())
    }

    /// [`to_bytes`](Model::to_bytes) for a browser, where nothing may wait.
    ///
    /// # Errors
    /// As there.
    pub async fn to_bytes_async(&mut self) -> Result<Vec<u8>> {
        let file = self.file().await?;
        file.to_bytes().map_err(|fault| fault.of(Path::new(BYTES)))
    }

    async fn file(&mut self) -> Result<TensorFile> {
        let weights = self.snapshot_async().await?;
        Ok(weights.put(TensorFile::new(), "").with_description(&self.description()))
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
        Self::of_file((&TensorFile::read(path)?, path), backend, build)
    }

    /// The model that the bytes of a file describe, as [`Model::load`] makes it.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn from_bytes(bytes: &[u8], backend: impl Backend + 'static) -> Result<Self> {
        Self::from_bytes_with(bytes, backend, &|_, _| None)
    }

    /// The same for a model with custom layers, as [`Model::load_with`] makes it.
    ///
    /// # Errors
    /// As [`Model::load_with`].
    pub fn from_bytes_with(bytes: &[u8], backend: impl Backend + 'static, build: Build<'_>) -> Result<Self> {
        let path = Path::new(BYTES);
        let file = TensorFile::from_bytes(bytes).map_err(|fault| fault.of(path))?;
        Self::of_file((&file, path), backend, build)
    }

    /// The model of a [description](Model::description), with its initial weights.
    ///
    /// # Errors
    /// A description that cannot be followed; a device that refuses the buffers; a layer of a kind that is not of this crate, which
    /// [`Model::from_description_with`] takes.
    pub fn from_description(description: &Value, backend: impl Backend + 'static) -> Result<Self> {
        Self::from_description_with(description, backend, &|_, _| None)
    }

    /// The same for a model with custom layers, which `build` makes from their kind and [`settings`](crate::layers::Layer::settings).
    ///
    /// # Errors
    /// As [`Model::from_description`], and what `build` refuses.
    pub fn from_description_with(
        description: &Value,
        backend: impl Backend + 'static,
        build: Build<'_>,
    ) -> Result<Self> {
        let of = |fault: FileFault| fault.of(Path::new("the description"));
        let net = Graph::described(description, build).map_err(of)?;
        let (losses, optimizer, seed) = settings(description).map_err(of)?;
        let trainable = trainable_in(description, &net, &optimizer)?.map_err(of)?;
        net.compile_trainable(backend, losses, optimizer, seed, trainable)
    }

    fn of_file(
        (file, path): (&TensorFile, &Path),
        backend: impl Backend + 'static,
        build: Build<'_>,
    ) -> Result<Self> {
        let of = |fault: FileFault| fault.of(path);
        let described = file.description().map_err(of)?;
        let net = Graph::described(&described, build).map_err(of)?;
        let (losses, optimizer, seed) = settings(&described).map_err(of)?;
        let weights = weights_in((file, path), &net, &optimizer)?;
        let trainable = trainable_in(&described, &net, &optimizer)?.map_err(of)?;
        let mut model = net.compile_trainable(backend, losses, optimizer, seed, trainable)?;
        model.restore(&weights)?;
        Ok(model)
    }

    /// The model of a net with the weights of a file, which has no others.
    #[cfg(feature = "onnx")]
    pub(crate) fn with_arrays(
        net: Graph,
        file: (&TensorFile, &Path),
        backend: impl Backend + 'static,
        losses: impl Into<Losses>,
        optimizer: Optimizer,
        seed: u64,
    ) -> Result<Self> {
        let weights = weights_in(file, &net, &optimizer)?;
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

    /// Everything that its training depends on, beside the weights: what its file says of the net, the losses, the optimizer and the
    /// seed.
    ///
    /// ```
    /// # use wgrad::backend::Cpu;
    /// # use wgrad::layers::Dense;
    /// # use wgrad::{Model, Optimizer, Sequential, losses};
    /// # let net = Sequential::new([2]).add(Dense::new(1));
    /// # let model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
    /// let description = model.description();
    /// assert_eq!(description["layers"][0]["kind"], "dense");
    /// let other = Model::from_description(&description, Cpu::<f32>::new()?)?;
    /// assert_eq!(other.description(), description);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    pub fn description(&self) -> Value {
        let mut description = self.net.describe();
        self.objective.describe(&self.net, &mut description);
        description["optimizer"] = self.optimizer.describe();
        description["seed"] = json!(self.seed);
        self.trainable.describe(&mut description);
        description
    }
}

/// The weights of a net in a file: their shapes are looked at before a buffer is made for them.
fn weights_in((file, path): (&TensorFile, &Path), net: &Graph, optimizer: &Optimizer) -> Result<Snapshot> {
    let layout = Layout::new(net, optimizer, &Trainable::default())?;
    Snapshot::take(file, "", &layout).map_err(|fault| fault.of(path))
}

/// What a description says of the parameters that are frozen, or slower than others.
fn trainable_in(
    described: &Value,
    net: &Graph,
    optimizer: &Optimizer,
) -> Result<Result<Trainable, FileFault>> {
    let layout = Layout::new(net, optimizer, &Trainable::default())?;
    let trainable = Trainable::described(described, &layout.entries);
    Ok(trainable.map_err(|why| FileFault::Description { why }))
}

fn settings(described: &Value) -> Result<(Losses, Optimizer, u64), FileFault> {
    let read = || {
        let losses = Losses::described(described)?;
        let seed = described["seed"].as_u64().ok_or("the seed is no whole number")?;
        Ok((losses, Optimizer::described(&described["optimizer"])?, seed))
    };
    read().map_err(|why: String| FileFault::Description { why })
}

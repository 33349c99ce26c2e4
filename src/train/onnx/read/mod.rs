//! Nets in ONNX files, with their weights.

mod builder;
mod constant;
mod file;
mod fold;
mod ops;
mod order;
mod patterns;
mod prepared;
mod wire;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::backend::Backend;
use crate::error::Result;
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::nn::graph::Graph;
use crate::nn::losses::Losses;
use crate::nn::optimizer::Optimizer;
use crate::train::model::{Model, Predictor};
use builder::Builder;
use file::{File, Input};
use prepared::Prepared;

/// A net with its weights, as an ONNX file has them: a model once it has a loss and an optimizer, a predictor without.
///
/// ```
/// # use wgrad::layers::{Conv2d, Dense, Flatten, Relu};
/// # use wgrad::Sequential;
/// use wgrad::backend::Cpu;
/// use wgrad::{Optimizer, load_onnx, losses};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("classifier.onnx");
/// # let net = Sequential::new([8, 8, 1]).add(Conv2d::new(4, 3)).add(Relu).add(Flatten).add(Dense::new(3));
/// # net.compile(Cpu::<f32>::new()?, losses::SoftmaxCrossEntropy::new(), Optimizer::adam(0.001), 0)?.save_onnx(&path)?;
/// // Written by torch.onnx.export, Keras's model.export or Model::save_onnx.
/// let classifier = load_onnx(&path)?;
/// println!("{}", classifier.net().summary()?);
/// let predictor = classifier.predictor(Cpu::<f32>::new()?, 32)?;
/// predictor.predict_into(&[0.5; 64], &mut [0.0; 3])?;
///
/// let (loss, adam) = (losses::SoftmaxCrossEntropy::new(), Optimizer::adam(1e-4));
/// let mut model = load_onnx(&path)?.compile(Cpu::<f32>::new()?, loss, adam, 0)?;
/// model.freeze("conv2d_1")?;
/// model.save(folder.path().join("classifier.safetensors"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "it is a net with weights; `compile` or `predictor` does something with it"]
pub struct OnnxNet {
    net: Graph,
    weights: TensorFile,
    path: PathBuf,
}

/// Reads a net and its weights from an ONNX file, written by any program; [`OnnxNet`] says what becomes of them.
///
/// ```
/// # use wgrad::backend::Cpu;
/// # use wgrad::layers::Dense;
/// # use wgrad::{Optimizer, Sequential, losses};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("model.onnx");
/// # let net = Sequential::new([2]).add(Dense::new(3));
/// # net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::adam(0.001), 0)?.save_onnx(&path)?;
/// let read = wgrad::load_onnx(&path)?;
/// assert_eq!(read.weights().shape("dense_1.weight"), Some(&[2, 3][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Shapes
/// Inputs have their names and shapes in the file, without the samples. ONNX has channels first and wgrad has them last: an input that a
/// convolution, a pool, a batch or a group normalisation reads is height × width × channels here, and so is an image that the net gives. Weights
/// come in wgrad's layouts, those of a dense layer behind flattened images with its rows in the new order.
///
/// # Names
/// A layer has the name of its weights in the file without the last part, `encoder.0` where that is `encoder.0.weight`; without weights
/// that of its node. Outputs are in the order of the file.
///
/// # Errors
/// A file that cannot be read or is no whole ONNX file, with the byte or the field; an operator set before 7; numbers in other files.
/// [`FileFault::OnnxNode`] names the first node that no layer of this crate can do, and says what to do about it.
pub fn load_onnx(path: impl AsRef<Path>) -> Result<OnnxNet> {
    let path = path.as_ref();
    let read = std::fs::read(path).map_err(|source| FileFault::Read { source });
    let net = read.and_then(|bytes| OnnxNet::from_bytes(&bytes)).map_err(|fault| fault.of(path))?;
    Ok(OnnxNet { path: path.to_path_buf(), ..net })
}

impl OnnxNet {
    /// The net of a file in memory.
    ///
    /// # Errors
    /// As [`load_onnx`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FileFault> {
        let (net, weights) = net(bytes)?;
        Ok(Self { net, weights, path: PathBuf::new() })
    }

    /// The net, whose summary shows its layers.
    pub fn net(&self) -> &Graph {
        &self.net
    }

    /// The weights by their names in the net.
    pub fn weights(&self) -> &TensorFile {
        &self.weights
    }

    /// The model of this net, with its weights, as [`Graph::compile`] makes it; the seed decides the order of samples and dropout.
    /// Files leave dropout out, and so does the model.
    ///
    /// # Errors
    /// As [`Graph::compile`].
    pub fn compile(
        self,
        backend: impl Backend + 'static,
        losses: impl Into<Losses>,
        optimizer: Optimizer,
        seed: u64,
    ) -> Result<Model> {
        Model::with_arrays(self.net, (&self.weights, &self.path), backend, losses, optimizer, seed)
    }

    /// What predicts by this net, for up to `max_rows` rows together.
    ///
    /// # Errors
    /// As [`Predictor::load`] for a file with a model.
    pub fn predictor(self, backend: impl Backend + 'static, max_rows: usize) -> Result<Predictor> {
        Predictor::with_arrays(&self.net, (&self.weights, &self.path), backend, max_rows)
    }
}

fn malformed(why: String) -> FileFault {
    FileFault::Onnx { why }
}

/// The net of a file, and its weights.
fn net(bytes: &[u8]) -> Result<(Graph, TensorFile), FileFault> {
    let mut net = Builder::new(Prepared::new(File::parsed(bytes).map_err(malformed)?, bytes.len())?);
    let turned = turned(&net.file);
    for input in std::mem::take(&mut net.file.inputs) {
        take_input(&mut net, &input, turned.contains(input.name)).map_err(malformed)?;
    }
    for node in std::mem::take(&mut net.file.nodes) {
        ops::add(&mut net, &node).map_err(|why| node.refused(why))?;
    }
    let mut outputs = Vec::new();
    for name in net.file.outputs.clone() {
        outputs.push(output(&mut net, name).map_err(malformed)?);
    }
    net.finish(outputs).map_err(malformed)
}

/// The values, inputs among them, whose channels come first in the file: what image operators read, and what those are made of.
fn turned<'a>(file: &Prepared<'a>) -> BTreeSet<&'a str> {
    let mut turned = BTreeSet::new();
    for node in file.nodes.iter().rev() {
        let makes = ops::keeps_axes(node.op) && turned.contains(node.output());
        if makes || ops::has_channels_first(node) {
            turned.extend(node.inputs.first());
        }
        if makes {
            turned.extend(&node.inputs);
        }
    }
    turned
}

fn take_input<'a>(net: &mut Builder<'a>, input: &Input<'a>, is_turned: bool) -> Result<(), String> {
    let Input { name, kind, sizes } = input;
    let integers = match kind {
        1 | 10 | 11 | 16 => false,
        6 | 7 => true,
        _ => {
            return Err(format!(
                "the input {name:?} has numbers of kind {kind}; reals, int32 and int64 are read"
            ));
        }
    };
    let [_, sizes @ ..] = sizes.as_deref().unwrap_or_default() else {
        return Err(format!("the input {name:?} has no shape; export it with one"));
    };
    let mut shape = Vec::new();
    for size in sizes {
        let size = size.map_err(|size| {
            format!("the input {name:?} has the size {size:?} beside that of the batch; export it with a fixed size")
        })?;
        let size = usize::try_from(size).ok().filter(|size| *size > 0);
        shape.push(size.ok_or_else(|| format!("the input {name:?} has a size that is not more than 0"))?);
    }
    let axes: Vec<usize> = match shape.len() {
        rank @ 2..=3 if is_turned && !integers => (1..rank).chain([0]).collect(),
        rank => (0..rank).collect(),
    };
    net.input(name, shape, &axes, integers)
}

/// The node that gives an output: numbers in the file's order, or images with their channels last.
fn output<'a>(net: &mut Builder<'a>, name: &'a str) -> Result<crate::nn::graph::Node, String> {
    let value = net.values.get(name).cloned();
    let value = value.ok_or_else(|| format!("the output {name:?} is made by no node of samples"))?;
    let made = match net.settled(&value) {
        Ok(Some(node)) => Ok(node),
        Ok(None) => net.plain(&value),
        Err(why) => Err(why),
    };
    made.map_err(|why| format!("the output {name:?} {why}"))
}

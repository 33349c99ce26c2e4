//! Layers: each describes its forward pass only; the tape finds the derivative.

mod activation;
mod dense;
mod dropout;
mod flatten;

use std::fmt::Debug;

use serde_json::{Map, Value};

use crate::nn::init::Init;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

pub use crate::ops::activation::{
    Elu, Gelu, GeluTanh, HardTanh, Identity, LeakyRelu, Mish, Radial, Relu, Selu, Sigmoid, Silu, Softplus,
    Softsign, Tanh,
};
pub use activation::Softmax;
pub use dense::Dense;
pub use dropout::Dropout;
pub use flatten::Flatten;

/// A named part of a layer's parameters: some rows of its parameter tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// `weight` or `bias`.
    pub name: &'static str,
    /// Rows of this part.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
    /// How it begins.
    pub init: Init,
    /// Whether weight decay shrinks it.
    pub decays: bool,
}

/// What a layer is recorded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Training: dropout drops.
    Train,
    /// Evaluation and prediction.
    Infer,
}

/// A layer of a [`Sequential`](crate::Sequential).
pub trait Layer: Debug + Send + 'static {
    /// What it is, in the summary and in its default name: `dense`.
    fn kind(&self) -> &'static str;

    /// What makes it differ from others of its kind, as files describe it: `{"units": 32}`.
    fn settings(&self) -> Map<String, Value> {
        Map::new()
    }

    /// The shape of its output for a sample of shape `input`.
    ///
    /// # Errors
    /// Why it cannot take such samples.
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String>;

    /// Its parameters for samples of shape `input`: parts of one tensor, one under the other.
    fn parameters(&self, input: &[usize]) -> Vec<Parameter> {
        let _ = input;
        Vec::new()
    }

    /// Whether its input may be of halves; others get reals.
    fn takes_halves(&self) -> bool {
        false
    }

    /// Records its forward pass and returns its output. `parameters` is there if it has any; `number` is its place
    /// among the layers.
    fn forward(&self, tape: &mut Recorder, x: Tensor, context: &Context<'_>) -> Tensor;
}

/// What a layer's forward pass may need to know.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The layer's name.
    pub name: &'a str,
    /// Its place among the layers.
    pub number: usize,
    /// Its parameter tensor, if it has parameters.
    pub parameters: Option<Tensor>,
    /// Training or not.
    pub mode: Mode,
}

/// The layer of a kind of this crate, with the settings by which it describes itself, if there is one.
pub(crate) fn described(kind: &str, settings: &Value) -> Option<Result<Box<dyn Layer>, String>> {
    Some(match kind {
        "dense" => Dense::described(settings).map(boxed),
        "dropout" => Dropout::described(settings).map(boxed),
        "flatten" => Ok(boxed(Flatten)),
        "softmax" => Ok(boxed(Softmax)),
        _ => return Some(activation::described(kind, settings)?.map(boxed)),
    })
}

fn boxed(layer: impl Layer) -> Box<dyn Layer> {
    Box::new(layer)
}

/// Settings by name, names in small letters.
fn settings<N: AsRef<str>>(settings: impl IntoIterator<Item = (N, Value)>) -> Map<String, Value> {
    settings.into_iter().map(|(name, value)| (name.as_ref().to_lowercase(), value)).collect()
}

//! Layers: each describes its forward pass only; the tape finds the derivative.

mod activation;
mod augment;
mod batch_norm;
mod context;
mod conv;
mod dense;
mod dropout;
mod embedding;
mod flatten;
mod group_norm;
mod layer_norm;
mod merge;
mod prelu;
mod reshape;
mod residual;
mod scale;

use std::fmt::Debug;

use serde_json::{Map, Value};

use crate::error::LayerError;

pub use crate::error::ScalingError;
pub use crate::ops::Interpolation;
pub use crate::ops::activation::{
    Elu, Gelu, GeluTanh, HardTanh, Identity, LeakyRelu, Mish, Radial, Relu, Selu, Sigmoid, Silu, Softplus,
    Softsign, Tanh,
};
pub use activation::Softmax;
pub use augment::{GaussianNoise, RandomAffine, RandomErasing, RandomFlip};
pub use batch_norm::BatchNorm;
pub use context::{Context, Shaped, one};
pub use conv::{
    AvgPool2d, Conv1d, Conv2d, ConvTranspose2d, Edges, GlobalAvgPool2d, GlobalMaxPool2d, MaxPool2d, Padding,
    Sides, Upsample, ZeroPad2d,
};
#[cfg(feature = "onnx")]
pub(crate) use conv::{described_transposed, described_window};
pub use dense::Dense;
pub use dropout::{Dropout, Dropout2d};
pub use embedding::Embedding;
pub use flatten::Flatten;
pub use group_norm::GroupNorm;
pub use layer_norm::LayerNorm;
pub use merge::{Add, Concat};
pub use prelu::Prelu;
pub use reshape::Reshape;
pub use residual::Residual;
pub(crate) use scale::divisor;
pub use scale::{Normalize, Standardize};

/// What a layer is recorded for.
///
/// ```
/// # use wgrad::backend::Cpu;
/// use wgrad::layers::{Context, Dense, Dropout, Layer, Mode, Shaped, one};
/// # use wgrad::{Dataset, Optimizer, Samples, losses};
/// use wgrad::{LayerError, Sequential};
///
/// /// Dropout that is no step at all in predictions.
/// #[derive(Debug)]
/// struct Thin;
///
/// impl Layer for Thin {
///     fn kind(&self) -> &'static str {
///         "thin"
///     }
///
///     fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
///         match cx.mode() {
///             Mode::Train => cx.layer("dropout", &Dropout::new(0.5), inputs),
///             Mode::Infer => one(inputs).cloned(),
///         }
///     }
/// }
///
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// let net = Sequential::new([1]).add(Dense::new(1)).add(Thin);
/// let model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// let training = model.training_program(&data, 2)?;
/// assert!(training.steps().iter().any(|step| step.name() == "dropout"));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Training: dropout drops.
    Train,
    /// Evaluation and prediction.
    Infer,
}

/// A layer: its shapes, parameters and forward pass, said once by recording it.
///
/// ```
/// use wgrad::layers::{Context, Dense, Layer, Relu, Shaped, one};
/// use wgrad::{LayerError, Sequential};
///
/// /// Two dense layers with a ReLU between them.
/// #[derive(Debug)]
/// struct Block {
///     hidden: usize,
///     units: usize,
/// }
///
/// impl Layer for Block {
///     fn kind(&self) -> &'static str {
///         "block"
///     }
///
///     fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
///         let x = one(inputs)?;
///         let hidden = cx.layer("hidden", &Dense::new(self.hidden), &[x.clone()])?;
///         let hidden = cx.layer("relu", &Relu, &[hidden])?;
///         cx.layer("out", &Dense::new(self.units), &[hidden])
///     }
/// }
///
/// let net = Sequential::new([8]).add(Block { hidden: 16, units: 3 });
/// assert_eq!(net.summary()?.parameters(), 8 * 16 + 16 + 16 * 3 + 3);
/// # Ok::<(), wgrad::Error>(())
/// ```
pub trait Layer: Debug + Send + Sync + 'static {
    /// What it is, in the summary and in its default name: `dense`.
    fn kind(&self) -> &'static str;

    /// What makes it differ from others of its kind, as files describe it: `{"units": 32}`.
    fn settings(&self) -> Map<String, Value> {
        Map::new()
    }

    /// Whether its inputs may be `f16`; others get `f32`.
    fn takes_halves(&self) -> bool {
        false
    }

    /// Whether its inputs may be integers; others are refused where they get some.
    fn takes_integers(&self) -> bool {
        false
    }

    /// Records its forward pass and returns its output. It is called more than once, and asks for the same parameters each time.
    ///
    /// # Errors
    /// Why it cannot take such inputs.
    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError>;
}

/// The layer of a kind of this crate, with the settings by which it describes itself, if there is one.
pub(crate) fn described(kind: &str, settings: &Value) -> Option<Result<Box<dyn Layer>, LayerError>> {
    Some(match kind {
        "dense" => made(Dense::described(settings)),
        "dropout" => made(Dropout::described(settings)),
        "dropout2d" => made(Dropout2d::described(settings)),
        "flatten" => made(Ok(Flatten)),
        "add" => made(Ok(Add)),
        "avg_pool2d" => made(AvgPool2d::described(settings)),
        "batch_norm" => made(BatchNorm::described(settings)),
        "concat" => made(Ok(Concat)),
        "conv1d" => made(Conv1d::described(settings)),
        "conv2d" => made(Conv2d::described(settings)),
        "conv_transpose2d" => made(ConvTranspose2d::described(settings)),
        "embedding" => made(Embedding::described(settings)),
        "gaussian_noise" => made(GaussianNoise::described(settings)),
        "global_avg_pool2d" => made(Ok(GlobalAvgPool2d)),
        "global_max_pool2d" => made(Ok(GlobalMaxPool2d)),
        "group_norm" => made(GroupNorm::described(settings)),
        "layer_norm" => made(LayerNorm::described(settings)),
        "max_pool2d" => made(MaxPool2d::described(settings)),
        "normalize" => made(Normalize::described(settings)),
        "prelu" => made(Ok(Prelu)),
        "random_affine" => made(RandomAffine::described(settings)),
        "random_erasing" => made(RandomErasing::described(settings)),
        "random_flip" => made(RandomFlip::described(settings)),
        "reshape" => made(Reshape::described(settings)),
        "residual" => made(Residual::described(settings)),
        "softmax" => made(Ok(Softmax)),
        "standardize" => made(Standardize::described(settings)),
        "upsample" => made(Upsample::described(settings)),
        "zero_pad2d" => made(ZeroPad2d::described(settings)),
        _ => return Some(made(activation::described(kind, settings)?)),
    })
}

fn made(layer: Result<impl Layer, String>) -> Result<Box<dyn Layer>, LayerError> {
    Ok(Box::new(layer?))
}

/// Settings by name, names in small letters.
fn settings<N: AsRef<str>>(settings: impl IntoIterator<Item = (N, Value)>) -> Map<String, Value> {
    settings.into_iter().map(|(name, value)| (name.as_ref().to_lowercase(), value)).collect()
}

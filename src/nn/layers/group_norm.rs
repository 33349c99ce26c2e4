//! Group normalisation.

use serde_json::{Map, Value, json};

use super::{Context, Layer, Shaped, one, settings};
use crate::error::LayerError;
use crate::file::json;
use crate::nn::init::Init;
use crate::ops::activation::Activation;
use crate::program::op::Op;

/// `(x − mean) / √(var + ε) ⊙ scale + shift`, by the statistics of each group of neighbouring channels over all pixels of a sample (Wu
/// and He, *Group Normalization*, 2018). It is the same in training and prediction, and whatever the size of a batch.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Conv2d, GroupNorm, Relu};
///
/// let net = Sequential::new([28, 28, 1])
///     .add(Conv2d::new(16, 3).without_bias()) // the shift is a bias
///     .add(GroupNorm::new(4))
///     .add(Relu); // is fused into the normalisation
/// assert_eq!(net.summary()?.parameters(), 3 * 3 * 16 + 2 * 16);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: … × channels → … × channels. `scale`, `shift`: channels. Groups that do not divide the channels are refused.
///
/// # Beside PyTorch and Keras
/// `ε` is PyTorch's `10⁻⁵`, where Keras has `10⁻³`. One group over all channels is not [`LayerNorm`](super::LayerNorm), which goes over the
/// channels of each pixel alone.
///
/// # Half precision
/// In a model of [`Precision::F16`](crate::Precision::F16) its input and output are halves where its input is and the channels of a group
/// are a multiple of 4; statistics and parameters are `f32`.
#[derive(Clone, Copy, Debug)]
#[must_use = "it is a layer, to be added to a net"]
pub struct GroupNorm {
    groups: usize,
    epsilon: f32,
}

impl GroupNorm {
    /// With so many groups, `ε = 10⁻⁵`, a scale that begins at 1 and a shift that begins at 0.
    pub fn new(groups: usize) -> Self {
        Self { groups, epsilon: 1e-5 }
    }

    /// Sets `ε`, which keeps groups of equal numbers finite.
    pub fn epsilon(self, epsilon: f32) -> Self {
        Self { epsilon, ..self }
    }

    pub(super) fn described(settings: &Value) -> Result<Self, String> {
        Ok(Self { groups: json::count(settings, "groups")?, epsilon: json::real(settings, "epsilon")? })
    }
}

impl Layer for GroupNorm {
    fn kind(&self) -> &'static str {
        "group_norm"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([("groups", json!(self.groups)), ("epsilon", json!(self.epsilon))])
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        let channels = x.shape().last().copied().ok_or("takes samples of at least one dimension")?;
        let affine =
            [cx.param("scale", [channels], Init::Ones)?, cx.param("shift", [channels], Init::Zeros)?];
        let by_fours = channels.is_multiple_of(4 * self.groups);
        let y = if by_fours { cx.output_like(x) } else { cx.output(x.shape()) };
        let x = if by_fours { x.tensor() } else { cx.tape().reals(x.tensor()) };
        let norm = crate::ops::GroupNorm {
            x,
            affine: Some(affine),
            y: y.tensor(),
            channels,
            groups: self.groups,
            activation: Activation::identity(),
            epsilon: self.epsilon,
        };
        norm.check()?;
        cx.tape().push(norm);
        Ok(y)
    }
}

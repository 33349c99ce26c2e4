//! Layer normalisation.

use serde_json::{Map, Value, json};

use super::{Context, Layer, Shaped, one, settings};
use crate::error::LayerError;
use crate::file::json;
use crate::nn::init::Init;
use crate::ops::GroupNorm;
use crate::ops::activation::Activation;

/// `(x − mean) / √(var + ε) ⊙ scale + shift` over the last dimension of a sample (Ba, Kiros and Hinton, *Layer Normalization*,
/// 2016).
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, LayerNorm};
///
/// let net = Sequential::new([16]).add(LayerNorm::new()).add(Dense::new(4));
/// assert_eq!(net.summary()?.parameters(), 16 + 16 + 16 * 4 + 4);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: … × n → … × n. `scale`, `shift`: n.
#[derive(Clone, Copy, Debug)]
#[must_use = "it is a layer, to be added to a net"]
pub struct LayerNorm {
    epsilon: f32,
}

impl Default for LayerNorm {
    fn default() -> Self {
        Self::new()
    }
}

impl LayerNorm {
    /// With `ε = 10⁻⁵`, a scale that begins at 1 and a shift that begins at 0.
    pub fn new() -> Self {
        Self { epsilon: 1e-5 }
    }

    /// Sets `ε`, which keeps rows of equal numbers finite.
    pub fn epsilon(self, epsilon: f32) -> Self {
        Self { epsilon }
    }

    pub(super) fn described(settings: &Value) -> Result<Self, String> {
        json::real(settings, "epsilon").map(|epsilon| Self { epsilon })
    }
}

impl Layer for LayerNorm {
    fn kind(&self) -> &'static str {
        "layer_norm"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([("epsilon", json!(self.epsilon))])
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        let width = x.shape().last().copied().ok_or("takes samples of at least one dimension")?;
        let affine = [cx.param("scale", [width], Init::Ones)?, cx.param("shift", [width], Init::Zeros)?];
        let y = cx.output(x.shape());
        let (x, rows) = (x.rows(), y.rows());
        let norm = GroupNorm {
            x,
            affine: Some(affine),
            y: rows,
            channels: width,
            groups: 1,
            activation: Activation::identity(),
            epsilon: self.epsilon,
        };
        cx.tape().push(norm);
        Ok(y)
    }
}

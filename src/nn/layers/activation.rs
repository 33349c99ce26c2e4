//! Activations as layers.

use serde_json::{Map, Value, json};

use super::{Context, Layer, Shaped, one, settings};
use crate::error::LayerError;
use crate::file::json;
use crate::ops::activation::{Activate, Activation, Elementwise};

/// An activation as a layer; a pass makes it a part of the dense step before it if its slope is a function of its value.
impl Layer for Activation {
    fn kind(&self) -> &'static str {
        self.name()
    }

    fn settings(&self) -> Map<String, Value> {
        settings(self.constants().into_iter().map(|(name, value)| (name, json!(value))))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        self.check()?;
        let x = one(inputs)?;
        let y = cx.output_like(x);
        cx.tape().push(Activate { activation: self.clone(), x: x.tensor(), y: y.tensor() });
        Ok(y)
    }
}

/// Every element-by-element function is an activation, and so a layer.
impl<E: Elementwise + Into<Activation>> Layer for E {
    fn kind(&self) -> &'static str {
        E::NAME
    }

    fn settings(&self) -> Map<String, Value> {
        self.clone().into().settings()
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        self.clone().into().forward(cx, inputs)
    }
}

/// The activation of a kind, with the settings by which it describes itself, if there is one.
pub(super) fn described(kind: &str, settings: &Value) -> Option<Result<Activation, String>> {
    let mut activation = Activation::examples().into_iter().find(|activation| activation.name() == kind)?;
    let constants = activation.constants();
    let set = constants.into_iter().try_for_each(|(name, _)| {
        json::real(settings, &name.to_lowercase()).map(|value| activation.set(name, value))
    });
    Some(set.map(|()| activation))
}

/// Probabilities of classes: `e^x / Σ e^x` over the last dimension of a sample. Training is more exact on the scores themselves, with
/// [`losses::SoftmaxCrossEntropy::new()`](crate::losses::SoftmaxCrossEntropy::new()).
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, Softmax};
///
/// let net = Sequential::new([784]).add(Dense::new(10)).add(Softmax); // for SoftmaxCrossEntropy
/// assert_eq!(net.summary()?.parameters(), 784 * 10 + 10);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Softmax;

impl Layer for Softmax {
    fn kind(&self) -> &'static str {
        "softmax"
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        let y = cx.output_like(x);
        cx.tape().push(crate::ops::Softmax { x: x.rows(), y: y.rows() });
        Ok(y)
    }
}

//! Activations as layers.

use serde_json::{Map, Value, json};

use super::{Context, Layer, settings};
use crate::file::json;
use crate::ops::activation::{Activate, Activation, Elementwise};
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// An activation as a layer; a pass makes it a part of the dense step before it if its slope is a function of its value.
impl Layer for Activation {
    fn kind(&self) -> &'static str {
        self.name()
    }

    fn settings(&self) -> Map<String, Value> {
        settings(self.constants().into_iter().map(|(name, value)| (name, json!(value))))
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        self.check().map(|()| input.to_vec())
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, tape: &mut Recorder, x: Tensor, context: &Context<'_>) -> Tensor {
        let (activation, y) = (self.clone(), tape.tensor_like(context.name, x));
        tape.push(Activate { activation, x, y });
        y
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

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        self.clone().into().output_shape(input)
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, tape: &mut Recorder, x: Tensor, context: &Context<'_>) -> Tensor {
        self.clone().into().forward(tape, x, context)
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

/// Probabilities of classes: `e^x / Σ e^x` over a sample. Training is more exact on the scores themselves, with
/// [`Loss::SoftmaxCrossEntropy`](crate::Loss::SoftmaxCrossEntropy).
#[derive(Clone, Copy, Debug, Default)]
pub struct Softmax;

impl Layer for Softmax {
    fn kind(&self) -> &'static str {
        "softmax"
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        match input {
            [_] => Ok(input.to_vec()),
            _ => Err("it takes samples of one dimension; put a Flatten before it".into()),
        }
    }

    fn forward(&self, tape: &mut Recorder, x: Tensor, context: &Context<'_>) -> Tensor {
        let y = tape.batched(context.name, x.cols);
        tape.push(crate::ops::Softmax { x, y });
        y
    }
}

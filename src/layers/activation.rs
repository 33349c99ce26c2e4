//! Activations as layers.

use super::{Context, Layer};
use crate::ops::activation::{Activate, Activation, Elementwise};
use crate::recorder::Recorder;
use crate::tensor::Tensor;

/// Every element-by-element activation is a layer.
impl<E: Elementwise + Into<Activation>> Layer for E {
    fn kind(&self) -> &'static str {
        E::NAME
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        self.clone().into().output_shape(input)
    }

    fn forward(&self, tape: &mut Recorder, x: Tensor, context: &Context<'_>) -> Tensor {
        self.clone().into().forward(tape, x, context)
    }
}

/// Any of them; after a dense layer it becomes part of that layer's step if its slope is a function of its value.
impl Layer for Activation {
    fn kind(&self) -> &'static str {
        self.name()
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        self.check().map(|()| input.to_vec())
    }

    fn forward(&self, tape: &mut Recorder, x: Tensor, context: &Context<'_>) -> Tensor {
        let y = tape.batched(context.name, x.cols);
        let step = Activate { activation: self.clone(), x, y };
        if !tape.amend(x, |dense: &crate::ops::Dense| dense.with_activation(&step)) {
            tape.push(step);
        }
        y
    }
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

//! The dense, or fully connected, layer.

use serde_json::{Map, Value, json};

use super::{Context, Layer, Parameter, settings};
use crate::file::json;
use crate::nn::init::Init;
use crate::ops::activation::Activation;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// `y = x · W + b`, of halves in a model of [`Precision::F16`](crate::Precision::F16) if inputs and units are multiples
/// of 4.
///
/// # Shapes
/// A sample: inputs → units. `weight`: inputs × units, inputs being those of the layer before; `bias`: 1 × units.
#[derive(Clone, Debug)]
pub struct Dense {
    units: usize,
    bias: bool,
    init: Init,
}

impl Dense {
    /// With this many outputs, a bias that begins at 0 and a weight by [`Init::GlorotUniform`].
    pub fn new(units: usize) -> Self {
        Self { units, bias: true, init: Init::GlorotUniform }
    }

    /// Sets how the weight begins.
    pub fn init(self, init: Init) -> Self {
        Self { init, ..self }
    }

    /// Leaves the bias out.
    pub fn without_bias(self) -> Self {
        Self { bias: false, ..self }
    }

    pub(super) fn described(settings: &Value) -> Result<Self, String> {
        let (units, bias) = (json::count(settings, "units")?, json::flag(settings, "bias")?);
        Ok(Self { units, bias, init: Init::described(&settings["init"])? })
    }
}

impl Layer for Dense {
    fn kind(&self) -> &'static str {
        "dense"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([("units", json!(self.units)), ("bias", json!(self.bias)), ("init", self.init.describe())])
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        match input {
            _ if matches!(self.init, Init::Normal(deviation) if !(deviation.is_finite() && deviation >= 0.0)) => {
                Err("the deviation of its initial weights must be 0 or more, and finite".into())
            }
            _ if self.units == 0 => Err("it has 0 units; give it at least 1".into()),
            [_] => Ok(vec![self.units]),
            _ => Err("it takes samples of one dimension; put a Flatten before it".into()),
        }
    }

    fn parameters(&self, input: &[usize]) -> Vec<Parameter> {
        let (inputs, cols) = (input.iter().product(), self.units);
        let weight = Parameter { name: "weight", rows: inputs, cols, init: self.init, decays: true };
        let bias = Parameter { name: "bias", rows: 1, cols, init: Init::Zeros, decays: false };
        if self.bias { vec![weight, bias] } else { vec![weight] }
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, tape: &mut Recorder, x: Tensor, context: &Context<'_>) -> Tensor {
        let Some(parameters) = context.parameters else {
            tape.refuse("dense", "has no parameters");
            return x;
        };
        let by_fours = x.cols.is_multiple_of(4) && self.units.is_multiple_of(4);
        let (x, weight) = match tape.copy_of(parameters).filter(|_| by_fours) {
            Some(copy) => (tape.halves(x), copy),
            None => (tape.reals(x), parameters),
        };
        let y = tape.batched_of(context.name, x.element, self.units);
        tape.push(crate::ops::Dense { x, weight, y, activation: Activation::identity() });
        y
    }
}

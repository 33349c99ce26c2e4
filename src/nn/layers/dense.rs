//! The dense, or fully connected, layer.

use serde_json::{Map, Value, json};

use super::{Context, Layer, Shaped, one, settings};
use crate::error::LayerError;
use crate::file::json;
use crate::nn::init::Init;
use crate::ops::activation::Activation;

/// `y = x · W + b`, of halves in a model of [`Precision::F16`](crate::Precision::F16) if inputs and units are multiples
/// of 4.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, Relu};
///
/// let net = Sequential::new([784]).add(Dense::new(32)).add(Relu); // the activation is fused into the product
/// assert_eq!(net.summary()?.parameters(), 784 * 32 + 32);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: inputs → units. `weight`: inputs × units, inputs being those of the layer before; `bias`: 1 × units.
#[derive(Clone, Debug)]
#[must_use = "it is a layer, to be added to a net"]
pub struct Dense {
    units: usize,
    bias: bool,
    each_row: bool,
    init: Init,
}

impl Dense {
    /// With this many outputs, a bias that begins at 0 and a weight by [`Init::GlorotUniform`].
    pub fn new(units: usize) -> Self {
        Self { units, bias: true, each_row: false, init: Init::GlorotUniform }
    }

    /// Sets how the weight begins.
    pub fn init(self, init: Init) -> Self {
        Self { init, ..self }
    }

    /// Leaves the bias out.
    pub fn without_bias(self) -> Self {
        Self { bias: false, ..self }
    }

    /// Multiplies each row of a sample by the same weight, such as each token of a sentence: … × inputs → … × units.
    pub fn each_row(self) -> Self {
        Self { each_row: true, ..self }
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, LayerError> {
        match input {
            _ if matches!(self.init, Init::Normal(deviation) if !(deviation.is_finite() && deviation >= 0.0)) => {
                Err("the deviation of its initial weights must be 0 or more, and finite".into())
            }
            _ if self.units == 0 => Err("it has 0 units; give it at least 1".into()),
            [_] => Ok(vec![self.units]),
            [rows @ .., _] if self.each_row => Ok([rows, &[self.units]].concat()),
            _ => {
                Err("it takes samples of one dimension; put a Flatten before it, or give it each_row".into())
            }
        }
    }

    pub(super) fn described(settings: &Value) -> Result<Self, String> {
        let (units, bias) = (json::count(settings, "units")?, json::flag(settings, "bias")?);
        let each_row = !settings["each_row"].is_null() && json::flag(settings, "each_row")?;
        Ok(Self { units, bias, each_row, init: Init::described(&settings["init"])? })
    }
}

impl Layer for Dense {
    fn kind(&self) -> &'static str {
        "dense"
    }

    fn settings(&self) -> Map<String, Value> {
        let mut all = settings([
            ("units", json!(self.units)),
            ("bias", json!(self.bias)),
            ("init", self.init.describe()),
        ]);
        if self.each_row {
            all.insert("each_row".into(), json!(true));
        }
        all
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        let shape = self.output_shape(x.shape())?;
        let size = [x.shape().last().copied().unwrap_or(1), self.units];
        let parameters = if self.bias {
            cx.param_with_bias(size, self.init)
        } else {
            cx.param("weight", size, self.init)
        }?;
        let (name, tape) = (cx.name().to_string(), cx.tape());
        let by_fours = size.iter().all(|size| size.is_multiple_of(4));
        let (x, weight) = match tape.copy_of(parameters).filter(|_| by_fours) {
            Some(copy) => (Shaped::new(tape.halves(x.tensor()), x.shape())?, copy),
            None => (Shaped::new(tape.reals(x.tensor()), x.shape())?, parameters),
        };
        let y = tape.batched_of(name, x.tensor().element, shape.iter().product());
        let y = Shaped::new(y, shape)?;
        tape.push(crate::ops::Dense { x: x.rows(), weight, y: y.rows(), activation: Activation::identity() });
        Ok(y)
    }
}

//! Dropout.

use serde_json::{Map, Value, json};

use super::{Context, Layer, Mode, settings};
use crate::file::json;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// In training, drops a share of the inputs at random and scales up the others, so that their expectation stays
/// (Srivastava et al., 2014); otherwise it passes its input on.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    rate: f32,
}

impl Dropout {
    /// Drops this share, `0..1`.
    pub fn new(rate: f32) -> Self {
        Self { rate }
    }

    pub(super) fn described(settings: &Value) -> Result<Self, String> {
        json::real(settings, "rate").map(Self::new)
    }
}

impl Layer for Dropout {
    fn kind(&self) -> &'static str {
        "dropout"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([("rate", json!(self.rate))])
    }

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, String> {
        if (0.0..1.0).contains(&self.rate) {
            return Ok(input.to_vec());
        }
        Err(format!("it drops a share of {}; the share must be at least 0 and less than 1", self.rate))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, tape: &mut Recorder, x: Tensor, context: &Context<'_>) -> Tensor {
        if context.mode == Mode::Infer || self.rate == 0.0 {
            return x;
        }
        let (x, y) = (tape.reals(x), tape.batched(context.name, x.cols));
        tape.push(crate::ops::Dropout { x, y, rate: self.rate, layer: context.number as u32 });
        y
    }
}

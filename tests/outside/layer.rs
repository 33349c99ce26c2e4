//! A layer with a parameter.

use wgrad::init::Init;
use wgrad::layers::{Context, Dense, Layer, Shaped, one};
use wgrad::ops::activation::Activation;
use wgrad::serde_json::{Map, Value, json};
use wgrad::{LayerError, OpError};

use crate::activation::Square;
use crate::op::ScaleColumns;

/// A dense layer, then a trained factor for each column, then a square.
#[derive(Debug)]
pub struct Scaled {
    /// Columns of the output.
    pub units: usize,
}

impl Layer for Scaled {
    fn kind(&self) -> &'static str {
        "scaled"
    }

    fn settings(&self) -> Map<String, Value> {
        Map::from_iter([("units".to_string(), json!(self.units))])
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        if x.shape().len() != 1 {
            return Err(
                OpError::new(format!("takes samples of one dimension, and gets {:?}", x.shape())).into()
            );
        }
        let x = cx.layer("dense", &Dense::new(self.units), std::slice::from_ref(x))?;
        let factors = cx.param("factors", [self.units], Init::Ones)?;
        let y = cx.output([self.units]);
        cx.tape().push(ScaleColumns { x: x.tensor(), factors, y: y.tensor() });
        cx.layer("square", &Activation::from(Square), &[y])
    }
}

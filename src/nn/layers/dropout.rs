//! Dropout.

use serde_json::{Map, Value, json};

use super::{Context, Layer, Mode, Shaped, one, settings};
use crate::error::LayerError;
use crate::file::json;

/// In training, drops a share of the inputs at random and scales up the others, so that their expectation stays
/// (Srivastava et al., 2014); otherwise it passes its input on.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, Dropout, Relu};
///
/// let net = Sequential::new([784]).add(Dense::new(32)).add(Relu).add(Dropout::new(0.2)).add(Dense::new(10));
/// assert_eq!(net.summary()?.parameters(), 784 * 32 + 32 + 32 * 10 + 10);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "it is a layer, to be added to a net"]
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

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        if !(0.0..1.0).contains(&self.rate) {
            let why =
                format!("it drops a share of {}; the share must be at least 0 and less than 1", self.rate);
            return Err(why.into());
        }
        let layer = cx.mask();
        if cx.mode() == Mode::Infer || self.rate == 0.0 {
            return Ok(x.clone());
        }
        let (x, y) = (cx.tape().reals(x.tensor()), cx.output(x.shape()));
        cx.tape().push(crate::ops::Dropout { x, y: y.tensor(), rate: self.rate, layer });
        Ok(y)
    }
}

//! Dropout, of numbers and of whole channels.

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
        dropped(cx, one(inputs)?, self.rate, None)
    }
}

/// In training, drops a share of the channels of each sample, each over all of its pixels, and scales up the others, so that their
/// expectation stays (Tompson et al., *Efficient Object Localization Using Convolutional Networks*, 2015); otherwise it passes its input
/// on. Keras calls it `SpatialDropout2D`. Pixels beside each other have much in common, so a dropped one alone takes little away.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Conv2d, Dropout2d, Relu};
///
/// let net = Sequential::new([28, 28, 1]).add(Conv2d::new(16, 3)).add(Relu).add(Dropout2d::new(0.2)).add(Conv2d::new(8, 3));
/// assert_eq!(net.summary()?.parameters(), 3 * 3 * 16 + 16 + 3 * 3 * 16 * 8 + 8);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: … × channels → … × channels, of at least two dimensions.
#[derive(Clone, Copy, Debug)]
#[must_use = "it is a layer, to be added to a net"]
pub struct Dropout2d {
    rate: f32,
}

impl Dropout2d {
    /// Drops this share, `0..1`.
    pub fn new(rate: f32) -> Self {
        Self { rate }
    }

    pub(super) fn described(settings: &Value) -> Result<Self, String> {
        json::real(settings, "rate").map(Self::new)
    }
}

impl Layer for Dropout2d {
    fn kind(&self) -> &'static str {
        "dropout2d"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([("rate", json!(self.rate))])
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        match x.shape() {
            [_, .., channels] => dropped(cx, x, self.rate, Some(*channels)),
            shape => {
                let why =
                    format!("takes samples of pixels × channels, and gets {shape:?}; Dropout takes any");
                Err(why.into())
            }
        }
    }
}

/// Records the dropout of numbers, or of so many channels, where this recording trains.
fn dropped(
    cx: &mut Context<'_>,
    x: &Shaped,
    rate: f32,
    channels: Option<usize>,
) -> Result<Shaped, LayerError> {
    if !(0.0..1.0).contains(&rate) {
        let why = format!("it drops a share of {rate}; the share must be at least 0 and less than 1");
        return Err(why.into());
    }
    let layer = cx.mask();
    if cx.mode() == Mode::Infer || rate == 0.0 {
        return Ok(x.clone());
    }
    let (x, y) = (cx.tape().reals(x.tensor()), cx.output(x.shape()));
    cx.tape().push(crate::ops::Dropout { x, y: y.tensor(), channels, rate, layer });
    Ok(y)
}

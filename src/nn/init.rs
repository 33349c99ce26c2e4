//! How parameters begin.

use serde_json::{Value, json};

use crate::file::json;
use crate::random::Stream;

/// The law that the initial values of a weight are drawn from.
///
/// `fan_in` and `fan_out` are the rows and columns of a dense layer's weight. Of a weight of more dimensions, such as a convolution's,
/// they are its last two dimensions, each times all others: as in Keras.
///
/// ```
/// use wgrad::Init;
/// use wgrad::layers::Dense;
///
/// let layer = Dense::new(32).init(Init::HeNormal);
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Init {
    /// `U(-a, a)` with `a = √(6 / (fan_in + fan_out))` (Glorot and Bengio, 2010, equation 16); Xavier uniform.
    GlorotUniform,
    /// `N(0, σ²)` with `σ = √(2 / (fan_in + fan_out))` (Glorot and Bengio, 2010); Xavier normal.
    GlorotNormal,
    /// `U(-a, a)` with `a = √(6 / fan_in)` (He et al., 2015).
    HeUniform,
    /// `N(0, σ²)` with `σ = √(2 / fan_in)` (He et al., 2015, equation 10).
    HeNormal,
    /// `N(0, σ²)` with this `σ`.
    Normal(f32),
    /// 0 everywhere: biases.
    Zeros,
    /// 1 everywhere: the scales of norms.
    Ones,
    /// This number everywhere.
    Constant(f32),
}

/// The laws without a setting, as files name them.
const NAMED: [(&str, Init); 6] = [
    ("glorot_uniform", Init::GlorotUniform),
    ("glorot_normal", Init::GlorotNormal),
    ("he_uniform", Init::HeUniform),
    ("he_normal", Init::HeNormal),
    ("zeros", Init::Zeros),
    ("ones", Init::Ones),
];

/// The numbers that an output of a parameter's layer is made of, and those that an input goes to.
fn fans(shape: &[usize]) -> [usize; 2] {
    match shape {
        [] => [1, 1],
        [outputs] => [1, *outputs],
        [others @ .., inputs, outputs] => {
            [*inputs, *outputs].map(|fan| fan * others.iter().product::<usize>())
        }
    }
}

impl Init {
    /// The values of a parameter of this shape.
    pub fn values(self, stream: &mut Stream, shape: &[usize]) -> Vec<f32> {
        let [fan_in, fan_out] = fans(shape);
        let deviation = self.deviation(fan_in, fan_out);
        let draw = |stream: &mut Stream| match self {
            Init::GlorotUniform | Init::HeUniform => stream.uniform(-1.0, 1.0) * 3f64.sqrt() * deviation,
            Init::GlorotNormal | Init::HeNormal | Init::Normal(_) => stream.normal() * deviation,
            Init::Zeros => 0.0,
            Init::Ones => 1.0,
            Init::Constant(value) => value.into(),
        };
        (0..shape.iter().product()).map(|_| draw(stream) as f32).collect()
    }

    /// As files describe it: `"glorot_uniform"`, `{"normal": 0.1}`.
    pub(crate) fn describe(self) -> Value {
        match self {
            Init::Normal(deviation) => json!({ "normal": deviation }),
            Init::Constant(value) => json!({ "constant": value }),
            _ => json!(NAMED.iter().find(|(_, law)| *law == self).map(|(name, _)| name)),
        }
    }

    /// The law that a file describes.
    pub(crate) fn described(value: &Value) -> Result<Self, String> {
        let named = NAMED.iter().find(|(name, _)| value == name).map(|(_, law)| *law);
        if let Some(law) = named {
            return Ok(law);
        }
        if !value["constant"].is_null() {
            return json::real(value, "constant").map(Init::Constant);
        }
        json::real(value, "normal").map(Init::Normal)
    }

    /// The law's standard deviation.
    pub fn deviation(self, fan_in: usize, fan_out: usize) -> f64 {
        let (fan_in, fan_out) = (fan_in as f64, fan_out as f64);
        match self {
            Init::GlorotUniform | Init::GlorotNormal => (2.0 / (fan_in + fan_out)).sqrt(),
            Init::HeUniform | Init::HeNormal => (2.0 / fan_in).sqrt(),
            Init::Normal(deviation) => deviation.into(),
            Init::Zeros | Init::Ones | Init::Constant(_) => 0.0,
        }
    }
}

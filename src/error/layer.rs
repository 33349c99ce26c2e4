//! What is wrong with a layer.

use super::OpError;

/// Why a layer cannot be recorded.
///
/// ```
/// use wgrad::layers::{Context, Layer, Shaped, one};
/// use wgrad::{Error, LayerError, Sequential};
///
/// #[derive(Debug)]
/// struct Pairs;
///
/// impl Layer for Pairs {
///     fn kind(&self) -> &'static str {
///         "pairs"
///     }
///
///     fn forward(&self, _: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
///         match one(inputs)?.shape() {
///             [2] => Ok(inputs[0].clone()),
///             shape => Err(LayerError::new(format!("takes pairs, and gets {shape:?}"))),
///         }
///     }
/// }
///
/// match Sequential::new([3]).add(Pairs).summary() {
///     Err(Error::LayerShape { why, .. }) => assert_eq!(why, "takes pairs, and gets [3]"),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayerError {
    /// It cannot take what comes to it, or its settings make no layer.
    #[error("{why}")]
    Refused {
        /// The path of the layer within the one that was asked, if it is not that.
        within: Option<String>,
        /// What is wrong, and what to change.
        why: String,
    },
    /// More numbers than a device can count.
    #[error("{what} holds more numbers than a device can count")]
    TooLarge {
        /// What is too large.
        what: String,
    },
}

impl LayerError {
    /// What is wrong, and what to change.
    pub fn new(why: impl Into<String>) -> Self {
        Self::Refused { within: None, why: why.into() }
    }

    /// The same of a layer with this name within another.
    pub(crate) fn within(self, name: &str) -> Self {
        match self {
            Self::Refused { within, why } => {
                let path = within.map_or_else(|| name.to_string(), |inner| format!("{name}.{inner}"));
                Self::Refused { within: Some(path), why }
            }
            other => other,
        }
    }
}

impl From<String> for LayerError {
    fn from(why: String) -> Self {
        Self::new(why)
    }
}

impl From<&str> for LayerError {
    fn from(why: &str) -> Self {
        Self::new(why)
    }
}

impl From<OpError> for LayerError {
    fn from(error: OpError) -> Self {
        Self::new(error.why)
    }
}

//! Flattening.

use super::{Context, Layer, Shaped, one};
use crate::error::LayerError;

/// Samples of any shape become rows of numbers; nothing moves, since a sample is one row in memory anyway.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, Flatten};
///
/// let net = Sequential::new([28, 28]).add(Flatten).add(Dense::new(10));
/// assert_eq!(net.summary()?.parameters(), 784 * 10 + 10);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: a × b × … → a·b·….
#[derive(Clone, Copy, Debug, Default)]
pub struct Flatten;

impl Layer for Flatten {
    fn kind(&self) -> &'static str {
        "flatten"
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn takes_integers(&self) -> bool {
        true
    }

    fn forward(&self, _: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        Shaped::new(x.tensor(), [x.shape().iter().product()])
    }
}

//! A rectifier with a slope that is learned.

use super::{Context, Layer, Shaped, one};
use crate::error::LayerError;
use crate::nn::init::Init;
use crate::ops::activation::{Activate, Relu};
use crate::ops::{Binary, Operation};
use crate::program::tensor::Tensor;

/// `f(x) = x` above 0 and `slope · x` below, with a slope for each number of the last dimension that begins at 1/4 (He et al.,
/// *Delving Deep into Rectifiers*, 2015).
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, Prelu};
///
/// let net = Sequential::new([16]).add(Dense::new(4)).add(Prelu);
/// assert_eq!(net.summary()?.parameters(), 16 * 4 + 4 + 4);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: … × n → … × n. `slope`: n.
#[derive(Clone, Copy, Debug, Default)]
pub struct Prelu;

impl Layer for Prelu {
    fn kind(&self) -> &'static str {
        "prelu"
    }

    /// `relu(x) + slope · (x − relu(x))`.
    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        let width = x.shape().last().copied().ok_or("takes samples of at least one dimension")?;
        let slope = cx.param("slope", [width], Init::Constant(0.25))?;
        let [above, below, scaled, y] = [(); 4].map(|()| cx.output(x.shape()));
        let tape = cx.tape();
        tape.push(Activate { activation: Relu.into(), x: x.rows(), y: above.rows() });
        let mut binary =
            |operation, a, b: Tensor, y: &Shaped| tape.push(Binary { operation, a, b, y: y.rows() });
        binary(Operation::Difference, x.rows(), above.rows(), &below);
        binary(Operation::Product, below.rows(), slope, &scaled);
        binary(Operation::Sum, above.rows(), scaled.rows(), &y);
        Ok(y)
    }
}

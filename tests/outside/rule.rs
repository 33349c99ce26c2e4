//! The rule of an optimizer.

use wgrad::Real;
use wgrad::kernel::Source;
use wgrad::ops::optimizer::Rule;
use wgrad::program::Batch;

/// `w -= rate · sign(g)` (Bernstein et al., 2018).
#[derive(Clone, Debug)]
pub struct SignDescent;

impl Rule for SignDescent {
    const NAME: &'static str = "sign_descent";
    const MOMENTS: usize = 0;
    const SQUARES: bool = false;
    const SOURCE: Source = Source {
        name: "sign_descent.wgsl",
        text: "fn update(w: Numbers, g: Numbers, moment0: Numbers, moment1: Numbers) -> Updated {
            return Updated(w - rate() * sign(g), moment0, moment1);
        }",
    };

    fn update<T: Real>(&self, batch: &Batch, w: T, g: T, moments: [T; 2]) -> (T, [T; 2]) {
        let rate = T::of(batch.rate.into());
        let step = if g > T::zero() {
            rate
        } else if g < T::zero() {
            -rate
        } else {
            T::zero()
        };
        (w - step, moments)
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    fn examples() -> Vec<Self> {
        vec![Self]
    }
}

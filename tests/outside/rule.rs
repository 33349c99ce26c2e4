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

/// A mean of gradients, corrected: one moment has corrections as two have.
#[derive(Clone, Debug)]
pub struct Mean;

impl Rule for Mean {
    const NAME: &'static str = "mean";
    const MOMENTS: usize = 1;
    const SQUARES: bool = false;
    const CORRECTED: bool = true;
    const SOURCE: Source = Source {
        name: "mean.wgsl",
        text: "fn update(w: Numbers, g: Numbers, moment0: Numbers, moment1: Numbers) -> Updated {
            let m = 0.5 * (moment0 + g);
            return Updated(w - rate() * corrections().x * m, m, moment1);
        }",
    };

    fn update<T: Real>(&self, batch: &Batch, w: T, g: T, [m, other]: [T; 2]) -> (T, [T; 2]) {
        let m = T::of(0.5) * (m + g);
        (w - T::of(batch.rate.into()) * T::of(batch.corrections[0].into()) * m, [m, other])
    }

    fn betas(&self) -> [f32; 3] {
        [0.5, 0.0, 0.0]
    }

    fn constants(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    fn examples() -> Vec<Self> {
        vec![Self]
    }
}

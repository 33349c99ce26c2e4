//! An activation.

use wgrad::Real;
use wgrad::kernel::Source;
use wgrad::op::Domain;
use wgrad::ops::activation::Elementwise;

/// `f(x) = x²`.
#[derive(Clone, Debug, PartialEq)]
pub struct Square;

impl Elementwise for Square {
    const NAME: &'static str = "square";
    const SLOPE_FROM_OUTPUT: bool = false;
    const VALUES: Domain = Domain::NonNegative;
    const APPROXIMATED: bool = false;
    const SOURCES: &'static [Source] = &[Source {
        name: "square.wgsl",
        text: "fn activation(x: f32) -> f32 { return x * x; }\nfn slope(x: f32) -> f32 { return 2.0 * x; }",
    }];

    #[inline(always)]
    fn value<T: Real>(&self, x: T) -> T {
        x * x
    }

    #[inline(always)]
    fn slope<T: Real>(&self, x: T) -> T {
        x + x
    }

    fn example() -> Self {
        Self
    }
}

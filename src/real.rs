//! The two precisions that one CPU source is compiled for.

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{AddAssign, DivAssign, MulAssign, SubAssign};

use crate::op::{AnyOp, Views};

/// A floating-point type that the CPU backend computes in: `f32` or, to check derivatives, `f64`.
pub trait Real:
    num_traits::Float
    + faer::traits::ComplexField
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sum
    + Default
    + Debug
    + Display
    + Send
    + Sync
    + 'static
{
    /// The nearest value of this type.
    fn of(value: f64) -> Self;

    /// This value as `f64`, exactly.
    fn wide(self) -> f64;

    /// Runs an op at this precision.
    #[doc(hidden)]
    fn run(op: &dyn AnyOp, views: &mut Views<'_, Self>);
}

impl Real for f32 {
    fn of(value: f64) -> Self {
        value as f32
    }
    fn wide(self) -> f64 {
        f64::from(self)
    }
    fn run(op: &dyn AnyOp, views: &mut Views<'_, Self>) {
        op.cpu_f32(views);
    }
}

impl Real for f64 {
    fn of(value: f64) -> Self {
        value
    }
    fn wide(self) -> f64 {
        self
    }
    fn run(op: &dyn AnyOp, views: &mut Views<'_, Self>) {
        op.cpu_f64(views);
    }
}

//! An activation that is not of this crate, behind a pointer.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use super::{Elementwise, apply, times_slope};
use crate::error::OpError;
use crate::program::kernel::Source;
use crate::program::op::Domain;
use crate::program::real::{OnSlices, Real};
use crate::program::vectorised::Loops;

/// An activation of one's own; [`Activation::custom`](super::Activation::custom) makes it. Two are equal if their types and
/// their settings are.
#[derive(Clone, Debug)]
pub struct Custom(pub(super) Arc<dyn AnyElementwise>);

impl PartialEq for Custom {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(&*other.0)
    }
}

/// An [`Elementwise`] without its type.
pub(super) trait AnyElementwise: OnSlices + Any + Debug + Send + Sync {
    fn name(&self) -> &'static str;
    fn slope_from_output(&self) -> bool;
    fn values(&self) -> Domain;
    fn approximated(&self) -> bool;
    fn sources(&self) -> &'static [Source];
    fn constants(&self) -> Vec<(&'static str, f64)>;
    fn check(&self) -> Result<(), OpError>;
    /// The same with another value behind a constant.
    fn with(&self, constant: &str, value: f32) -> Arc<dyn AnyElementwise>;
    fn equals(&self, other: &dyn AnyElementwise) -> bool;
}

impl<E: Elementwise> AnyElementwise for E {
    fn name(&self) -> &'static str {
        E::NAME
    }
    fn slope_from_output(&self) -> bool {
        E::SLOPE_FROM_OUTPUT
    }
    fn values(&self) -> Domain {
        E::VALUES
    }
    fn approximated(&self) -> bool {
        E::APPROXIMATED
    }
    fn sources(&self) -> &'static [Source] {
        E::SOURCES
    }
    fn constants(&self) -> Vec<(&'static str, f64)> {
        Elementwise::constants(self)
    }
    fn check(&self) -> Result<(), OpError> {
        Elementwise::check(self)
    }
    fn with(&self, constant: &str, value: f32) -> Arc<dyn AnyElementwise> {
        let mut other = self.clone();
        other.set(constant, value);
        Arc::new(other)
    }
    fn equals(&self, other: &dyn AnyElementwise) -> bool {
        (other as &dyn Any).downcast_ref::<E>() == Some(self)
    }
}

/// Values in place of arguments, or, beside values or arguments, gradients times slopes.
struct Call<'a, E, T> {
    f: &'a E,
    numbers: &'a mut [T],
    at: Option<&'a [T]>,
}

impl<E: Elementwise, T: Real> Loops for Call<'_, E, T> {
    type Output = ();

    #[inline(always)]
    fn compute(self) {
        match self.at {
            None => apply(self.f, self.numbers),
            Some(at) => times_slope(self.f, at, self.numbers),
        }
    }
}

impl<E: Elementwise> OnSlices for E {
    fn on_f32(&self, numbers: &mut [f32], at: Option<&[f32]>) {
        Call { f: self, numbers, at }.run();
    }
    fn on_f64(&self, numbers: &mut [f64], at: Option<&[f64]>) {
        Call { f: self, numbers, at }.run();
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Activation, Elu};
    use super::*;

    #[test]
    fn a_constant_is_set_in_one_and_not_in_its_copy() {
        let before = Activation::Custom(Custom(Arc::new(Elu::default())));
        let mut after = before.clone();
        after.set("ALPHA", 0.5);
        assert_eq!(before.constants(), [("ALPHA", 1.0)]);
        assert_eq!(after, Activation::Custom(Custom(Arc::new(Elu { alpha: 0.5 }))));
        assert_ne!(after, before);
    }
}

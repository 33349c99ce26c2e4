//! Activations: functions of one number, fused into dense products or run as a step of their own.
//!
//! To add one: a file here with the formula, a file in `shaders/activation/` with the same two functions, and a
//! word in the list below.

mod elu;
mod exponential;
mod gated;
mod gelu;
mod gelu_tanh;
mod hard_tanh;
mod identity;
mod leaky_relu;
mod mish;
mod radial;
mod relu;
mod selu;
mod sigmoid;
mod silu;
mod softplus;
mod softsign;
mod step;
mod tanh;

use std::fmt::Debug;

use crate::program::kernel::Source;
use crate::program::op::Domain;
use crate::program::real::Real;

pub use elu::Elu;
pub use gelu::Gelu;
pub use gelu_tanh::GeluTanh;
pub use hard_tanh::HardTanh;
pub use identity::Identity;
pub use leaky_relu::LeakyRelu;
pub use mish::Mish;
pub use radial::Radial;
pub use relu::Relu;
pub use selu::Selu;
pub use sigmoid::Sigmoid;
pub use silu::Silu;
pub use softplus::Softplus;
pub use softsign::Softsign;
pub use step::{Activate, ActivationGradient};
pub use tanh::Tanh;

/// A function of one number and its derivative.
pub trait Elementwise: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// Its name in tables: `relu`.
    const NAME: &'static str;

    /// Whether [`slope`](Elementwise::slope) takes the function's value instead of its argument.
    const SLOPE_FROM_OUTPUT: bool;

    /// What `f(x)` may be.
    const VALUES: Domain;

    /// Whether it goes through exp, log or tanh, which GPUs approximate.
    const APPROXIMATED: bool;

    /// The WGSL file with `activation(x)` and `slope(v)`, and those whose functions it calls.
    const SOURCES: &'static [Source];

    /// `f(x)`.
    fn value<T: Real>(&self, x: T) -> T;

    /// `f'(x)`, from `f(x)` if [`SLOPE_FROM_OUTPUT`](Elementwise::SLOPE_FROM_OUTPUT), else from `x`.
    fn slope<T: Real>(&self, v: T) -> T;

    /// Values of the WGSL files' `override` constants.
    fn constants(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// Why its settings make no activation, if they make none.
    ///
    /// # Errors
    /// A sentence with the setting in it.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// Sets the value behind one of these constants, where a file describes it.
    fn set(&mut self, constant: &str, value: f32) {
        let _ = (constant, value);
    }

    /// One with typical settings, for the tests.
    fn example() -> Self;
}

macro_rules! activations {
    ($($name:ident),* $(,)?) => {
        /// An activation.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Activation {
            $(#[doc = concat!("[`", stringify!($name), "`].")] $name($name),)*
        }

        $(impl From<$name> for Activation {
            fn from(activation: $name) -> Self {
                Self::$name(activation)
            }
        })*

        impl Activation {
            /// One of each, with typical settings.
            pub fn examples() -> Vec<Self> {
                vec![$(Self::$name($name::example())),*]
            }

            /// Its name in tables.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => $name::NAME),* }
            }

            /// Whether its slope is a function of its value.
            pub fn slope_from_output(&self) -> bool {
                match self { $(Self::$name(_) => $name::SLOPE_FROM_OUTPUT),* }
            }

            /// What its values may be.
            pub fn values(&self) -> Domain {
                match self { $(Self::$name(_) => $name::VALUES),* }
            }

            /// Whether it goes through exp, log or tanh, which GPUs approximate.
            pub fn approximated(&self) -> bool {
                match self { $(Self::$name(_) => $name::APPROXIMATED),* }
            }

            /// The WGSL file with its two functions, and those that it needs.
            pub fn sources(&self) -> &'static [Source] {
                match self { $(Self::$name(_) => $name::SOURCES),* }
            }

            /// Values of their `override` constants.
            pub fn constants(&self) -> Vec<(&'static str, f64)> {
                match self { $(Self::$name(f) => f.constants()),* }
            }

            /// Why its settings make no activation, if they make none.
            pub(crate) fn check(&self) -> Result<(), String> {
                match self { $(Self::$name(f) => f.check()),* }
            }

            /// Sets the value behind one of these constants.
            pub(crate) fn set(&mut self, constant: &str, value: f32) {
                match self { $(Self::$name(f) => f.set(constant, value)),* }
            }

            /// Replaces each `x` by `f(x)`.
            #[inline(always)]
            pub(crate) fn apply<T: Real>(&self, values: &mut [T]) {
                match self {
                    $(Self::$name(f) => values.iter_mut().for_each(|x| *x = f.value(*x)),)*
                }
            }

            /// Multiplies each gradient by the slope at the value beside it.
            #[inline(always)]
            pub(crate) fn times_slope<T: Real>(&self, at: &[T], gradients: &mut [T]) {
                match self {
                    $(Self::$name(f) => gradients.iter_mut().zip(at).for_each(|(g, v)| *g *= f.slope(*v)),)*
                }
            }
        }
    };
}

activations! {
    Identity, Relu, LeakyRelu, Elu, Selu, Softplus, Sigmoid, Tanh, HardTanh, Softsign, Gelu, GeluTanh, Silu, Mish, Radial,
}

impl Activation {
    /// `f(x) = x`.
    pub fn identity() -> Self {
        Identity.into()
    }
}

//! Activations: functions of one number, fused into dense products or run as a step of their own.
//!
//! To add one: a file here with the formula, a file in `shaders/activation/` with the same two functions, and a
//! word in the list below. One from outside the crate is an [`Elementwise`] as well: [`Activation::custom`] shows it.

mod custom;
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

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use crate::error::OpError;
use crate::program::kernel::Source;
use crate::program::op::Domain;
use crate::program::real::Real;

pub use custom::Custom;
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
///
/// [`value`](Elementwise::value) and [`slope`](Elementwise::slope) are to be `#[inline(always)]`, as all that they call, so that
/// their loops are compiled for each instruction set. The WGSL files are joined with those of products and losses: what they
/// name beside the two functions is safe from those where it begins with the name of the activation.
///
/// ```
/// use wgrad::kernel::Source;
/// use wgrad::layers::Dense;
/// use wgrad::op::Domain;
/// use wgrad::ndarray::array;
/// use wgrad::ops::activation::Elementwise;
/// use wgrad::{Dataset, Real, Sequential, gradcheck, losses};
///
/// /// `f(x) = x²`.
/// #[derive(Clone, Debug, PartialEq)]
/// struct Square;
///
/// impl Elementwise for Square {
///     const NAME: &'static str = "square";
///     const SLOPE_FROM_OUTPUT: bool = false;
///     const VALUES: Domain = Domain::NonNegative;
///     const APPROXIMATED: bool = false;
///     const SOURCES: &'static [Source] = &[Source {
///         name: "square.wgsl",
///         text: "fn activation(x: f32) -> f32 { return x * x; }
///                fn slope(x: f32) -> f32 { return 2.0 * x; }",
///     }];
///
///     #[inline(always)]
///     fn value<T: Real>(&self, x: T) -> T {
///         x * x
///     }
///
///     #[inline(always)]
///     fn slope<T: Real>(&self, x: T) -> T {
///         x + x
///     }
///
///     fn example() -> Self {
///         Self
///     }
/// }
///
/// let net = Sequential::new([2]).add(Dense::new(3)).add(Square);
/// let data = Dataset::regression(array![[0.5, -1.0]].view(), array![[1.0, 0.0, 2.0]].view())?;
/// assert!(gradcheck(&net, losses::MeanSquaredError, &data, 0)?.passes());
/// # Ok::<(), wgrad::Error>(())
/// ```
pub trait Elementwise: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// Its name in tables: `relu`.
    const NAME: &'static str;

    /// Whether [`slope`](Elementwise::slope) takes the function's value instead of its argument.
    const SLOPE_FROM_OUTPUT: bool;

    /// What `f(x)` may be.
    const VALUES: Domain;

    /// Whether its value, and a slope that takes the argument, go through exp, log or tanh, which GPUs approximate. A slope
    /// that takes the value may be off by few units in the last place.
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
    fn check(&self) -> Result<(), OpError> {
        Ok(())
    }

    /// Sets the value behind one of these constants, where a file describes it.
    fn set(&mut self, constant: &str, value: f32) {
        let _ = (constant, value);
    }

    /// One with typical settings, for the tests.
    fn example() -> Self;
}

#[inline(always)]
fn apply<T: Real>(f: &impl Elementwise, values: &mut [T]) {
    for x in values {
        *x = f.value(*x);
    }
}

#[inline(always)]
fn times_slope<T: Real>(f: &impl Elementwise, at: &[T], gradients: &mut [T]) {
    for (g, v) in gradients.iter_mut().zip(at) {
        *g *= f.slope(*v);
    }
}

macro_rules! activations {
    ($($name:ident),* $(,)?) => {
        /// An activation.
        ///
        /// ```
        /// use wgrad::layers::{Dense, Relu, Tanh};
        /// use wgrad::ops::activation::Activation;
        /// use wgrad::Sequential;
        ///
        /// // What is known at run time only is a layer as well.
        /// let activation: Activation = if cfg!(debug_assertions) { Relu.into() } else { Tanh.into() };
        /// assert!(activation.slope_from_output());
        /// let net = Sequential::new([4]).add(Dense::new(8)).add(activation);
        /// assert_eq!(net.summary()?.parameters(), 4 * 8 + 8);
        /// # Ok::<(), wgrad::Error>(())
        /// ```
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Activation {
            $(#[doc = concat!("[`", stringify!($name), "`].")] $name($name),)*
            /// One from outside the crate.
            Custom(Custom),
        }

        impl<E: Elementwise> From<E> for Activation {
            fn from(f: E) -> Self {
                let any: &dyn Any = &f;
                $(if let Some(known) = any.downcast_ref::<$name>() {
                    return Self::$name(known.clone());
                })*
                Self::Custom(Custom(Arc::new(f)))
            }
        }

        impl Activation {
            /// One of each of the crate, with typical settings.
            pub fn examples() -> Vec<Self> {
                vec![$(Self::$name($name::example())),*]
            }

            /// Its name in tables.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => $name::NAME,)* Self::Custom(f) => f.0.name() }
            }

            /// Whether its slope is a function of its value.
            pub fn slope_from_output(&self) -> bool {
                match self { $(Self::$name(_) => $name::SLOPE_FROM_OUTPUT,)* Self::Custom(f) => f.0.slope_from_output() }
            }

            /// What its values may be.
            pub fn values(&self) -> Domain {
                match self { $(Self::$name(_) => $name::VALUES,)* Self::Custom(f) => f.0.values() }
            }

            /// Whether it goes through exp, log or tanh, which GPUs approximate.
            pub fn approximated(&self) -> bool {
                match self { $(Self::$name(_) => $name::APPROXIMATED,)* Self::Custom(f) => f.0.approximated() }
            }

            /// The WGSL file with its two functions, and those that it needs.
            pub fn sources(&self) -> &'static [Source] {
                match self { $(Self::$name(_) => $name::SOURCES,)* Self::Custom(f) => f.0.sources() }
            }

            /// Values of their `override` constants.
            pub fn constants(&self) -> Vec<(&'static str, f64)> {
                match self { $(Self::$name(f) => f.constants(),)* Self::Custom(f) => f.0.constants() }
            }

            /// Why its settings make no activation, if they make none.
            pub(crate) fn check(&self) -> Result<(), OpError> {
                match self { $(Self::$name(f) => f.check(),)* Self::Custom(f) => f.0.check() }
            }

            /// Sets the value behind one of these constants.
            pub(crate) fn set(&mut self, constant: &str, value: f32) {
                match self {
                    $(Self::$name(f) => f.set(constant, value),)*
                    Self::Custom(f) => f.0 = f.0.with(constant, value),
                }
            }

            /// Replaces each `x` by `f(x)`.
            #[inline(always)]
            pub(crate) fn apply<T: Real>(&self, values: &mut [T]) {
                match self {
                    $(Self::$name(f) => apply(f, values),)*
                    Self::Custom(f) => T::change(&*f.0, values, None),
                }
            }

            /// Multiplies each gradient by the slope at the value beside it.
            #[inline(always)]
            pub(crate) fn times_slope<T: Real>(&self, at: &[T], gradients: &mut [T]) {
                match self {
                    $(Self::$name(f) => times_slope(f, at, gradients),)*
                    Self::Custom(f) => T::change(&*f.0, gradients, Some(at)),
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
        Self::Identity(Identity)
    }

    /// An error unless it may be part of another step, which keeps its values only.
    pub(crate) fn check_fused(&self) -> Result<(), OpError> {
        self.check()?;
        if self.slope_from_output() {
            return Ok(());
        }
        Err(OpError::new(format!("cannot fuse {}, whose slope needs its input", self.name())))
    }

    /// One of your own, as good as the crate's: on the CPU and on GPUs, in a dense layer's step if its slope comes from its
    /// output, and as a layer, which the type itself is as well. Files have its name and its constants;
    /// [`Sequential::load_with`](crate::Sequential::load_with) gives them to you.
    ///
    /// ```
    /// use wgrad::kernel::Source;
    /// use wgrad::layers::Dense;
    /// use wgrad::ndarray::array;
    /// use wgrad::op::Domain;
    /// use wgrad::ops::activation::{Activation, Elementwise};
    /// use wgrad::{Dataset, Real, Sequential, gradcheck, losses};
    ///
    /// /// `f(x) = a tanh(b x)`.
    /// #[derive(Clone, Debug, PartialEq)]
    /// struct ScaledTanh {
    ///     a: f32,
    ///     b: f32,
    /// }
    ///
    /// impl Elementwise for ScaledTanh {
    ///     const NAME: &'static str = "scaled_tanh";
    ///     const SLOPE_FROM_OUTPUT: bool = true;
    ///     const VALUES: Domain = Domain::Any;
    ///     const APPROXIMATED: bool = true;
    ///     const SOURCES: &'static [Source] = &[Source {
    ///         name: "scaled_tanh.wgsl",
    ///         text: "
    ///             override A: f32;
    ///             override B: f32;
    ///             fn activation(x: f32) -> f32 { return or_nan(A * tanh(clamp(B * x, -20.0, 20.0)), x); }
    ///             fn slope(y: f32) -> f32 { return B / A * (A - y) * (A + y); }
    ///         ",
    ///     }];
    ///
    ///     #[inline(always)]
    ///     fn value<T: Real>(&self, x: T) -> T {
    ///         T::of(self.a.into()) * (T::of(self.b.into()) * x).hyperbolic_tangent()
    ///     }
    ///
    ///     #[inline(always)]
    ///     fn slope<T: Real>(&self, y: T) -> T {
    ///         let [a, b] = [self.a, self.b].map(|constant| T::of(constant.into()));
    ///         b / a * (a - y) * (a + y)
    ///     }
    ///
    ///     fn constants(&self) -> Vec<(&'static str, f64)> {
    ///         vec![("A", self.a.into()), ("B", self.b.into())]
    ///     }
    ///
    ///     fn example() -> Self {
    ///         Self { a: 1.7159, b: 2.0 / 3.0 }
    ///     }
    /// }
    ///
    /// let activation = Activation::custom(ScaledTanh::example());
    /// let net = Sequential::new([2]).add(Dense::new(3)).add(activation).add(Dense::new(1)).add(ScaledTanh::example());
    /// let data = Dataset::regression(array![[0.5, -1.0], [1.5, 0.3]].view(), array![[0.0], [1.0]].view())?;
    /// assert!(gradcheck(&net, losses::MeanSquaredError, &data, 0)?.passes());
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    pub fn custom(f: impl Elementwise) -> Self {
        f.into()
    }
}

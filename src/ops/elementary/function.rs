//! The functions themselves.

use crate::error::OpError;
use crate::program::kernel::{Kernel, Source, shader};
use crate::program::op::Domain;
use crate::program::real::{Real, clamped};

/// A function of one number.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{Elementary, Function};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("function", 1);
/// let [x, y, z] = ["x", "y", "z"].map(|name| tape.batched(name, 1));
/// tape.push(Elementary { function: Function::Power(2.0), x, y });
/// tape.push(Elementary { function: Function::Scaled(0.5), x: y, y: z }); // x² / 2
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[-3.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert!((cpu.read(z)?[0] - 4.5).abs() < 1e-5);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Function {
    /// `f(x) = c x`.
    Scaled(f32),
    /// `f(x) = a x + b`.
    Affine {
        /// `a`.
        factor: f32,
        /// `b`.
        offset: f32,
    },
    /// `f(x) = (1 - e^-x)^γ x` of a cross-entropy `x ≥ 0`: the focal loss, which counts what is predicted well for less (Lin et
    /// al., 2017).
    Focal(f32),
    /// `f(x) = x^p`, which of a negative `x` is a number only where `p` is whole.
    Power(f32),
    /// `f(x) = e^x`.
    Exp,
    /// `f(x) = ln x`, which of a negative `x` is no number.
    Log,
    /// The number from `least` to `most` that is nearest to `x`. Its slope is 1 there, ends included, and 0 elsewhere. A side stays
    /// open where its end is the least or the largest number of `f32`.
    Clamp {
        /// The least value.
        least: f32,
        /// The largest value.
        most: f32,
    },
}

/// `x^p`, where not a number stays so, even to the power of 0.
#[inline(always)]
fn power<T: Real>(x: T, exponent: f64) -> T {
    if x.is_nan() { x } else { x.powf(T::of(exponent)) }
}

impl Function {
    /// `f(x)`.
    #[inline(always)]
    pub(super) fn value<T: Real>(self, x: T) -> T {
        match self {
            Self::Scaled(factor) => T::of(factor.into()) * x,
            Self::Affine { factor, offset } => T::of(factor.into()) * x + T::of(offset.into()),
            Self::Focal(gamma) => power(-(-x).exp_m1_nonpositive(), gamma.into()) * x,
            Self::Power(exponent) => power(x, exponent.into()),
            Self::Exp => x.exp(),
            Self::Log => x.ln(),
            Self::Clamp { least, most } => clamped(x, T::of(least.into()), T::of(most.into())),
        }
    }

    /// `f'(x)`, from `f(x)` if [`slope_from_output`](Function::slope_from_output), else from `x`.
    #[inline(always)]
    pub(super) fn slope<T: Real>(self, v: T) -> T {
        match self {
            Self::Scaled(factor) | Self::Affine { factor, .. } => T::of(factor.into()),
            Self::Focal(gamma) => {
                // How improbable the class is, and the ratio of x to that, 1 at 0.
                let missing = -(-v).exp_m1_nonpositive();
                let ratio = if missing < T::of(1e-30) { T::one() } else { v.min(T::of(1000.0)) / missing };
                power(missing, gamma.into())
                    * (T::one() + T::of(gamma.into()) * (-v).exp_nonpositive() * ratio)
            }
            Self::Power(0.0) if !v.is_nan() => T::zero(),
            Self::Power(exponent) => T::of(exponent.into()) * power(v, f64::from(exponent) - 1.0),
            Self::Exp => v,
            Self::Log => v.recip(),
            Self::Clamp { .. } if v.is_nan() => v,
            Self::Clamp { least, most } if T::of(least.into()) <= v && v <= T::of(most.into()) => T::one(),
            Self::Clamp { .. } => T::zero(),
        }
    }

    /// Whether its slope is a function of its value.
    pub fn slope_from_output(self) -> bool {
        self == Self::Exp
    }

    /// Whether its value and its slope go through exp, log or a power, which GPUs approximate.
    pub(super) fn approximated(self) -> [bool; 2] {
        match self {
            Self::Scaled(_) | Self::Clamp { .. } => [false, false],
            Self::Affine { .. } => [true, false],
            Self::Power(_) | Self::Focal(_) => [true, true],
            Self::Exp | Self::Log => [true, false],
        }
    }

    /// The arguments at which its value and its slope are finite.
    pub(super) fn arguments(self) -> Domain {
        match self {
            Self::Power(exponent) if exponent.fract() != 0.0 || exponent < 0.0 => Domain::Positive,
            Self::Log => Domain::Positive,
            Self::Exp => Domain::Signed,
            Self::Focal(_) => Domain::NonNegative,
            _ => Domain::Any,
        }
    }

    /// What its slope is computed from.
    pub(super) fn slope_arguments(self) -> Domain {
        if self.slope_from_output() { Domain::NonNegative } else { self.arguments() }
    }

    /// Why its settings make no function, if they make none.
    pub(super) fn check(self) -> Result<(), OpError> {
        let settings = match self {
            Self::Scaled(number) | Self::Power(number) => [number, number],
            Self::Affine { factor, offset } if factor.is_finite() => [offset, offset],
            Self::Affine { factor, .. } => [factor, factor],
            Self::Focal(gamma) if gamma.is_finite() && gamma >= 0.0 => return Ok(()),
            Self::Focal(gamma) => {
                return Err(OpError::new(format!(
                    "has a focal γ of {gamma}; it must be finite and not negative"
                )));
            }
            Self::Clamp { least, most } => [least, most],
            Self::Exp | Self::Log => [0.0, 0.0],
        };
        if settings.iter().all(|number| number.is_finite()) && settings[0] <= settings[1] {
            return Ok(());
        }
        Err(OpError::new(format!(
            "is {self:?}; settings must be finite, and the least no more than the most"
        )))
    }

    /// Joins the files with its `activation(x)` and `slope(v)`, and sets their constants.
    pub(super) fn joined_to(self, kernel: Kernel) -> Kernel {
        let kernel = kernel.with(self.source());
        match self {
            Self::Scaled(factor) => kernel.constant("FACTOR", factor),
            Self::Affine { factor, offset } => kernel.constant("FACTOR", factor).constant("OFFSET", offset),
            Self::Focal(gamma) => {
                let power =
                    kernel.with(shader!("elementary/power_of.wgsl")).with(shader!("function/exp_m1.wgsl"));
                power.constant("GAMMA", gamma)
            }
            Self::Power(exponent) => {
                kernel.with(shader!("elementary/power_of.wgsl")).constant("EXPONENT", exponent)
            }
            Self::Exp => kernel,
            Self::Log => kernel.with(shader!("function/ln_1p.wgsl")),
            Self::Clamp { least, most } => kernel.constant("LEAST", least).constant("MOST", most),
        }
    }

    fn source(self) -> Source {
        match self {
            Self::Scaled(_) => shader!("elementary/scaled.wgsl"),
            Self::Affine { .. } => shader!("elementary/affine.wgsl"),
            Self::Focal(_) => shader!("elementary/focal.wgsl"),
            Self::Power(_) => shader!("elementary/power.wgsl"),
            Self::Exp => shader!("elementary/exp.wgsl"),
            Self::Log => shader!("elementary/log.wgsl"),
            Self::Clamp { .. } => shader!("elementary/clamp.wgsl"),
        }
    }

    /// One of each, and every kind of power.
    pub(super) fn examples() -> Vec<Self> {
        let powers = [-1.5, 0.0, 1.0, 2.0, 3.0, -2.0, 0.5, 0.3].map(Self::Power);
        let others = [
            Self::Scaled(-0.75),
            Self::Affine { factor: -0.75, offset: 0.5 },
            Self::Focal(2.0),
            Self::Focal(0.7),
            Self::Exp,
            Self::Log,
            Self::Clamp { least: -0.5, most: 1.0 },
        ];
        [&powers[..], &others[..]].concat()
    }
}

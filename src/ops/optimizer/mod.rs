//! Optimizers: what becomes of a parameter, its gradient and its moments in one step.
//!
//! To add one: a file here with the formula, a file in `shaders/optimizer/` with the same function, and a word in
//! the catalogue of [`ops`](crate::ops).

mod ada_grad;
mod adam;
mod adamax;
mod average;
mod lamb;
mod lion;
mod momentum;
mod nadam;
mod rms_prop;
mod sgd;
mod update;

use std::fmt::Debug;

use crate::program::Batch;
use crate::program::kernel::Source;
use crate::program::real::Real;

pub use ada_grad::AdaGrad;
pub use adam::Adam;
pub use adamax::Adamax;
pub use average::WeightAverage;
pub use lamb::LambStep;
pub use lion::Lion;
pub use momentum::Momentum;
pub use nadam::Nadam;
pub use rms_prop::RmsProp;
pub use sgd::Sgd;
pub use update::Update;

/// The formula of an optimizer, for one parameter.
///
/// One from outside the crate is a step of programs, as [`Update`], and trains models by
/// [`Optimizer::custom`](crate::Optimizer::custom).
///
/// ```
/// use wgrad::Real;
/// use wgrad::kernel::Source;
/// use wgrad::ops::optimizer::Rule;
/// use wgrad::program::Batch;
///
/// /// `w -= rate · sign g`.
/// #[derive(Clone, Debug)]
/// struct Sign;
///
/// impl Rule for Sign {
///     const NAME: &'static str = "sign";
///     const MOMENTS: usize = 0;
///     const SQUARES: bool = false;
///     const SOURCE: Source = Source {
///         name: "sign.wgsl",
///         text: "fn update(w: Numbers, g: Numbers, moment0: Numbers, moment1: Numbers) -> Updated {
///                    return Updated(w - rate() * sign(g), moment0, moment1);
///                }",
///     };
///
///     #[inline(always)]
///     fn update<T: Real>(&self, batch: &Batch, w: T, g: T, moments: [T; 2]) -> (T, [T; 2]) {
///         let sign = if g == T::zero() { g } else { g.signum() };
///         (w - T::of(batch.rate.into()) * sign, moments)
///     }
///
///     fn constants(&self) -> Vec<(&'static str, f64)> {
///         Vec::new()
///     }
///
///     fn examples() -> Vec<Self> {
///         vec![Self]
///     }
/// }
///
/// let programs = wgrad::ops::cases_of::<wgrad::ops::Update<Sign>>(1)?;
/// let check = wgrad::self_check::check_programs(wgrad::backend::Cpu::<f64>::new()?, &programs)?;
/// assert!(check.passed());
/// # Ok::<(), wgrad::Error>(())
/// ```
pub trait Rule: Clone + Debug + Send + Sync + 'static {
    /// The name of its step in tables.
    const NAME: &'static str;

    /// Numbers kept for each parameter: 0, 1 or 2.
    const MOMENTS: usize;

    /// Whether the last moment is of squares or sizes, and so never negative.
    const SQUARES: bool;

    /// Whether [`Batch::corrections`] matter to it.
    const CORRECTED: bool = false;

    /// The WGSL file with `update(w, g, moment0, moment1)`, which takes `Numbers` and returns `Updated`. There `rate()` is the
    /// learning rate, as `batch.rate` is in [`update`](Rule::update).
    const SOURCE: Source;

    /// The new parameter and moments, from a parameter, its gradient and its moments; unused moments are 0.
    fn update<T: Real>(&self, batch: &Batch, w: T, g: T, moments: [T; 2]) -> (T, [T; 2]);

    /// `scale`, if the new parameter is `w + scale · g`.
    fn scale(&self, batch: &Batch) -> Option<f32> {
        let _ = batch;
        None
    }

    /// The `β` of each of [`Batch::corrections`]: what a mean that is corrected keeps of itself in a step. 0 corrects nothing.
    /// The third is not 0 for [`Nadam`] alone, whose `β₁` it changes over the steps.
    fn betas(&self) -> [f32; 3] {
        [0.0; 3]
    }

    /// The [`Batch::corrections`] of a step `t`, the first being 1: `1 / (1 - βᵗ)` for each `β`.
    fn corrections(&self, t: u32) -> [f32; 3] {
        self.betas().map(|beta| correction(f64::from(beta).powf(t.into())))
    }

    /// Values of the WGSL file's `override` constants.
    fn constants(&self) -> Vec<(&'static str, f64)>;

    /// Ones with typical settings, for the tests.
    fn examples() -> Vec<Self>;
}

/// What a mean is multiplied by that still has this share of the 0 with which it began.
fn correction(share: f64) -> f32 {
    (1.0 / (1.0 - share)) as f32
}

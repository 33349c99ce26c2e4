//! The two precisions that one CPU source is compiled for.

mod tail;

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{AddAssign, DivAssign, MulAssign, SubAssign};

use half::f16;
use half::slice::HalfFloatSliceExt;

#[cfg(target_family = "wasm")]
use crate::error::Error;
use crate::error::Result;
use crate::program::op::{AnyOp, How, Views};

#[cfg(feature = "fast-cpu")]
use faer::traits::ComplexField as Multiplied;
#[cfg(not(feature = "fast-cpu"))]
use ndarray::LinalgScalar as Multiplied;

/// What the CPU backend and the library of matrix products ask of a number. Other crates cannot name it, so that
/// [`Real`] stays with two types.
pub trait Computed: Multiplied {
    /// An error where ops are not built for this precision: a page goes without `f64`, which would make it half as large again.
    fn check_built() -> Result<()> {
        Ok(())
    }

    /// Writes halves as numbers of this type, exactly.
    fn widen(halves: &[f16], into: &mut [Self]);

    /// Writes the nearest halves, of two as near the even one.
    fn narrow(values: &[Self], into: &mut [f16]);

    /// Runs an op at this precision.
    fn run(op: &dyn AnyOp, views: &mut Views<'_, Self>, how: How<Self>)
    where
        Self: Real;

    /// Lets `work` change numbers of this precision.
    fn change(work: &dyn OnSlices, numbers: &mut [Self], at: Option<&[Self]>);
}

/// Work on numbers of either precision, behind a pointer.
pub trait OnSlices {
    /// Changes each number, by what is at its place in `at`, if that is there.
    fn on_f32(&self, numbers: &mut [f32], at: Option<&[f32]>);

    /// The same in `f64`.
    fn on_f64(&self, numbers: &mut [f64], at: Option<&[f64]>);
}

/// A floating-point type that the CPU backend computes in: `f32` or, to check derivatives, `f64`.
///
/// ```
/// use wgrad::Real;
///
/// fn half<T: Real>(x: T) -> T {
///     T::of(0.5) * x
/// }
/// assert_eq!((half(3.0_f32), half(3.0_f64)), (1.5, 1.5));
/// assert_eq!(half(3.0_f32).wide(), 1.5_f64);
/// ```
pub trait Real:
    num_traits::Float
    + Computed
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

    /// `e^x` for `x ≤ 0`, and 1 above; 0 instead of a subnormal number, which some processors are slow with.
    fn exp_nonpositive(self) -> Self;

    /// `e^x - 1` for `x ≤ 0`, right relative to itself however near 0 `x` is, and 0 above.
    fn exp_m1_nonpositive(self) -> Self;

    /// `ln(1 + x)` for `0 ≤ x ≤ 1`.
    fn ln_1p_unit(self) -> Self;

    /// `tanh x`.
    fn hyperbolic_tangent(self) -> Self;

    /// `e^(x²/2)` times the upper tail of the standard normal distribution, for `0 ≤ x ≤ 40`: `e^(x²/2) ½ erfc(x/√2)`.
    fn scaled_tail(self) -> Self;
}

impl Real for f32 {
    #[inline(always)]
    fn of(value: f64) -> Self {
        value as f32
    }
    fn wide(self) -> f64 {
        f64::from(self)
    }
    /// The relative error is under 3·10⁻⁷; not a number stays so.
    #[inline(always)]
    fn exp_nonpositive(self) -> Self {
        let (r, power) = reduced_f32(self);
        if self < LEAST_F32 { 0.0 } else { (1.0 + less_1_f32(r, 1.0 / 720.0)) * power }
    }
    /// The relative error is under 3·10⁻⁷.
    #[inline(always)]
    fn exp_m1_nonpositive(self) -> Self {
        let (r, power) = reduced_f32(self);
        let rest = less_1_f32(r, 1.0 / 720.0 + r * (1.0 / 5_040.0));
        if self < LEAST_F32 { -1.0 } else { rest * power + (power - 1.0) }
    }
    /// As `2 artanh(x / (2 + x))` by its series, without a call; the relative error is under 3·10⁻⁷.
    #[inline(always)]
    fn ln_1p_unit(self) -> Self {
        // Twice the argument of artanh, which is a normal number wherever x is.
        let s = self / (1.0 + 0.5 * self);
        let square = 0.25 * s * s;
        let high = 1.0 / 13.0 + square * (1.0 / 15.0 + square * (1.0 / 17.0));
        let high = 1.0 / 7.0 + square * (1.0 / 9.0 + square * (1.0 / 11.0 + square * high));
        s + s * (square * (1.0 / 3.0 + square * (1.0 / 5.0 + square * high)))
    }
    /// Without a branch or a call: near 0 a polynomial in `x²`, with the coefficients of Cephes' `tanhf` (Moshier, 1984
    /// to 1992), else by the exponential. The relative error is under 3·10⁻⁷.
    #[inline(always)]
    fn hyperbolic_tangent(self) -> Self {
        let square = self * self;
        let near = -5.704_988_7e-3 * square + 2.063_909e-2;
        let near = (near * square - 5.373_971_6e-2) * square + 0.133_314_42;
        let near = (near * square - 0.333_332_8) * square * self + self;
        let e = (-2.0 * self.abs()).exp_nonpositive();
        let far = ((1.0 - e) / (1.0 + e)).copysign(self);
        if self.abs() < 0.625 { near } else { far }
    }
    #[inline(always)]
    fn scaled_tail(self) -> Self {
        tail::scaled(self, &tail::SINGLE)
    }
}

impl Computed for f32 {
    fn widen(halves: &[f16], into: &mut [Self]) {
        halves.convert_to_f32_slice(into);
    }
    fn narrow(values: &[Self], into: &mut [f16]) {
        into.convert_from_f32_slice(values);
    }
    fn run(op: &dyn AnyOp, views: &mut Views<'_, Self>, how: How<Self>) {
        op.cpu_f32(views, how);
    }
    fn change(work: &dyn OnSlices, numbers: &mut [Self], at: Option<&[Self]>) {
        work.on_f32(numbers, at);
    }
}

impl Real for f64 {
    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }
    fn wide(self) -> f64 {
        self
    }
    /// The relative error is under 5·10⁻¹⁶.
    #[inline(always)]
    fn exp_nonpositive(self) -> Self {
        let (r, power) = reduced_f64(self);
        if self < LEAST_F64 { 0.0 } else { (1.0 + less_1_f64(r)) * power }
    }
    /// The relative error is under 5·10⁻¹⁶.
    #[inline(always)]
    fn exp_m1_nonpositive(self) -> Self {
        let (r, power) = reduced_f64(self);
        if self < LEAST_F64 { -1.0 } else { less_1_f64(r) * power + (power - 1.0) }
    }
    #[inline(always)]
    fn ln_1p_unit(self) -> Self {
        self.ln_1p()
    }
    #[inline(always)]
    fn hyperbolic_tangent(self) -> Self {
        self.tanh()
    }
    #[inline(always)]
    fn scaled_tail(self) -> Self {
        tail::scaled(self, &tail::DOUBLE)
    }
}

impl Computed for f64 {
    fn widen(halves: &[f16], into: &mut [Self]) {
        halves.convert_to_f64_slice(into);
    }
    fn narrow(values: &[Self], into: &mut [f16]) {
        into.convert_from_f64_slice(values);
    }
    #[cfg(target_family = "wasm")]
    fn check_built() -> Result<()> {
        let why = "a program in a browser computes in f32; f64 is for native ones";
        Err(Error::Setting { why: why.into() })
    }
    #[cfg(target_family = "wasm")]
    fn run(_: &dyn AnyOp, _: &mut Views<'_, Self>, _: How<Self>) {
        unreachable!("no backend in f64 compiles a program here")
    }
    #[cfg(not(target_family = "wasm"))]
    fn run(op: &dyn AnyOp, views: &mut Views<'_, Self>, how: How<Self>) {
        op.cpu_f64(views, how);
    }
    fn change(work: &dyn OnSlices, numbers: &mut [Self], at: Option<&[Self]>) {
        work.on_f64(numbers, at);
    }
}

/// `ln 2^-126`, of the least normal number; what `reduced_f32` makes of less is not used.
const LEAST_F32: f32 = -87.336_54;

/// `ln 2^-1022`, the same for `reduced_f64`.
const LEAST_F64: f64 = -708.396_418_532_264_1;

/// `r` and `2^n`, of which `e^r · 2^n` is the exponential of `x`, or of 0 where `x` is more, with `|r| ≤ ln 2 / 2`: without a
/// branch or a call, so that loops over it become vector instructions (Cody and Waite, *Software Manual for the
/// Elementary Functions*, 1980, chapter 6).
#[inline(always)]
fn reduced_f32(x: f32) -> (f32, f32) {
    // Adding 1.5 · 2^23 rounds to an integer, which then stands in the low bits of the sum.
    const ROUNDER: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = if x > 0.0 { 0.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUNDER;
    let n = shifted - ROUNDER;
    (x - n * LN_2_HIGH - n * LN_2_LOW, f32::from_bits(shifted.to_bits().wrapping_add(127) << 23))
}

/// `e^r - 1` by its Taylor series, whose last coefficient may have a further one in it.
#[inline(always)]
fn less_1_f32(r: f32, last: f32) -> f32 {
    let high = 1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * last));
    r * (1.0 + r * (0.5 + r * high))
}

/// The same in `f64`.
#[inline(always)]
fn reduced_f64(x: f64) -> (f64, f64) {
    // Adding 1.5 · 2^52 rounds to an integer, which then stands in the low bits of the sum.
    const ROUNDER: f64 = 6_755_399_441_055_744.0;
    // ln 2 without its last 21 bits, so that n times it is exact, and the rest.
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let x = if x > 0.0 { 0.0 } else { x };
    let shifted = x * std::f64::consts::LOG2_E + ROUNDER;
    let n = shifted - ROUNDER;
    (x - n * LN_2_HIGH - n * LN_2_LOW, f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52))
}

/// `e^r - 1` by its Taylor series, which for `|r| ≤ ln 2 / 2` is off by 4·10⁻¹⁸.
#[inline(always)]
fn less_1_f64(r: f64) -> f64 {
    INVERSE_FACTORIALS.iter().rev().fold(0.0, |sum, inverse| sum * r + inverse) * r
}

/// `1 / n!` from 1 on.
const INVERSE_FACTORIALS: [f64; 13] = {
    let mut inverses = [1.0; 13];
    let (mut n, mut factorial) = (1, 1.0);
    while n < inverses.len() {
        factorial *= (n + 1) as f64;
        inverses[n] = 1.0 / factorial;
        n += 1;
    }
    inverses
};

/// The nearest number from `least` to `most`; not a number stays, as a net that has diverged must show it.
#[inline(always)]
pub(crate) fn clamped<T: Real>(x: T, least: T, most: T) -> T {
    let x = if x < least { least } else { x };
    if x > most { most } else { x }
}

/// Sums that are kept side by side, so that they become vector instructions.
const LANES: usize = 16;

/// `Σ f(a, b)` over the pairs of two slices of one length, in an order that depends on that length alone.
#[inline(always)]
pub(crate) fn sum_of_pairs<T: Real>(a: &[T], b: &[T], f: impl Fn(T, T) -> T) -> T {
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [T::zero(); LANES];
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += f(*a, *b);
        }
    }
    let rest: T = a_rest.iter().zip(b_rest).map(|(a, b)| f(*a, *b)).sum();
    sums.iter().copied().sum::<T>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_accurate_to_f32() {
        for i in 0..=873_365 {
            let x = -(i as f32) * 1e-4;
            let exact = f64::from(x).exp();
            let error = (f64::from(x.exp_nonpositive()) - exact).abs() / exact;
            assert!(error < 3e-7, "exp({x}) is off by {error:e}");
        }
    }

    #[test]
    fn the_exponential_is_accurate_to_f64() {
        for i in 0..=708_396 {
            let x = -(i as f64) * 1e-3;
            let error = (x.exp_nonpositive() - x.exp()).abs() / x.exp();
            assert!(error < 5e-16, "exp({x}) is off by {error:e}");
        }
        assert_eq!(
            [1.0, 0.0, -708.5, -1e300, f64::NEG_INFINITY].map(f64::exp_nonpositive),
            [1.0, 1.0, 0.0, 0.0, 0.0]
        );
        assert!((-708.396_f64).exp_nonpositive().is_normal());
    }

    #[test]
    fn the_hyperbolic_tangent_is_accurate_to_f32() {
        for i in -120_000..=120_000 {
            let x = i as f32 * 1e-4;
            let exact = f64::from(x).tanh();
            let error = (f64::from(x.hyperbolic_tangent()) - exact).abs();
            assert!(error <= 3e-7 * exact.abs(), "tanh({x}) is off by {error:e}");
        }
        assert_eq!([1e-30, -100.0, 1e30].map(f32::hyperbolic_tangent), [1e-30, -1.0, 1.0]);
        assert!(f32::NAN.hyperbolic_tangent().is_nan());
    }

    #[test]
    fn the_exponential_less_1_is_accurate_to_both_precisions() {
        for i in 0..=400_000 {
            let x = -(i as f32) * 2.5e-4;
            let single = (f64::from(x.exp_m1_nonpositive()) - f64::from(x).exp_m1()).abs();
            assert!(single <= -3e-7 * f64::from(x).exp_m1(), "exp_m1({x}) is off by {single:e}");
            let x = f64::from(x);
            let double = (x.exp_m1_nonpositive() - x.exp_m1()).abs();
            assert!(double <= -5e-16 * x.exp_m1(), "exp_m1({x}) is off by {double:e}");
        }
        let numbers = [1.0, -1e-30, -1e-45, -90.0, f32::NEG_INFINITY];
        assert_eq!(numbers.map(f32::exp_m1_nonpositive), [0.0, -1e-30, -1e-45, -1.0, -1.0]);
        let numbers = [1.0, -1e-300, -720.0, f64::NEG_INFINITY];
        assert_eq!(numbers.map(f64::exp_m1_nonpositive), [0.0, -1e-300, -1.0, -1.0]);
        assert!(f32::NAN.exp_m1_nonpositive().is_nan() && f64::NAN.exp_m1_nonpositive().is_nan());
    }

    #[test]
    fn the_logarithm_of_1_and_a_unit_is_accurate_to_f32() {
        for i in 0..=1_000_000 {
            let x = i as f32 * 1e-6;
            let exact = f64::from(x).ln_1p();
            let error = (f64::from(x.ln_1p_unit()) - exact).abs();
            assert!(error <= 3e-7 * exact, "ln_1p({x}) is off by {error:e}");
        }
        assert_eq!([1e-45, 1e-38, 1e-30].map(f32::ln_1p_unit), [1e-45, 1e-38, 1e-30]);
        assert!(f32::NAN.ln_1p_unit().is_nan());
    }

    #[test]
    fn the_exponential_vanishes_where_it_is_no_normal_number_and_keeps_nan() {
        assert_eq!(1e-3f32.exp_nonpositive(), 1.0);
        for x in [-87.336_55, -87.5, -1e4, -1e30, f32::MIN, f32::NEG_INFINITY] {
            assert_eq!(x.exp_nonpositive(), 0.0, "exp({x})");
        }
        assert!((-87.336_54f32).exp_nonpositive().is_normal());
        assert!(f32::NAN.exp_nonpositive().is_nan() && f64::NAN.exp_nonpositive().is_nan());
    }
}

//! What ops mean, in `f64`, written apart from them.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI, TAU};

use wgrad::ops::Function;
use wgrad::ops::activation::Activation;
use wgrad::ops::loss::{Elements, Huber, Quantile};

/// What a number becomes that is kept between two formulas: one of `f32`, or of `f64`.
pub type Round = fn(f64) -> f64;

/// A result, and how large the numbers are that it is a difference of.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    pub value: f64,
    pub size: f64,
    /// How large the subnormal numbers are that it is a sum of; a device may take them for 0.
    pub subnormal: f64,
    /// Whether 0 is as good.
    pub or_zero: bool,
}

impl From<f64> for Term {
    fn from(value: f64) -> Self {
        sum([value])
    }
}

impl Term {
    /// The same times a number.
    pub fn times(self, factor: f64) -> Self {
        let Self { value, size, subnormal, or_zero } = self;
        let by = factor.abs();
        Self { value: value * factor, size: size * by, subnormal: subnormal * by, or_zero }
    }
}

/// The mean of these.
pub fn mean(terms: &[Term]) -> Term {
    let of = |part: fn(&Term) -> f64| terms.iter().map(part).sum::<f64>() / terms.len() as f64;
    Term { value: of(|t| t.value), size: of(|t| t.size), subnormal: of(|t| t.subnormal), or_zero: false }
}

/// A sum of these.
pub fn sum<const N: usize>(terms: [f64; N]) -> Term {
    let size = terms.iter().filter(|term| term.is_finite()).map(|term| term.abs()).sum();
    Term { value: terms.iter().sum(), size, subnormal: subnormal(&terms), or_zero: false }
}

/// The sum of the subnormal ones.
fn subnormal(terms: &[f64]) -> f64 {
    terms.iter().map(|term| term.abs()).filter(|size| *size < f64::from(f32::MIN_POSITIVE)).sum()
}

/// `x · y` where `y` has vanished for good, however large `x` is.
fn vanishing(x: f64, y: f64) -> f64 {
    if y == 0.0 && !x.is_nan() { 0.0 } else { x * y }
}

/// `1 / (1 + e⁻ˣ)`.
pub fn sigmoid(x: f64) -> f64 {
    if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) }
}

/// `ln(1 + eˣ)`.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// SELU's constants (Klambauer and others, 2017).
const LAMBDA: f64 = 1.0507009873554805;
const ALPHA: f64 = 1.6732632423543772;

/// A line above 0, an exponential below.
fn exponential(x: f64, above: f64, below: f64) -> f64 {
    if x > 0.0 { above * x } else { below * x.exp_m1() }
}

fn exponential_slope(y: f64, above: f64, below: f64) -> f64 {
    if y > 0.0 { above } else { y + below }
}

/// `1 - erf x`: by erf's Taylor series, or by the continued fraction of the tail.
fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x > 30.0 {
        return 0.0;
    }
    if x > 2.5 {
        let fraction = (1..200).rev().fold(x, |below, k| x + f64::from(k) / 2.0 / below);
        return (-x * x).exp() / PI.sqrt() / fraction;
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..80 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    1.0 - FRAC_2_SQRT_PI * sum
}

/// The standard normal distribution.
fn normal(x: f64) -> f64 {
    0.5 * erfc(-x * FRAC_1_SQRT_2)
}

/// `2 √(2/π) (x + 0.044715 x³)` and its derivative.
fn inner(x: f64) -> [f64; 2] {
    let scale = 2.0 * (2.0 / PI).sqrt();
    [scale * (x + 0.044715 * x.powi(3)), scale * (1.0 + 3.0 * 0.044715 * x * x)]
}

pub fn value(activation: &Activation, x: f64) -> f64 {
    match activation {
        Activation::Identity(_) => x,
        Activation::Relu(_) => {
            if x < 0.0 {
                0.0
            } else {
                x
            }
        }
        Activation::LeakyRelu(f) => {
            if x < 0.0 {
                vanishing(x, f.negative_slope.into())
            } else {
                x
            }
        }
        Activation::Elu(f) => exponential(x, 1.0, f.alpha.into()),
        Activation::Selu(_) => exponential(x, LAMBDA, LAMBDA * ALPHA),
        Activation::Softplus(_) => softplus(x),
        Activation::Sigmoid(_) => sigmoid(x),
        Activation::Tanh(_) => x.tanh(),
        Activation::HardTanh(f) => x.clamp(f.min.into(), f.max.into()),
        Activation::Softsign(_) => {
            if x.is_infinite() {
                x.signum()
            } else {
                x / (1.0 + x.abs())
            }
        }
        Activation::Silu(_) => vanishing(x, sigmoid(x)),
        Activation::Mish(_) => vanishing(x, softplus(x).tanh()),
        Activation::Gelu(_) => vanishing(x, normal(x)),
        Activation::GeluTanh(_) => vanishing(x, sigmoid(inner(x)[0])),
        Activation::Radial(_) => {
            if x > 0.0 {
                1.0
            } else {
                x.exp()
            }
        }
        other => unreachable!("no formula of {other:?}"),
    }
}

/// The slope, from the value `v` or, where it needs that, from the argument.
pub fn slope(activation: &Activation, v: f64) -> f64 {
    match activation {
        Activation::Identity(_) => 1.0,
        Activation::Relu(_) => {
            if v > 0.0 {
                1.0
            } else {
                0.0
            }
        }
        Activation::LeakyRelu(f) => {
            if v > 0.0 {
                1.0
            } else {
                f.negative_slope.into()
            }
        }
        Activation::Elu(f) => exponential_slope(v, 1.0, f.alpha.into()),
        Activation::Selu(_) => exponential_slope(v, LAMBDA, LAMBDA * ALPHA),
        Activation::Softplus(_) => -(-v).exp_m1(),
        Activation::HardTanh(f) => f64::from(v > f.min.into() && v < f.max.into()),
        Activation::Softsign(_) => (1.0 - v.abs()).powi(2),
        Activation::Silu(_) => sigmoid(v) + vanishing(v, sigmoid(v) * sigmoid(-v)),
        Activation::Mish(_) => {
            let share = softplus(v).tanh();
            share + vanishing(v, (1.0 - share * share) * sigmoid(v))
        }
        Activation::Sigmoid(_) => v * (1.0 - v),
        Activation::Tanh(_) => (1.0 - v) * (1.0 + v),
        Activation::Gelu(_) => normal(v) + vanishing(v, (-0.5 * v * v).exp() / TAU.sqrt()),
        Activation::GeluTanh(_) => {
            let [inner, slope] = inner(v);
            let s = sigmoid(inner);
            s + vanishing(v * slope, s * sigmoid(-inner))
        }
        Activation::Radial(_) => {
            if v >= 1.0 {
                0.0
            } else {
                v
            }
        }
        other => unreachable!("no formula of {other:?}"),
    }
}

pub fn function(function: Function, x: f64) -> Term {
    let value = match function {
        _ if x.is_nan() => x,
        Function::Scaled(factor) => f64::from(factor) * x,
        Function::Affine { factor, offset } => return sum([f64::from(factor) * x, offset.into()]),
        Function::Focal(gamma) => (-(-x).exp_m1()).powf(gamma.into()) * x,
        Function::Power(exponent) => x.powf(exponent.into()),
        Function::Exp => x.exp(),
        Function::Log => x.ln(),
        Function::Clamp { least, most } => x.clamp(least.into(), most.into()),
        other => unreachable!("no formula of {other:?}"),
    };
    Term::from(value)
}

/// The slope, from the value of the exponential and from the argument of the others.
pub fn function_slope(function: Function, v: f64, round: Round) -> f64 {
    match function {
        Function::Scaled(factor) | Function::Affine { factor, .. } => factor.into(),
        _ if v.is_nan() => v,
        Function::Focal(gamma) => {
            let missing = -(-v).exp_m1();
            let ratio = if v == 0.0 { 1.0 } else { v.min(1e300) / missing };
            round(missing.powf(gamma.into()) * (1.0 + f64::from(gamma) * (-v).exp() * ratio))
        }
        Function::Power(0.0) => 0.0,
        Function::Power(exponent) => f64::from(exponent) * round(v.powf(f64::from(exponent) - 1.0)),
        Function::Exp => v,
        Function::Log => 1.0 / v,
        Function::Clamp { least, most } if v < least.into() || v > most.into() => 0.0,
        Function::Clamp { .. } => 1.0,
        other => unreachable!("no formula of {other:?}"),
    }
}

/// The larger of two numbers, or not a number where one of them is none.
pub fn maximum(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// The least and the most probability of which there is a logarithm.
const LEAST: f64 = f32::EPSILON as f64;

fn clamped(p: f64) -> f64 {
    p.clamp(LEAST, 1.0 - LEAST)
}

/// 1, -1 or 0.
pub fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

/// The loss of a prediction and its target.
pub fn loss(loss: Elements, p: f64, t: f64) -> Term {
    match loss {
        Elements::MeanSquaredError(_) => Term::from((p - t) * (p - t)),
        Elements::BinaryCrossEntropy(_) => {
            let q = clamped(p);
            sum([-t * q.ln(), -(1.0 - t) * (-q).ln_1p()])
        }
        Elements::BinaryCrossEntropyLogits(_) => {
            let missing = if p < 0.0 { t } else { 1.0 - t };
            sum([vanishing(p.abs(), missing), (-p.abs()).exp().ln_1p()])
        }
        Elements::MeanAbsoluteError(_) => Term::from((p - t).abs()),
        Elements::Huber(Huber { delta }) if (p - t).abs() > delta.into() => {
            Term::from(f64::from(delta) * ((p - t).abs() - 0.5 * f64::from(delta)))
        }
        Elements::Huber(_) => Term::from(0.5 * (p - t) * (p - t)),
        Elements::LogCosh(_) if (p - t).abs() < 1.0 => {
            Term::from((2.0 * (0.5 * (p - t)).sinh().powi(2)).ln_1p())
        }
        Elements::LogCosh(_) => sum([(p - t).abs(), -2f64.ln(), (-2.0 * (p - t).abs()).exp().ln_1p()]),
        Elements::Quantile(Quantile { quantile }) if p < t => Term::from(f64::from(quantile) * (t - p)),
        Elements::Quantile(Quantile { quantile }) => Term::from((1.0 - f64::from(quantile)) * (p - t)),
        Elements::Hinge(_) if (t * p).is_nan() => Term::from(f64::NAN),
        Elements::Hinge(_) if t * p > 1.0 => Term::from(0.0),
        Elements::Hinge(_) => sum([1.0, -t * p]),
        other => unreachable!("no formula of {other:?}"),
    }
}

/// Its derivative with respect to the prediction.
pub fn loss_slope(loss: Elements, p: f64, t: f64) -> Term {
    match loss {
        Elements::MeanSquaredError(_) => Term::from(2.0 * (p - t)),
        Elements::BinaryCrossEntropy(_) => {
            let q = clamped(p);
            Term::from((q - t) / (q * (1.0 - q)))
        }
        Elements::BinaryCrossEntropyLogits(_) if p < 0.0 => sum([sigmoid(p), -t]),
        Elements::BinaryCrossEntropyLogits(_) => sum([1.0 - t, -sigmoid(-p)]),
        Elements::Hinge(_) if (t * p).is_nan() => Term::from(f64::NAN),
        Elements::Hinge(_) => Term::from(if t * p < 1.0 { -t } else { 0.0 }),
        _ if (p - t).is_nan() => Term::from(f64::NAN),
        Elements::MeanAbsoluteError(_) => Term::from(sign(p - t)),
        Elements::Huber(Huber { delta }) => Term::from((p - t).clamp(-f64::from(delta), delta.into())),
        Elements::LogCosh(_) => Term::from((p - t).tanh()),
        Elements::Quantile(Quantile { quantile }) if p < t => Term::from(-f64::from(quantile)),
        Elements::Quantile(Quantile { quantile }) => Term::from((1.0 - f64::from(quantile)) * sign(p - t)),
        other => unreachable!("no formula of {other:?}"),
    }
}

/// `e^(x - max x)` of a row; not a number where the largest is infinite.
fn exponentials(row: &[f64]) -> Vec<f64> {
    let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row.iter().map(|x| (x - top).exp()).collect()
}

pub fn softmax(row: &[f64]) -> Vec<Term> {
    let e = exponentials(row);
    let sum: f64 = e.iter().sum();
    e.iter().map(|e| Term::from(e / sum)).collect()
}

pub fn softmax_gradient(y: &[f64], dy: &[f64]) -> Vec<Term> {
    let products = || y.iter().zip(dy).map(|(y, dy)| y * dy);
    let (total, size): (f64, f64) = (products().sum(), products().map(f64::abs).sum());
    let term = |(y, dy): (&f64, &f64)| Term { size: y * (dy.abs() + size), ..Term::from(y * (dy - total)) };
    y.iter().zip(dy).map(term).collect()
}

/// The loss of a row of scores and a distribution, and the gradient of each; with `relative`, less the distribution's own entropy.
pub fn distribution_cross_entropy(z: &[f64], t: &[f64], relative: bool, round: Round) -> Vec<Term> {
    let at = (0..z.len()).fold(0, |top, j| if z[j] > z[top] { j } else { top });
    let (top, e) = (z[at], z.iter().map(|x| (x - z[at]).exp()).collect::<Vec<_>>());
    let all = 1.0 + e.iter().enumerate().filter(|(j, _)| *j != at).map(|(_, e)| e).sum::<f64>();
    let mut loss = Term::from(0.0);
    for (z, t) in z.iter().zip(t) {
        let own = if relative { vanishing(t.ln(), *t) } else { 0.0 };
        let Term { value, size, subnormal, .. } = sum([own, t * all.ln(), vanishing(round(top - z), *t)]);
        loss = Term {
            value: loss.value + value,
            size: loss.size + size,
            subnormal: loss.subnormal + subnormal,
            ..loss
        };
    }
    let gradient = e.iter().zip(t).map(|(e, t)| Term { subnormal: subnormal(&[*e]), ..sum([e / all, -t]) });
    std::iter::once(loss).chain(gradient).collect()
}

/// The loss of a row of scores, and the gradient of each.
pub fn softmax_cross_entropy(z: &[f64], label: usize) -> Vec<Term> {
    let top = (0..z.len()).fold(0, |top, j| if z[j] > z[top] { j } else { top });
    let mut e: Vec<f64> = z.iter().map(|x| (x - z[top]).exp()).collect();
    e[top] = 1.0;
    let without = |left: usize| e.iter().enumerate().filter(|(j, _)| *j != left).map(|(_, e)| e).sum::<f64>();
    let all = 1.0 + without(top);
    let mut terms = vec![sum([without(top).ln_1p(), z[top] - z[label]])];
    terms.extend((0..z.len()).map(|j| Term::from(if j == label { -without(j) } else { e[j] } / all)));
    terms.iter_mut().for_each(|term| term.subnormal = subnormal(&e));
    terms
}

#[test]
fn the_tail_is_that_of_tables() {
    // Computed with Python's math.erfc.
    for (x, wanted) in [
        (0.3, 0.6713732405408726),
        (2.4, 0.0006885138966450789),
        (2.6, 0.00023603441652934908),
        (9.0, 4.13703174651381e-37),
    ] {
        let far: f64 = (erfc(x) / wanted - 1.0f64).abs();
        assert!(far < 1e-11, "{x}: {far:e}");
    }
    assert!((normal(-1.0) - 0.15865525393145707).abs() < 1e-15);
}

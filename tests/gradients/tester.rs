//! The tester is tested: right derivatives pass, and wrong ones are found and named.

use ndarray::Array2;
use wgrad::gradcheck::{BOUND, GradCheck, check_program};
use wgrad::layers::{Dense, Relu, Tanh};
use wgrad::{Dataset, Recorder, Sequential, gradcheck, losses};

use super::planted::{Curve, Shift};
use super::{drawn, regression};

type Function = fn(f64) -> f64;

/// The check of `y = f(x)` with a derivative that may be wrong.
fn curve(value: Function, slope: Function) -> GradCheck {
    let mut tape = Recorder::new("planted", 5);
    let (x, y) = (tape.batched("x", 13), tape.batched("y", 13));
    tape.push(Curve { value, slope, x, y, of_gradient: None });
    check_program(&tape.finish().unwrap(), 3).unwrap().unwrap()
}

fn gelu(x: f64) -> f64 {
    0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x)).tanh())
}

/// The derivative of `x Φ(x)`, of which `gelu` is an approximation; `Φ` by its series.
fn exact_gelu_slope(x: f64) -> f64 {
    let density = (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
    let (mut term, mut sum) = (x, x);
    for n in 1..60 {
        term *= x * x / f64::from(2 * n + 1);
        sum += term;
    }
    0.5 + density * sum + x * density
}

#[test]
fn right_derivatives_of_planted_ops_pass() {
    let right: [(Function, Function); 3] =
        [(f64::sin, f64::cos), (|x| x * x, |x| 2.0 * x), (f64::exp, f64::exp)];
    for (value, slope) in right {
        let check = curve(value, slope);
        assert!(check.passes(), "{check}");
        assert_eq!(check.rows[0].compared, 4 * 13);
    }
}

#[test]
fn wrong_derivatives_are_found_and_named() {
    let wrong: [(&str, Function, Function); 7] = [
        ("flipped sign", f64::sin, |x| -x.cos()),
        ("missing factor 2", |x| x * x, |x| x),
        ("exact slope of an approximated GELU", gelu, exact_gelu_slope),
        ("off by a millionth", f64::exp, |x| x.exp() * (1.0 + 1e-6)),
        ("off by 1e-7", f64::exp, |x| x.exp() * (1.0 + 1e-7)),
        ("not a number", f64::exp, |_| f64::NAN),
        ("right on one side only", |x| x.abs().powi(3), |x| 3.0 * x * x),
    ];
    for (fault, value, slope) in wrong {
        let check = curve(value, slope);
        let failures: Vec<_> = check.failures().map(|row| row.name.as_str()).collect();
        assert_eq!(failures, ["x"], "{fault}\n{check}");
        assert!(check.relative() > BOUND && check.to_string().contains("the tape gives"), "{fault}\n{check}");
    }
}

fn shifted(factor: f64) -> GradCheck {
    let net = Sequential::new([3]).add(Dense::new(2)).add(Shift { factor }).add(Tanh);
    gradcheck(&net, losses::MeanSquaredError, &regression(), 0).unwrap()
}

#[test]
fn a_wrong_gradient_of_a_parameter_is_found_and_named() {
    assert!(shifted(1.0).passes(), "{}", shifted(1.0));
    for factor in [0.0, -1.0, 2.0, 1.0 + 1e-6] {
        let check = shifted(factor);
        let failures: Vec<_> = check.failures().map(|row| row.name.as_str()).collect();
        assert_eq!(failures, ["shift_1.bias"], "{factor}\n{check}");
        assert!(check.to_string().contains("\nshift_1.bias[0, "), "{check}");
    }
}

#[test]
fn what_cannot_be_judged_does_not_pass() {
    let zeros = Array2::zeros((4, 3));
    let data = Dataset::regression(zeros.view(), drawn(6, 4, 3, 0.5, 1.0).view()).unwrap();
    let check = gradcheck(&Sequential::new([3]).add(Relu), losses::MeanSquaredError, &data, 0).unwrap();
    assert_eq!((check.rows[0].compared, check.rows[0].unclear), (0, 12));
    assert!(!check.passes());
    assert!(check.to_string().ends_with("inputs: 12 of 12 elements cannot be judged"), "{check}");
}

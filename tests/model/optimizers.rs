//! Optimizers against steps computed by hand: one sample `x = 2`, target 3, from `w = 1`, `b = 0.5`.
//!
//! The loss is `(2 w + b - 3)²`, so that `∂w = 4 (2 w + b - 3)` and `∂b = 2 (2 w + b - 3)`: -2 and -1 at the start.

use ndarray::{Array2, array};
use wgrad::layers::Dense;
use wgrad::{Dataset, Error, Fit, Model, Optimizer, Sequential, losses};

use crate::support::{assert_close, cpu, linear, regression, weights};

fn data() -> Dataset {
    regression(&array![[2.0]], &array![[3.0]])
}

fn started(optimizer: Optimizer) -> Model {
    let net = Sequential::new([1]).add(Dense::new(1));
    let mut model = net.compile(cpu(), losses::MeanSquaredError, optimizer, 0).unwrap();
    model.set_parameter("dense_1.weight", array![[1.0f32]].view()).unwrap();
    model.set_parameter("dense_1.bias", array![[0.5f32]].view()).unwrap();
    model
}

fn gradient([w, b]: [f64; 2]) -> [f64; 2] {
    let error = 2.0 * w + b - 3.0;
    [4.0 * error, 2.0 * error]
}

fn parameters(model: &mut Model) -> Vec<f32> {
    [weights(model, "dense_1.weight"), weights(model, "dense_1.bias")].concat()
}

/// Four steps of an optimizer, against `step(t, parameters, gradient)`; the first must also give `first`.
#[track_caller]
fn assert_steps(optimizer: Optimizer, first: [f64; 2], mut step: impl FnMut(i32, &mut [f64; 2], [f64; 2])) {
    let mut model = started(optimizer);
    let mut wanted = [1.0, 0.5];
    for t in 1..=4 {
        model.fit(&data(), Fit::new().epochs(1)).unwrap();
        let gradient = gradient(wanted);
        step(t, &mut wanted, gradient);
        assert_close(&parameters(&mut model), &wanted, 2e-6);
        if t == 1 {
            assert_close(&parameters(&mut model), &first, 2e-6);
        }
    }
}

/// The same formula for both parameters, each with a state of two numbers.
fn each(mut rule: impl FnMut(i32, &mut f64, f64, &mut [f64; 2])) -> impl FnMut(i32, &mut [f64; 2], [f64; 2]) {
    let mut states = [[0.0; 2]; 2];
    move |t, parameters, gradients| {
        for i in 0..2 {
            rule(t, &mut parameters[i], gradients[i], &mut states[i]);
        }
    }
}

fn adam(t: i32, w: &mut f64, g: f64, [m, v]: &mut [f64; 2]) {
    *m = 0.9 * *m + 0.1 * g;
    *v = 0.999 * *v + 0.001 * g * g;
    let (mean, square) = (*m / (1.0 - 0.9f64.powi(t)), *v / (1.0 - 0.999f64.powi(t)));
    *w -= 0.1 * mean / (square.sqrt() + 1e-8);
}

#[test]
fn sgd() {
    assert_steps(Optimizer::sgd(0.05), [1.1, 0.55], each(|_, w, g, _| *w -= 0.05 * g));
}

#[test]
fn momentum() {
    let rule = |_, w: &mut f64, g: f64, [v, _]: &mut [f64; 2]| {
        *v = 0.9 * *v + g;
        *w -= 0.05 * *v;
    };
    assert_steps(Optimizer::momentum(0.05, 0.9), [1.1, 0.55], each(rule));
}

#[test]
fn nesterov() {
    let rule = |_, w: &mut f64, g: f64, [v, _]: &mut [f64; 2]| {
        *v = 0.9 * *v + g;
        *w -= 0.05 * (g + 0.9 * *v);
    };
    // 1.9 times as far as without momentum.
    assert_steps(Optimizer::nesterov(0.05, 0.9), [1.19, 0.595], each(rule));
}

#[test]
fn rms_prop() {
    let rule = |_, w: &mut f64, g: f64, [v, _]: &mut [f64; 2]| {
        *v = 0.9 * *v + 0.1 * g * g;
        *w -= 0.01 * g / (v.sqrt() + 1e-8);
    };
    let step = 0.01 / 0.1f64.sqrt();
    assert_steps(Optimizer::rms_prop(0.01), [1.0 + step, 0.5 + step], each(rule));
}

#[test]
fn adam_steps() {
    // The corrections make the first step as long as the learning rate.
    assert_steps(Optimizer::adam(0.1), [1.1, 0.6], each(adam));
}

#[test]
fn adam_w_shrinks_weights_and_not_biases() {
    let mut step = each(adam);
    let decayed = |t, parameters: &mut [f64; 2], gradients: [f64; 2]| {
        parameters[0] *= 1.0 - 0.1 * 0.2;
        step(t, parameters, gradients);
    };
    assert_steps(Optimizer::adam_w(0.1, 0.2), [1.08, 0.6], decayed);
}

#[test]
fn clipping_scales_the_gradient_of_all_parameters_to_the_norm() {
    let clipped = |limit: f64| {
        move |_: i32, parameters: &mut [f64; 2], [w, b]: [f64; 2]| {
            let factor = (limit / w.hypot(b)).min(1.0);
            parameters[0] -= 0.05 * factor * w;
            parameters[1] -= 0.05 * factor * b;
        }
    };
    let norm = 5f64.sqrt();
    let first = [1.0 + 0.05 * 2.0 / norm, 0.5 + 0.05 / norm];
    assert_steps(Optimizer::sgd(0.05).clip_norm(1.0), first, clipped(1.0));
    // A norm that is not reached changes nothing.
    assert_steps(Optimizer::sgd(0.05).clip_norm(100.0), [1.1, 0.55], clipped(100.0));
}

/// One step of clipped gradient descent from the weight `w` at one sample `x` with the target 0.
fn clipped(w: f32, x: f32, limit: f32) -> f64 {
    let mut model = linear(1, Optimizer::sgd(1.0).clip_norm(limit), 0);
    model.set_parameter("dense_1.weight", array![[w]].view()).unwrap();
    model.fit(&regression(&array![[x]], &array![[0.0]]), Fit::new().epochs(1)).unwrap();
    f64::from(weights(&mut model, "dense_1.weight")[0])
}

#[test]
fn gradients_whose_squares_overflow_or_vanish_are_clipped_to_the_norm() {
    // The gradient is 2 w x²: 2·10³⁴, 2·10²², 2, 2·10⁻²² and 2·10⁻²⁸.
    for (w, x, limit) in
        [(1e4, 1e15, 10.0), (1e2, 1e10, 10.0), (1.0, 1.0, 1.0), (1.0, 1e-11, 1e-22), (1e-4, 1e-12, 1e-28)]
    {
        let moved = f64::from(w) - clipped(w, x, limit);
        let (wanted, rounding) = (f64::from(limit), f64::from(w.abs() * f32::EPSILON));
        assert!((moved - wanted).abs() <= 1e-5 * wanted + rounding, "{moved:e} instead of {wanted:e}");
    }
}

#[test]
fn a_norm_that_is_no_f32_ends_the_training_and_says_so() {
    // Both gradients are finite, 2·10³⁸ and 3·10³⁸, and their norm is not.
    let mut model = linear(2, Optimizer::sgd(1.0).clip_norm(1.0), 0);
    model.set_parameter("dense_1.weight", array![[1e5f32], [1e5]].view()).unwrap();
    let data = regression(&array![[2e16, 1e16]], &array![[-1e21]]);
    let error = model.fit(&data, Fit::new().epochs(1)).unwrap_err();
    assert!(matches!(error, Error::NotFinite { .. }), "{error}");
}

#[test]
fn clipping_comes_before_momentum() {
    let mut velocity = [0.0; 2];
    let step = |_: i32, parameters: &mut [f64; 2], [w, b]: [f64; 2]| {
        let factor = (0.5 / w.hypot(b)).min(1.0);
        for (i, g) in [w, b].into_iter().enumerate() {
            velocity[i] = 0.9 * velocity[i] + factor * g;
            parameters[i] -= 0.05 * velocity[i];
        }
    };
    let far = 0.05 * 0.5 / 5f64.sqrt();
    assert_steps(Optimizer::momentum(0.05, 0.9).clip_norm(0.5), [1.0 + 2.0 * far, 0.5 + far], step);
}

#[test]
fn steps_in_one_fit_are_those_of_many_fits() {
    for optimizer in [Optimizer::adam_w(0.1, 0.1), Optimizer::nesterov(0.02, 0.9), Optimizer::rms_prop(0.01)]
    {
        let (mut once, mut often) = (started(optimizer.clone()), started(optimizer.clone()));
        once.fit(&data(), Fit::new().epochs(5)).unwrap();
        (0..5).for_each(|_| drop(often.fit(&data(), Fit::new().epochs(1)).unwrap()));
        assert_eq!(parameters(&mut once), parameters(&mut often), "{optimizer:?}");
    }
}

#[test]
fn every_optimizer_solves_a_line() {
    let inputs = Array2::from_shape_fn((16, 1), |(i, _)| i as f32 / 8.0 - 1.0);
    let data = regression(&inputs, &inputs.mapv(|x| 0.5 * x - 0.25));
    let optimizers = [
        Optimizer::sgd(0.2),
        Optimizer::momentum(0.05, 0.9),
        Optimizer::nesterov(0.05, 0.9),
        Optimizer::rms_prop(0.002),
        Optimizer::adam(0.02),
        Optimizer::adam_w(0.02, 1e-4),
        Optimizer::ada_grad(0.1),
        Optimizer::lion(0.002),
        Optimizer::adamax(0.02),
        Optimizer::nadam(0.02),
        Optimizer::sgd(0.2).clip_value(0.1),
        Optimizer::sgd(0.2).clip_norm(0.1),
    ];
    for optimizer in optimizers {
        let mut model = started(optimizer);
        model.fit(&data, Fit::new().epochs(300).batch(4)).unwrap();
        assert_close(&parameters(&mut model), &[0.5, -0.25], 3e-3);
    }
}

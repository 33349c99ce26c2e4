//! Views: tensors that name the same elements with other rows and columns, and parts of tensors.

use wgrad::backend::{Backend, Cpu, Reference, Values};
use wgrad::layers::{Sigmoid, Tanh};
use wgrad::ops::Activate;
use wgrad::ops::activation::Activation;
use wgrad::program::{Batch, Program};
use wgrad::{Element, Recorder, Result, Tensor};

const VALUES: [f32; 12] = [0.5, -1.0, 0.25, 2.0, -0.75, 1.5, -0.1, 0.3, 0.0, -2.0, 1.0, 0.8];
const FIRST: [f32; 12] = [1.0, 2.0, -1.0, 0.5, 0.25, 3.0, -2.0, 1.0, 1.5, -0.5, 0.75, 2.5];
const SECOND: [f32; 12] = [-1.0, 0.5, 2.0, 1.0, -0.25, 0.1, 1.0, -3.0, 0.2, 0.4, 0.6, -0.8];

fn seen_as(tensor: Tensor, rows: usize, cols: usize) -> Tensor {
    Tensor { rows, cols, ..tensor }
}

fn activate(tape: &mut Recorder, activation: impl Into<Activation>, x: Tensor, name: &str) -> Tensor {
    let y = tape.tensor(name, Element::Real, x.rows, x.cols);
    tape.push(Activate { activation: activation.into(), x, y });
    y
}

fn run(program: &Program, values: &[(Tensor, &[f32])], read: Tensor) -> [Vec<f32>; 2] {
    fn on(
        mut backend: impl Backend,
        program: &Program,
        values: &[(Tensor, &[f32])],
        read: Tensor,
    ) -> Vec<f32> {
        let id = backend.compile(program).unwrap();
        for (tensor, values) in values {
            backend.write(*tensor, Values::Real(values)).unwrap();
        }
        backend.run(id, &[Batch::of(1)]).unwrap();
        backend.read(read).unwrap()
    }
    [
        on(Reference::<f64>::new(), program, values, read),
        on(Cpu::<f32>::with_threads(2).unwrap(), program, values, read),
    ]
}

/// What tanh and a sigmoid of the same values, with these gradients behind them, give together.
fn expected() -> Vec<f32> {
    let gradient = |((x, a), b): ((&f32, &f32), &f32)| {
        let x = f64::from(*x);
        let sigmoid = 1.0 / (1.0 + (-x).exp());
        let slopes = [1.0 - x.tanh().powi(2), sigmoid * (1.0 - sigmoid)];
        (f64::from(*a) * slopes[0] + f64::from(*b) * slopes[1]) as f32
    };
    VALUES.iter().zip(&FIRST).zip(&SECOND).map(gradient).collect()
}

fn assert_near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
    }
}

/// Two views of one tensor, read by two steps; `asked` says whose gradient is wanted.
fn two_views(asked: impl FnOnce(&mut Recorder, Tensor) -> Option<Tensor>) {
    let mut tape = Recorder::new("views", 1);
    let x = tape.tensor("x", Element::Real, 1, 12);
    let of_arena = asked(&mut tape, x);
    let first = activate(&mut tape, Tanh, seen_as(x, 3, 4), "first");
    let second = activate(&mut tape, Sigmoid, seen_as(x, 2, 6), "second");
    let [g, h] =
        [("g", first), ("h", second)].map(|(name, y)| tape.tensor(name, Element::Real, y.rows, y.cols));
    tape.backward_from(&[(first, g), (second, h)]);
    let gradient = of_arena.unwrap_or_else(|| tape.gradient(x).expect("a gradient of x"));
    assert_eq!(tape.gradient(seen_as(x, 4, 3)).map(|view| view.shape()), Some([4, 3]));
    let program = tape.finish().unwrap();
    for found in run(&program, &[(x, &VALUES), (g, &FIRST), (h, &SECOND)], gradient) {
        assert_near(&found, &expected());
    }
}

#[test]
fn the_gradient_of_a_watched_tensor_is_that_of_all_its_views() {
    two_views(|tape, x| {
        tape.watch(x);
        None
    });
}

#[test]
fn the_gradient_of_a_watched_view_is_that_of_the_tensor() {
    two_views(|tape, x| {
        tape.watch(seen_as(x, 6, 2));
        None
    });
}

#[test]
fn views_of_one_parameter_add_up_their_gradients() {
    two_views(|tape, x| {
        let gradients = tape.tensor("gradients", Element::Real, 1, 12);
        tape.arena(x, gradients);
        Some(gradients)
    });
}

fn refused(record: impl FnOnce(&mut Recorder)) -> String {
    let mut tape = Recorder::new("refused", 8);
    record(&mut tape);
    tape.finish().expect_err("a refusal").to_string()
}

fn assert_says(message: &str, parts: &[&str]) {
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
}

#[test]
fn a_part_of_a_watched_tensor_is_refused() {
    let message = refused(|tape| {
        let x = tape.tensor("pixels", Element::Real, 3, 4);
        tape.watch(x);
        activate(tape, Tanh, x.row_range(1..3), "y");
    });
    assert_says(&message, &["rows 1 to 3 of pixels", "gradient"]);
}

#[test]
fn parts_of_a_parameter_that_overlap_are_refused() {
    let message = refused(|tape| {
        let x = tape.tensor("weights", Element::Real, 3, 4);
        let gradients = tape.tensor("gradients", Element::Real, 3, 4);
        tape.arena(x, gradients);
        let [first, second] = [(0..2, "first"), (1..3, "second")]
            .map(|(rows, name)| activate(tape, Tanh, x.row_range(rows), name));
        let [g, h] = ["g", "h"].map(|name| tape.tensor(name, Element::Real, 2, 4));
        tape.backward_from(&[(first, g), (second, h)]);
    });
    assert_says(&message, &["rows 0 to 2 of weights", "shares"]);
}

#[test]
fn parts_of_a_parameter_that_do_not_overlap_have_gradients_of_their_own() -> Result<()> {
    let mut tape = Recorder::new("parts", 1);
    let x = tape.tensor("weights", Element::Real, 3, 4);
    let gradients = tape.tensor("gradients", Element::Real, 3, 4);
    tape.arena(x, gradients);
    let parts = [0..1, 1..3].map(|rows| x.row_range(rows));
    let ys = parts.map(|part| activate(&mut tape, Tanh, part, "y"));
    let gs = ys.map(|y| tape.tensor("g", Element::Real, y.rows, y.cols));
    tape.backward_from(&[(ys[0], gs[0]), (ys[1], gs[1])]);
    let program = tape.finish()?;
    let given = [(x, &VALUES[..]), (gs[0], &FIRST[..4]), (gs[1], &FIRST[4..])];
    let expected: Vec<f32> = VALUES.iter().zip(&FIRST).map(|(x, g)| g * (1.0 - x.tanh().powi(2))).collect();
    for found in run(&program, &given, gradients) {
        assert_near(&found, &expected);
    }
    Ok(())
}

#[test]
fn a_part_of_a_batched_tensor_is_refused() {
    let message = refused(|tape| {
        let x = tape.batched("samples", 4);
        activate(tape, Tanh, x.row_range(2..5), "y");
    });
    assert_says(&message, &["rows 2 to 5 of samples", "8 samples", "use it whole"]);
}

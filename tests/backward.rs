//! The walk back: what it gives for several losses or gradients, and what it refuses.

use wgrad::backend::{Backend, Cpu, Values};
use wgrad::ops::activation::{Activate, Tanh};
use wgrad::ops::{Elementary, Function, Operation};
use wgrad::program::Batch;
use wgrad::{Recorder, Tensor};

/// A tape for one sample with `3x` and `5x`, which watches `x`.
fn two_losses() -> (Recorder, [Tensor; 3]) {
    let mut tape = Recorder::new("losses", 1);
    let [x, first, second] = ["x", "first", "second"].map(|name| tape.batched(name, 1));
    tape.watch(x);
    tape.push(Elementary { function: Function::Scaled(3.0), x, y: first });
    tape.push(Elementary { function: Function::Scaled(5.0), x, y: second });
    (tape, [x, first, second])
}

fn refused(record: impl FnOnce(&mut Recorder, [Tensor; 3])) -> String {
    let (mut tape, tensors) = two_losses();
    record(&mut tape, tensors);
    tape.finish().expect_err("a refusal").to_string()
}

fn assert_says(message: &str, parts: &[&str]) {
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
}

/// It would count the first loss again.
#[test]
fn a_second_walk_back_is_refused() {
    let says = ["backward: ", "once", "add the losses", "backward_from"];
    assert_says(
        &refused(|tape, [_, first, second]| {
            tape.backward(first);
            tape.backward(second);
        }),
        &says,
    );
    let mixed = refused(|tape, [_, first, second]| {
        let gradient = tape.batched("first.gradient", 1);
        tape.backward_from(&[(first, gradient)]);
        tape.backward(second);
    });
    assert_says(&mixed, &["backward: ", "once"]);
    let given = refused(|tape, [_, first, second]| {
        let gradient = tape.batched("second.gradient", 1);
        tape.backward(first);
        tape.backward_from(&[(second, gradient)]);
    });
    assert_says(&given, &["backward: ", "once"]);
}

#[test]
fn the_sum_of_two_losses_has_the_gradients_of_both() {
    let (mut tape, [x, first, second]) = two_losses();
    let sum = tape.binary(Operation::Sum, first, second);
    tape.backward(sum);
    let gradient = tape.gradient(x).unwrap();
    let mut cpu = Cpu::<f32>::with_threads(1).unwrap();
    let id = cpu.compile(&tape.finish().unwrap()).unwrap();
    cpu.run(id, &[Batch::of(1)]).unwrap();
    assert_eq!(cpu.read(gradient).unwrap(), [8.0]);
}

#[test]
fn two_gradients_of_one_tensor_are_refused() {
    let message = refused(|tape, [_, first, _]| {
        let [one, other] = ["one", "other"].map(|name| tape.batched(name, 1));
        tape.backward_from(&[(first, one), (first, other)]);
    });
    assert_says(&message, &["backward: ", "two gradients of first", "add"]);
}

#[test]
fn tensors_of_another_tape_are_refused() {
    let foreign = Recorder::new("other", 1).batched("foreign", 1);
    assert_says(&refused(|tape, _| tape.backward(foreign)), &["backward: ", "does not know"]);
    let given = refused(|tape, [_, first, _]| tape.backward_from(&[(first, foreign)]));
    assert_says(&given, &["backward: ", "does not know"]);
}

#[test]
fn a_gradient_of_another_size_is_refused() {
    let message = refused(|tape, [_, first, _]| {
        let wide = tape.batched("wide", 2);
        tape.backward_from(&[(first, wide)]);
    });
    assert_says(&message, &["backward: ", "1×2", "first, 1×1", "as many"]);
}

/// What was given is the caller's, also where a part from elsewhere is added to it.
#[test]
fn given_gradients_stay_as_they_are() {
    let mut tape = Recorder::new("given", 1);
    let [x, y, z, dy, dz] = ["x", "y", "z", "dy", "dz"].map(|name| tape.batched(name, 1));
    tape.watch(x);
    tape.push(Activate { activation: Tanh.into(), x, y });
    tape.push(Elementary { function: Function::Scaled(3.0), x: y, y: z });
    tape.backward_from(&[(y, dy), (z, dz)]);
    let (gradient, sum) = (tape.gradient(x).unwrap(), tape.gradient(y).unwrap());
    let mut cpu = Cpu::<f32>::with_threads(1).unwrap();
    let id = cpu.compile(&tape.finish().unwrap()).unwrap();
    for given in [dy, dz] {
        cpu.write(given, Values::Real(&[1.0])).unwrap();
    }
    for run in 0..2 {
        cpu.run(id, &[Batch::of(1)]).unwrap();
        let found = [gradient, sum, dy].map(|tensor| cpu.read(tensor).unwrap()[0]);
        assert_eq!(found, [4.0, 4.0, 1.0], "run {run}");
    }
}

#[test]
fn what_is_added_has_the_gradient_of_the_sum_without_a_copy() {
    let mut tape = Recorder::new("sum", 1);
    let [a, b, dy, dz] = ["a", "b", "dy", "dz"].map(|name| tape.batched(name, 1));
    tape.watch(a);
    tape.watch(b);
    let z = tape.elementary(Function::Scaled(3.0), a);
    let y = tape.binary(Operation::Sum, a, b);
    tape.backward_from(&[(y, dy), (z, dz)]);
    let [da, db] = [a, b].map(|tensor| tape.gradient(tensor).unwrap());
    let program = tape.finish().unwrap();
    let names: Vec<_> = program.steps().iter().map(|step| step.name()).collect();
    assert_eq!(names, ["elementary", "binary", "elementary.gradient", "add_to"]);
    let mut cpu = Cpu::<f32>::with_threads(1).unwrap();
    let id = cpu.compile(&program).unwrap();
    for (given, value) in [(dy, 1.0), (dz, 10.0)] {
        cpu.write(given, Values::Real(&[value])).unwrap();
    }
    cpu.run(id, &[Batch::of(1)]).unwrap();
    assert_eq!([da, db, dy].map(|tensor| cpu.read(tensor).unwrap()[0]), [31.0, 1.0, 1.0]);
}

//! What ranks may exchange: as any operand of a step, and only what has a sum.

use wgrad::backend::{Backend, Cpu, Values};
use wgrad::ops::activation::{Activate, Tanh};
use wgrad::ops::{AddTo, Binary, Operation};
use wgrad::program::Batch;
use wgrad::{Element, Recorder, Tensor};

/// A tape for up to 4 samples whose one step writes `sum`, of two numbers.
fn tape() -> (Recorder, Tensor) {
    let mut tape = Recorder::new("refused", 4);
    let sum = tape.tensor("sum", Element::Real, 1, 2);
    add(&mut tape, sum);
    (tape, sum)
}

fn add(tape: &mut Recorder, sum: Tensor) {
    let part = tape.tensor("part", Element::Real, 1, 2);
    tape.push(AddTo { sum, part });
}

fn refused(exchanged: impl FnOnce(&mut Recorder, Tensor) -> Tensor, parts: &[&str]) {
    let (mut tape, sum) = tape();
    let tensor = exchanged(&mut tape, sum);
    let given = tape.exchange(tensor);
    assert_eq!(given, tensor);
    let message = tape.finish().expect_err("a refusal").to_string();
    assert!(message.starts_with("step "), "{message}");
    assert!(parts.iter().chain(&["exchange: "]).all(|part| message.contains(part)), "{message}");
}

#[test]
fn what_no_step_may_use_is_refused() {
    let foreign = Recorder::new("other", 4).batched("foreign", 3);
    refused(|_, _| foreign, &["4×3", "does not know"]);
    refused(|_, sum| Tensor { start: 1, ..sum }, &["sum"]);
    refused(|_, sum| Tensor { rows: 0, ..sum }, &["sum"]);
    refused(|_, sum| Tensor { element: Element::U32, ..sum }, &["sum"]);
    refused(
        |tape, _| tape.batched("samples", 3).row_range(1..3),
        &["rows 1 to 3 of samples", "use it whole"],
    );
    refused(|tape, _| tape.constant("weights", 1, &[1.0, 2.0]), &["weights", "constant"]);
    refused(
        |tape, _| {
            let x = tape.tensor("pixels", Element::Real, 3, 4);
            tape.watch(x);
            x.row_range(0..1)
        },
        &["rows 0 to 1 of pixels", "gradient"],
    );
}

#[test]
fn what_is_no_real_is_refused() {
    refused(|tape, _| tape.batched_of("labels", Element::U32, 1), &["labels", "U32", "reals"]);
    refused(|tape, _| tape.batched_of("bytes", Element::U8, 1), &["bytes", "U8", "reals"]);
    refused(|tape, _| tape.batched_of("halves", Element::Half, 4), &["halves", "Half", "Recorder::reals"]);
}

/// It would be multiplied by the number of ranks.
#[test]
fn a_second_exchange_of_the_same_numbers_is_refused() {
    let twice = |tape: &mut Recorder, sum| tape.exchange(sum);
    refused(twice, &["sum", "before step 1", "no step has written"]);
    let part = |tape: &mut Recorder, sum| {
        tape.exchange(sum);
        Tensor { cols: 1, ..sum }
    };
    refused(part, &["sum", "before step 1"]);
    let other = |tape: &mut Recorder, sum| {
        tape.exchange(sum);
        let other = tape.tensor("other", Element::Real, 1, 2);
        add(tape, other);
        sum
    };
    refused(other, &["sum", "before step 1"]);
    let watched = |tape: &mut Recorder, _| {
        let [x, y] = ["x", "y"].map(|name| tape.batched(name, 3));
        tape.watch(x);
        tape.push(Activate { activation: Tanh.into(), x, y });
        tape.exchange(y)
    };
    refused(watched, &["exchanged", "before step 3"]);
}

#[test]
fn what_was_written_since_is_exchanged_again() {
    let (mut tape, sum) = tape();
    tape.exchange(sum);
    add(&mut tape, sum);
    tape.exchange(sum);
    let other = tape.tensor("other", Element::Real, 1, 2);
    tape.exchange(other);
    add(&mut tape, other);
    assert_eq!(tape.finish().unwrap().segments().unwrap().len(), 4);
}

/// The derivative of a product reads the numbers that were multiplied.
#[test]
fn what_a_derivative_reads_is_not_overwritten() {
    let mut tape = Recorder::new("product", 1);
    let [a, b, y, dy] = ["a", "b", "y", "dy"].map(|name| tape.batched(name, 1));
    tape.watch(a);
    tape.push(Binary { operation: Operation::Product, a, b, y });
    let sum = tape.exchange(b);
    assert_ne!(sum, b);
    tape.backward_from(&[(y, dy)]);
    let gradient = tape.gradient(a).unwrap();
    let segments = tape.finish().unwrap().segments().unwrap();
    let mut cpu = Cpu::<f32>::with_threads(1).unwrap();
    let mut ids = Vec::new();
    for segment in &segments {
        ids.push(cpu.compile(&segment.program).unwrap());
    }
    for (tensor, value) in [(a, 2.0), (b, 5.0), (dy, 1.0)] {
        cpu.write(tensor, Values::Real(&[value])).unwrap();
    }
    cpu.run(ids[0], &[Batch::of(1)]).unwrap();
    // Of two ranks with the same numbers.
    cpu.write(sum, Values::Real(&[10.0])).unwrap();
    cpu.run(ids[1], &[Batch::of(1)]).unwrap();
    assert_eq!(cpu.read(gradient).unwrap(), [5.0]);
}

/// The sum of gradients is no gradient of the caller's any more.
#[test]
fn a_given_gradient_is_not_overwritten() {
    let mut tape = Recorder::new("given", 1);
    let [x, y, dy] = ["x", "y", "dy"].map(|name| tape.batched(name, 1));
    tape.watch(x);
    tape.push(Activate { activation: Tanh.into(), x, y });
    let sum = tape.exchange(y);
    tape.backward_from(&[(sum, dy)]);
    let segments = tape.finish().unwrap().segments().unwrap();
    assert_eq!(segments.len(), 3);
    assert_ne!(segments[1].exchange.map(|tensor| tensor.buffer), Some(dy.buffer));
}

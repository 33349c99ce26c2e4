//! Programs with results worked out by hand, in one batch and in many.

use wgrad::Recorder;
use wgrad::backend::{Backend, Cpu, Values};
use wgrad::ops::activation::Activation;
use wgrad::ops::loss::{LossGradient, MeanSquaredError};
use wgrad::ops::{AddTo, Collect, Convert, Dense, ElementLoss, Gather};
use wgrad::program::{Batch, Program};
use wgrad::{Element, Error, Tensor};

use crate::support::{adding, gpu};

/// Rows of a dataset to a batch, and the batch to its place in a table.
struct Passing {
    program: Program,
    source: Tensor,
    indices: Tensor,
    table: Tensor,
}

fn passing(samples: usize, cols: usize, capacity: usize) -> Passing {
    let mut tape = Recorder::new("passing", capacity);
    let source = tape.tensor("source", Element::U8, samples, cols);
    let indices = tape.tensor("indices", Element::U32, 1, samples);
    let table = tape.tensor("table", Element::Real, samples, cols);
    let rows = tape.batched("rows", cols);
    tape.push(Gather { source, indices, out: rows, scale: 0.5, labels: None });
    tape.push(Collect { rows, table });
    Passing { program: tape.finish().unwrap(), source, indices, table }
}

impl Passing {
    /// The table after all of `batches`, handed over in calls of `at_once`.
    fn run(&self, gpu: &mut impl Backend, batches: &[Batch], at_once: usize) -> Vec<f32> {
        let id = gpu.compile(&self.program).unwrap();
        let bytes: Vec<u8> = (0..self.source.len()).map(|i| (i % 251) as u8).collect();
        let reversed: Vec<u32> = (0..self.indices.len() as u32).rev().collect();
        gpu.write(self.source, Values::U8(&bytes)).unwrap();
        gpu.write(self.indices, Values::U32(&reversed)).unwrap();
        gpu.write(self.table, Values::Real(&vec![-1.0; self.table.len()])).unwrap();
        batches.chunks(at_once).for_each(|some| gpu.run(id, some).unwrap());
        gpu.read(self.table).unwrap()
    }
}

fn batch(first: u32, rows: u32) -> Batch {
    let mut batch = Batch::of(rows as usize);
    batch.first = first;
    batch
}

/// What lies beyond a buffer or a table is an error on every backend.
fn nothing_beyond(backend: &mut impl Backend) {
    let passing = passing(7, 4, 5);
    let id = backend.compile(&passing.program).unwrap();
    let beyond = Tensor { rows: 8, ..passing.table };
    assert!(matches!(backend.read(beyond), Err(Error::Transfer { .. })));
    assert!(matches!(backend.write(beyond, Values::Real(&[0.0; 32])), Err(Error::Transfer { .. })));
    let indices = Tensor { start: 1, ..passing.indices };
    assert!(matches!(backend.write(indices, Values::U32(&[0; 7])), Err(Error::Transfer { .. })));
    for (first, rows) in [(3, 5), (7, 1), (u32::MAX, 1)] {
        let error = backend.run(id, &[batch(0, 5), batch(first, rows)]).unwrap_err();
        assert!(matches!(error, Error::BatchPlace { places: 7, .. }), "{error}");
    }
    backend.run(id, &[batch(2, 5)]).unwrap();
}

#[test]
fn a_table_of_losses_has_places_too() {
    let mut tape = Recorder::new("losses", 5);
    let [prediction, target, gradient] = ["p", "t", "g"].map(|name| tape.batched(name, 2));
    let (losses, table) = (tape.batched("losses", 1), tape.tensor("table", Element::Real, 7, 1));
    let loss = ElementLoss::new(MeanSquaredError, prediction, target, losses);
    tape.push(ElementLoss { gradient: Some(LossGradient::of_mean(gradient)), table: Some(table), ..loss });
    let mut cpu = Cpu::<f32>::with_threads(1).unwrap();
    let id = cpu.compile(&tape.finish().unwrap()).unwrap();
    assert!(matches!(cpu.run(id, &[batch(3, 5)]), Err(Error::BatchPlace { places: 7, .. })));
    cpu.run(id, &[batch(2, 5)]).unwrap();
}

#[test]
fn memory_that_the_cpu_does_not_get_is_an_error_and_nothing_stays() {
    let mut tape = Recorder::new("much", 5);
    let (rows, table) = (tape.batched("rows", 1), tape.tensor("table", Element::Real, 1 << 61, 1));
    tape.push(Collect { rows, table });
    let mut cpu = Cpu::<f32>::with_threads(1).unwrap();
    let error = cpu.compile(&tape.finish().unwrap()).unwrap_err();
    let parts = ["9223372036854775808 bytes of buffer table", "use smaller"];
    assert!(parts.iter().all(|part| error.to_string().contains(part)), "{error}");
    assert!(matches!(cpu.read(rows), Err(Error::Transfer { .. })));
}

#[test]
fn what_lies_beyond_is_an_error() {
    nothing_beyond(&mut Cpu::<f32>::with_threads(1).unwrap());
    nothing_beyond(&mut Cpu::<f64>::with_threads(2).unwrap());
    let Some(mut gpu) = gpu() else { return };
    nothing_beyond(&mut gpu);
}

#[test]
fn sums_in_place_as_often_as_it_is_run() {
    let Some(mut gpu) = gpu() else { return };
    let adding = adding(3);
    let id = gpu.compile(&adding.program).unwrap();
    gpu.write(adding.sum, Values::Real(&[1.0, -2.0, 0.5])).unwrap();
    gpu.write(adding.part, Values::Real(&[10.0, 20.0, 30.0])).unwrap();
    gpu.run(id, &[Batch::of(1); 2]).unwrap();
    assert_eq!(gpu.read(adding.sum).unwrap(), [21.0, 38.0, 60.5]);
    assert_eq!(gpu.read(adding.part).unwrap(), [10.0, 20.0, 30.0]);
}

#[test]
fn buffers_start_as_zeros_and_stay_between_programs() {
    let Some(mut gpu) = gpu() else { return };
    let mut tape = Recorder::new("first", 1);
    let [a, b, c] = ["a", "b", "c"].map(|name| tape.tensor(name, Element::Real, 1, 2));
    let mut other = Recorder::new("second", 1).share(tape.buffers());
    tape.push(AddTo { sum: b, part: a });
    other.push(AddTo { sum: c, part: b });
    let first = gpu.compile(&tape.finish().unwrap()).unwrap();
    assert_eq!(gpu.read(b).unwrap(), [0.0; 2]);
    gpu.write(a, Values::Real(&[1.0, 2.0])).unwrap();
    gpu.run(first, &[Batch::of(1)]).unwrap();
    let second = gpu.compile(&other.finish().unwrap()).unwrap();
    gpu.run(second, &[Batch::of(1)]).unwrap();
    gpu.run(first, &[Batch::of(1)]).unwrap();
    gpu.run(second, &[Batch::of(1)]).unwrap();
    assert_eq!(gpu.read(c).unwrap(), [3.0, 6.0]);
}

#[test]
fn tensors_of_one_arena_are_bound_written_and_read_at_their_place() {
    let Some(mut gpu) = gpu() else { return };
    let mut tape = Recorder::new("arena", 1);
    let [sums, parts] = ["sums", "parts"].map(|name| tape.tensor(name, Element::Real, 1, 130));
    let at = |arena: Tensor, start| Tensor { start, cols: 2, ..arena };
    tape.push(AddTo { sum: at(sums, 64), part: at(parts, 128) });
    let id = gpu.compile(&tape.finish().unwrap()).unwrap();
    gpu.write(parts, Values::Real(&[1.0; 130])).unwrap();
    gpu.write(at(parts, 128), Values::Real(&[2.0, 3.0])).unwrap();
    gpu.run(id, &[Batch::of(1)]).unwrap();
    assert_eq!(gpu.read(at(sums, 64)).unwrap(), [2.0, 3.0]);
    let all = gpu.read(sums).unwrap();
    assert_eq!((all[63], &all[64..66], all.iter().sum::<f32>()), (0.0, &[2.0, 3.0][..], 5.0));
}

#[test]
fn a_dense_product_has_its_bias_and_activation_and_only_the_batch_s_rows() {
    let Some(mut gpu) = gpu() else { return };
    let mut tape = Recorder::new("dense", 3);
    let (x, y) = (tape.batched("x", 2), tape.batched("y", 2));
    let weight = tape.tensor("weight", Element::Real, 3, 2);
    tape.push(Dense { x, weight, y, activation: Activation::Relu(wgrad::ops::activation::Relu) });
    let id = gpu.compile(&tape.finish().unwrap()).unwrap();
    gpu.write(x, Values::Real(&[1.0, 2.0, -3.0, 0.5, 9.0, 9.0])).unwrap();
    gpu.write(weight, Values::Real(&[1.0, -1.0, 4.0, 2.0, 0.25, -4.0])).unwrap();
    gpu.write(y, Values::Real(&[7.0; 6])).unwrap();
    gpu.run(id, &[Batch::of(2)]).unwrap();
    assert_eq!(gpu.read(y).unwrap(), [9.25, 0.0, 0.0, 0.0, 7.0, 7.0]);
}

#[test]
fn each_batch_of_a_run_has_its_own_place_and_rows() {
    let Some(mut gpu) = gpu() else { return };
    let passing = passing(5, 1, 3);
    let table = passing.run(&mut gpu, &[batch(0, 2), batch(4, 1)], 2);
    assert_eq!(table, [2.0, 1.5, -1.0, -1.0, 0.0]);
}

#[test]
fn many_batches_in_one_call_equal_the_same_batches_one_by_one() {
    let Some(mut gpu) = gpu() else { return };
    let (samples, cols) = (1_501, 3);
    let batches: Vec<_> = (0..samples).step_by(4).map(|at| batch(at, 4.min(samples - at))).collect();
    let passing = passing(samples as usize, cols, 4);
    let reversed = |i: usize| (samples as usize - 1 - i / cols) * cols + i % cols;
    let expected: Vec<_> = (0..samples as usize * cols).map(|i| (reversed(i) % 251) as f32 * 0.5).collect();
    for at_once in [batches.len(), 7, 1] {
        assert_eq!(passing.run(&mut gpu, &batches, at_once), expected, "{at_once} batches a call");
    }
}

#[test]
fn bytes_that_end_within_a_word_are_written_whole() {
    let Some(mut gpu) = gpu() else { return };
    let passing = passing(3, 3, 3);
    let table = passing.run(&mut gpu, &[batch(0, 3)], 1);
    assert_eq!(table, [3.0, 3.5, 4.0, 1.5, 2.0, 2.5, 0.0, 0.5, 1.0]);
}

#[test]
fn more_workgroups_than_a_row_holds_fold_to_two_dimensions() {
    let Some(mut gpu) = gpu() else { return };
    let adding = adding(5_000_003);
    let id = gpu.compile(&adding.program).unwrap();
    let values: Vec<f32> = (0..adding.sum.len()).map(|i| (i % 1_000) as f32).collect();
    gpu.write(adding.sum, Values::Real(&values)).unwrap();
    gpu.write(adding.part, Values::Real(&vec![1.0; adding.part.len()])).unwrap();
    gpu.run(id, &[Batch::of(1)]).unwrap();
    let sums = gpu.read(adding.sum).unwrap();
    let wrong = (0..sums.len()).find(|i| sums[*i] != values[*i] + 1.0);
    assert_eq!((sums.len(), wrong), (5_000_003, None));
}

/// Halves share words of four bytes, in which devices copy.
#[test]
fn any_part_of_halves_is_read() {
    let Some(mut gpu) = gpu() else { return };
    let mut tape = Recorder::new("halves", 1);
    let x = tape.tensor("halves", Element::Half, 1, 8);
    let y = tape.tensor("reals", Element::Real, 1, 8);
    tape.push(Convert { x, y });
    gpu.compile(&tape.finish().unwrap()).unwrap();
    let values = [0.5, -1.0, 2.0, 3.25, -4.0, 5.5, 6.0, 0.0];
    gpu.write(x, Values::Real(&values)).unwrap();
    for start in 0..8 {
        for cols in 1..=8 - start {
            let read = gpu.read(Tensor { start, cols, ..x }).unwrap();
            assert_eq!(read, values[start..start + cols], "{cols} from {start}");
        }
    }
}

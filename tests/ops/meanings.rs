//! Ops whose meaning is wrong on every backend alike, which no comparison of results alone would show; and ops whose results are
//! known.

use wgrad::backend::{Backend, Cpu, Reference, Values};
use wgrad::kernel::{DeviceProfile, Kernel, Source};
use wgrad::layers::Identity;
use wgrad::op::{Split, Use, Views};
use wgrad::ops::{
    BatchSum, BatchedProduct, Binary, Concat, Elementary, Embedding, Function, Gather, GroupNorm, Operation,
    Reduce, Reduction, Slice, Transpose,
};
use wgrad::program::{Batch, Program};
use wgrad::random::Stream;
use wgrad::self_check::check_programs;
use wgrad::{Element, Error, Op, OpError, Real, Recorder, Tensor};

use crate::support::gpu;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    /// `y = x`.
    Copy,
    /// `y = x` but for the last column, which is not written.
    Partly,
    /// `y = x` on top of what was there.
    Added,
    /// `y = e^x / (1 + e^x)`, which is inf / inf for large `x`.
    Overflowing,
}

#[derive(Clone, Debug)]
struct Row {
    x: Tensor,
    y: Tensor,
    meaning: Meaning,
}

impl Op for Row {
    const NAME: &'static str = "row";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }
    fn check(&self) -> Result<(), OpError> {
        Ok(())
    }
    fn split(&self) -> Split {
        Split::Rows
    }
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y, cols) = (views.input(0), views.output(1), self.x.cols);
        for (at, (x, y)) in x.iter().zip(y).enumerate() {
            match self.meaning {
                Meaning::Partly if at % cols == cols - 1 => {}
                Meaning::Copy | Meaning::Partly => *y = *x,
                Meaning::Added => *y += *x,
                Meaning::Overflowing => *y = x.exp() / (T::one() + x.exp()),
            }
        }
    }
    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        Kernel::per_element(Source { name: "row.wgsl", text: "" }, 1)
    }
    fn flops(&self) -> f64 {
        0.0
    }
}

/// What the check says of an op of this meaning, on two backends that both follow it.
fn failure(meaning: Meaning) -> Option<Error> {
    let mut tape = Recorder::new("row", 31);
    let (x, y) = (tape.batched("x", 13), tape.batched("y", 13));
    tape.push(Row { x, y, meaning });
    let programs: [Program; 1] = [tape.finish().unwrap()];
    let mut check = check_programs(Cpu::<f32>::new().unwrap(), &programs).unwrap();
    check.ops.remove(0).failure.map(|failure| failure.error)
}

#[test]
fn a_sound_op_passes() {
    assert!(failure(Meaning::Copy).is_none());
}

#[test]
fn an_output_that_is_written_only_partly_is_found() {
    let error = failure(Meaning::Partly).unwrap();
    let Error::Mismatch { place, device, .. } = error else { panic!("{error}") };
    assert_eq!((place.op.as_str(), place.buffer.as_str(), place.row, place.col), ("row", "y", 0, 12));
    assert!(device.is_nan());
}

#[test]
fn an_output_that_is_read_before_it_is_written_is_found() {
    let error = failure(Meaning::Added).unwrap();
    assert!(matches!(error, Error::Mismatch { .. }), "{error}");
}

#[test]
fn a_result_that_overflows_on_both_is_found() {
    let error = failure(Meaning::Overflowing).unwrap();
    assert!(matches!(error, Error::StepNotFinite { .. }), "{error}");
    assert!(error.to_string().contains("is NaN on the CPU and NaN on the device"), "{error}");
}

// === Ops whose results are known ===

/// That a program makes these outputs of these inputs, on the reference, the CPU and a GPU.
fn assert_gives(tape: Recorder, inputs: &[(Tensor, Values<'_>)], outputs: &[(Tensor, &[f32])]) {
    let samples = tape.capacity();
    let program = tape.finish().unwrap();
    let backends: [Option<Box<dyn Backend>>; 3] = [
        Some(Box::new(Reference::<f64>::new())),
        Some(Box::new(Cpu::<f32>::with_threads(2).unwrap())),
        gpu().map(|gpu| Box::new(gpu) as _),
    ];
    for mut backend in backends.into_iter().flatten() {
        let id = backend.compile(&program).unwrap();
        inputs.iter().for_each(|(tensor, values)| backend.write(*tensor, *values).unwrap());
        backend.run(id, &[Batch::of(samples)]).unwrap();
        for (number, (tensor, wanted)) in outputs.iter().enumerate() {
            let found = backend.read(*tensor).unwrap();
            assert_eq!(found.len(), wanted.len());
            let right =
                |(x, y): (&f32, &f32)| (x - y).abs() <= 2e-6 * y.abs().max(1.0) || x.is_nan() && y.is_nan();
            assert!(
                found.iter().zip(*wanted).all(right),
                "output {number} on {}: {found:?}, not {wanted:?}",
                backend.info()
            );
        }
    }
}

/// A tape for two samples of two rows.
fn two_by_two(cols: usize) -> (Recorder, Tensor) {
    let mut tape = Recorder::new("known", 2);
    let x = tape.batched("x", 2 * cols).with_rows_per_sample(2);
    (tape, x)
}

const NUMBERS: [f32; 12] = [1.0, -2.0, 3.0, 0.5, 3.0, 3.0, -1.0, -1.0, -4.0, 2.0, 0.0, 7.0];

#[test]
fn reductions_over_columns_and_over_rows() {
    let known: [(Reduction, [f32; 4], [f32; 6]); 3] = [
        (Reduction::Sum, [2.0, 6.5, -6.0, 9.0], [1.5, 1.0, 6.0, 1.0, -1.0, 3.0]),
        (Reduction::Mean, [2.0 / 3.0, 6.5 / 3.0, -2.0, 3.0], [0.75, 0.5, 3.0, 0.5, -0.5, 1.5]),
        (Reduction::Maximum, [3.0, 3.0, -1.0, 7.0], [1.0, 3.0, 3.0, 2.0, 0.0, 7.0]),
    ];
    for (reduction, of_columns, of_rows) in known {
        let (mut tape, x) = two_by_two(3);
        let [columns, rows] = [("columns", 2), ("rows", 3)].map(|(name, cols)| tape.batched(name, cols));
        let columns = columns.with_rows_per_sample(2);
        [columns, rows].into_iter().for_each(|y| tape.push(Reduce { reduction, x, y }));
        assert_gives(tape, &[(x, Values::Real(&NUMBERS))], &[(columns, &of_columns), (rows, &of_rows)]);
    }
}

/// The first of two that are as large has the whole gradient.
#[test]
fn the_gradient_of_a_maximum_goes_to_the_first() {
    let (mut tape, x) = two_by_two(3);
    let y = tape.batched("y", 2).with_rows_per_sample(2);
    let dy = tape.batched("dy", 2).with_rows_per_sample(2);
    tape.watch(x);
    tape.push(Reduce { reduction: Reduction::Maximum, x, y });
    tape.backward_from(&[(y, dy)]);
    let dx = tape.gradient(x).unwrap();
    let inputs = [(x, Values::Real(&NUMBERS)), (dy, Values::Real(&[1.0, 2.0, 3.0, 4.0]))];
    let wanted = [0.0, 0.0, 1.0, 0.0, 2.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 4.0];
    assert_gives(tape, &inputs, &[(dx, &wanted)]);
}

/// `(x - m) · w`, with a mean for each row and a weight for each column.
#[test]
fn operands_that_are_the_same_for_a_row_or_for_all() {
    let (mut tape, x) = two_by_two(3);
    let m = tape.batched("m", 2).with_rows_per_sample(2);
    let w = tape.tensor("w", Element::Real, 1, 3);
    let [less, y, dy] = ["less", "y", "dy"].map(|name| tape.batched(name, 6).with_rows_per_sample(2));
    [x, m, w].into_iter().for_each(|input| tape.watch(input));
    tape.push(Binary { operation: Operation::Difference, a: x, b: m, y: less });
    tape.push(Binary { operation: Operation::Product, a: less, b: w, y });
    tape.backward_from(&[(y, dy)]);
    let [dx, dm, dw] = [x, m, w].map(|input| tape.gradient(input).unwrap());
    let inputs = [
        (x, Values::Real(&NUMBERS)),
        (m, Values::Real(&[1.0, 0.5, -1.0, 2.0])),
        (w, Values::Real(&[2.0, -1.0, 0.5])),
        (dy, Values::Real(&[1.0, 1.0, 1.0, 1.0, 2.0, 3.0, -1.0, 0.0, 0.0, 0.0, 0.0, 4.0])),
    ];
    let wanted_y = [0.0, 3.0, 1.0, 0.0, -2.5, 1.25, 0.0, 0.0, -1.5, 0.0, 2.0, 2.5];
    let wanted_dx = [2.0, -1.0, 0.5, 2.0, -2.0, 1.5, -2.0, 0.0, 0.0, 0.0, 0.0, 2.0];
    let wanted_dw = [0.0, 2.0, 29.5];
    let outputs: [(Tensor, &[f32]); 4] =
        [(y, &wanted_y), (dx, &wanted_dx), (dm, &[-1.5, -1.5, 2.0, -2.0]), (dw, &wanted_dw)];
    assert_gives(tape, &inputs, &outputs);
}

#[test]
fn elementary_functions_of_usual_and_of_impossible_numbers() {
    let known: [(Function, [f32; 4], [f32; 4]); 5] = [
        (Function::Scaled(-2.0), [1.0, 0.0, -3.0, 0.25], [-2.0, 0.0, 6.0, -0.5]),
        (Function::Power(3.0), [2.0, -2.0, 0.5, 0.0], [8.0, -8.0, 0.125, 0.0]),
        (Function::Power(-0.5), [4.0, 0.25, -1.0, 1.0], [0.5, 2.0, f32::NAN, 1.0]),
        (Function::Log, [1.0, std::f32::consts::E, -1.0, 0.5], [0.0, 1.0, f32::NAN, -std::f32::consts::LN_2]),
        (Function::Clamp { least: -1.0, most: 0.5 }, [-7.0, 0.25, 0.5, 9.0], [-1.0, 0.25, 0.5, 0.5]),
    ];
    for (function, numbers, wanted) in known {
        let mut tape = Recorder::new("known", 1);
        let (x, y) = (tape.batched("x", 4), tape.batched("y", 4));
        tape.push(Elementary { function, x, y });
        assert_gives(tape, &[(x, Values::Real(&numbers))], &[(y, &wanted)]);
    }
}

/// The same bits however many threads there are, and each time; of as many numbers as are worth threads.
#[test]
fn a_parameters_gradient_is_added_up_in_one_order() {
    let mut tape = Recorder::new("known", 67);
    let (x, y) = (tape.batched("x", 8000), tape.tensor("y", Element::Real, 1, 8000));
    tape.push(BatchSum { x, y });
    let program = tape.finish().unwrap();
    let mut stream = Stream::numbered(5, 3);
    let values: Vec<f32> = (0..x.len()).map(|_| stream.uniform(-1.0, 1.0) as f32).collect();
    let mut found = Vec::new();
    for threads in [1, 2, 3] {
        let mut cpu = Cpu::<f32>::with_threads(threads).unwrap();
        let id = cpu.compile(&program).unwrap();
        cpu.write(x, Values::Real(&values)).unwrap();
        cpu.run(id, &[Batch::of(61)]).unwrap();
        found.push(cpu.read(y).unwrap());
    }
    assert!(found[0] == found[1] && found[0] == found[2]);
    let Some(mut gpu) = gpu() else { return };
    let id = gpu.compile(&program).unwrap();
    gpu.write(x, Values::Real(&values)).unwrap();
    let mut run = || {
        gpu.run(id, &[Batch::of(61)]).unwrap();
        gpu.read(y).unwrap()
    };
    assert_eq!(run(), run());
}

/// What PyTorch's `layer_norm` gives: of numbers that are close beside how large they are, of equal ones, and of others.
#[test]
fn layers_are_normalised() {
    let mut tape = Recorder::new("known", 3);
    let [x, y, dy] = ["x", "y", "dy"].map(|name| tape.batched(name, 4));
    let affine = ["scale", "shift"].map(|name| tape.tensor(name, Element::Real, 1, 4));
    [x, affine[0], affine[1]].into_iter().for_each(|input| tape.watch(input));
    let activation = Identity.into();
    tape.push(GroupNorm { x, affine: Some(affine), y, channels: 4, groups: 1, activation, epsilon: 1e-5 });
    tape.backward_from(&[(y, dy)]);
    let [dx, dscale, dshift] = [x, affine[0], affine[1]].map(|input| tape.gradient(input).unwrap());
    let numbers = [10_001.0, 10_002.0, 10_003.0, 10_004.0, 5.0, 5.0, 5.0, 5.0, -2.0, 0.0, 1.0, 7.0];
    let inputs = [
        (x, Values::Real(&numbers)),
        (affine[0], Values::Real(&[1.0, 2.0, -1.0, 0.5])),
        (affine[1], Values::Real(&[0.0, 1.0, 0.0, -1.0])),
        (dy, Values::Real(&[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, -1.0, 2.0])),
    ];
    let first = [-1.341_635_5, 0.105_576_39, -0.447_211_8, -0.329_182_3];
    let third = [-1.043_498, 0.105_573_21, 0.149_071_13, -0.180_108_77];
    let first_dx = [0.268_330_3, -0.357_768_37, -0.089_443_43, 0.178_881_5];
    let third_dx = [-0.142_445_82, 0.109_318_8, 0.086_129_98, -0.053_002_956];
    let outputs: [(Tensor, &[f32]); 4] = [
        (y, &[first, [0.0, 1.0, 0.0, -1.0], third].concat()),
        (dx, &[first_dx, [0.0; 4], third_dx].concat()),
        (dscale, &[-1.341_635_5, -0.223_606_7, 0.149_071_13, 3.279_565]),
        (dshift, &[1.0, 0.5, -1.0, 2.0]),
    ];
    assert_gives(tape, &inputs, &outputs);
}

/// A number beyond the table makes a row that shows, and adds to no gradient.
#[test]
fn rows_of_a_table_and_what_becomes_of_its_gradient() {
    let mut tape = Recorder::new("known", 2);
    let (ids, table) = (tape.batched_of("ids", Element::U32, 2), tape.tensor("table", Element::Real, 3, 2));
    let [out, dy] = ["out", "dy"].map(|name| tape.batched(name, 4).with_rows_per_sample(2));
    tape.watch(table);
    tape.push(Embedding { ids, table, out });
    tape.backward_from(&[(out, dy)]);
    let gradient = tape.gradient(table).unwrap();
    let inputs = [
        (ids, Values::U32(&[2, 0, 3, 2])),
        (table, Values::Real(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
        (dy, Values::Real(&[1.0, 10.0, 0.5, 0.25, 7.0, 7.0, 2.0, 20.0])),
    ];
    let wanted = [5.0, 6.0, 1.0, 2.0, f32::NAN, f32::NAN, 5.0, 6.0];
    assert_gives(tape, &inputs, &[(out, &wanted), (gradient, &[0.5, 0.25, 0.0, 0.0, 3.0, 30.0])]);
}

/// Integers are gathered as they are, and are then an operand: the rows of a table for the batch's tokens.
#[test]
fn integers_of_the_dataset_become_rows_of_a_table() {
    let mut tape = Recorder::new("known", 2);
    let source = tape.tensor("tokens", Element::U32, 3, 2);
    let indices = tape.tensor("indices", Element::U32, 1, 2);
    let (ids, table) = (tape.batched_of("ids", Element::U32, 2), tape.tensor("table", Element::Real, 300, 1));
    let out = tape.batched("out", 2).with_rows_per_sample(2);
    tape.push(Gather { source, indices, out: ids, scale: 1.0, labels: None });
    tape.push(Embedding { ids, table, out });
    let rows: Vec<f32> = (0..300).map(|row| row as f32 / 4.0).collect();
    let inputs = [
        (source, Values::U32(&[1, 2, 299, 4, 5, 256])),
        (indices, Values::U32(&[2, 1])),
        (table, Values::Real(&rows)),
    ];
    assert_gives(tape, &inputs, &[(ids, &[5.0, 256.0, 299.0, 4.0]), (out, &[1.25, 64.0, 74.75, 1.0])]);
}

#[test]
fn integers_are_not_scaled_nor_made_reals() {
    for (element, scale) in [(Element::U32, 0.5), (Element::Real, 1.0)] {
        let mut tape = Recorder::new("refused", 2);
        let source = tape.tensor("source", Element::U32, 3, 2);
        let indices = tape.tensor("indices", Element::U32, 1, 2);
        let out = tape.batched_of("out", element, 2);
        tape.push(Gather { source, indices, out, scale, labels: None });
        let message = tape.finish().unwrap_err().to_string();
        assert!(message.contains("takes U32 rows by U32 indices"), "{message}");
    }
}

#[test]
fn columns_side_by_side_and_taken_apart() {
    let mut tape = Recorder::new("known", 2);
    let (a, b) = (tape.batched("a", 1), tape.batched("b", 3));
    let (all, some, dy) = (tape.batched("all", 5), tape.batched("some", 3), tape.batched("dy", 3));
    [a, b].into_iter().for_each(|input| tape.watch(input));
    tape.push(Concat { parts: vec![a, b, a], y: all });
    tape.push(Slice { x: all, start: 2, y: some });
    tape.backward_from(&[(some, dy)]);
    let [da, db] = [a, b].map(|input| tape.gradient(input).unwrap());
    let inputs = [
        (a, Values::Real(&[1.0, 2.0])),
        (b, Values::Real(&[3.0, 4.0, 5.0, 6.0, 7.0, 8.0])),
        (dy, Values::Real(&[0.5, -1.0, 2.0, 0.25, 3.0, -4.0])),
    ];
    let outputs: [(Tensor, &[f32]); 4] = [
        (all, &[1.0, 3.0, 4.0, 5.0, 1.0, 2.0, 6.0, 7.0, 8.0, 2.0]),
        (some, &[4.0, 5.0, 1.0, 7.0, 8.0, 2.0]),
        (da, &[2.0, -4.0]),
        (db, &[0.0, 0.5, -1.0, 0.0, 0.25, 3.0]),
    ];
    assert_gives(tape, &inputs, &outputs);
}

#[test]
fn more_tensors_than_three_and_columns_beyond_the_last_are_refused() {
    let mut tape = Recorder::new("refused", 2);
    let (part, y) = (tape.batched("part", 1), tape.batched("y", 4));
    tape.push(Concat { parts: vec![part; 4], y });
    assert!(tape.finish().unwrap_err().to_string().contains("puts 4 tensors side by side"));
    let mut tape = Recorder::new("refused", 2);
    let (x, y) = (tape.batched("x", 5), tape.batched("y", 2));
    tape.push(Slice { x, start: 4, y });
    assert!(tape.finish().unwrap_err().to_string().contains("takes 2 columns of 2×5 from column 4 on"));
}

/// `q kᵀ` of two samples, by the flag and by a step that turns `k` around.
#[test]
fn matrices_of_samples_are_turned_and_multiplied() {
    let mut tape = Recorder::new("known", 2);
    let q = tape.batched("q", 4).with_rows_per_sample(2);
    let k = tape.batched("k", 6).with_rows_per_sample(3);
    let turned = tape.batched("turned", 6).with_rows_per_sample(2);
    let [first, second, dy] =
        ["first", "second", "dy"].map(|name| tape.batched(name, 6).with_rows_per_sample(2));
    [q, k].into_iter().for_each(|input| tape.watch(input));
    tape.push(BatchedProduct { a: q, b: k, transposed: [false, true], y: first });
    tape.push(Transpose { x: k, y: turned });
    tape.push(BatchedProduct { a: q, b: turned, transposed: [false, false], y: second });
    tape.backward_from(&[(first, dy)]);
    let [dq, dk] = [q, k].map(|input| tape.gradient(input).unwrap());
    let inputs = [
        (q, Values::Real(&[1.0, 2.0, 0.0, -1.0, 1.0, 0.0, 0.0, 1.0])),
        (k, Values::Real(&[1.0, 1.0, 2.0, 0.0, -1.0, 3.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
        (dy, Values::Real(&[1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0])),
    ];
    let wanted = [3.0, 2.0, 5.0, -1.0, 0.0, -3.0, 1.0, 3.0, 5.0, 2.0, 4.0, 6.0];
    let outputs: [(Tensor, &[f32]); 5] = [
        (first, &wanted),
        (second, &wanted),
        (turned, &[1.0, 2.0, -1.0, 1.0, 0.0, 3.0, 1.0, 3.0, 5.0, 2.0, 4.0, 6.0]),
        (dq, &[1.0, 1.0, 4.0, 0.0, 5.0, 6.0, -1.0, -2.0]),
        (dk, &[1.0, 2.0, 0.0, -2.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0]),
    ];
    assert_gives(tape, &inputs, &outputs);
}

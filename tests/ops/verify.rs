//! The backend that compares every step, on whole programs.

use ndarray::array;
use wgrad::backend::{Backend, Cpu, Reference, Values, Verify};
use wgrad::data::digits::{Split, draw};
use wgrad::error::Place;
use wgrad::layers::{Dense, Dropout, Gelu, Relu, Sigmoid, Softmax, Tanh};
use wgrad::ops::{Activate, AddTo, Collect, activation};
use wgrad::program::{Batch, Program};
use wgrad::self_check::check_programs;
use wgrad::{
    Dataset, Error, Fit, Model, Op, Optimizer, Recorder, Result, Samples, Sequential, Tensor, losses,
};

use crate::devices::{Broken, Fault};
use crate::mutant::{Change, Mutant};
use crate::support::{bindings, gpu};

/// A small autoencoder with one of each, for 4 × 4 corners of drawn digits.
fn autoencoder(backend: impl Backend + 'static) -> Model {
    let net = Sequential::new([16])
        .add(Dense::new(12))
        .add(Gelu)
        .add(Dropout::new(0.2))
        .add(Dense::new(8))
        .add(Tanh)
        .add(Dense::new(5))
        .add(Softmax)
        .add(Dense::new(7))
        .add(Relu)
        .add(Dense::new(16))
        .add(Sigmoid);
    // Adam's kernel binds five buffers.
    let adam = if bindings() < 5 { Optimizer::rms_prop(0.01) } else { Optimizer::adam_w(0.01, 0.01) };
    let optimizer = adam.clip_norm(0.05);
    net.compile(backend, losses::MeanSquaredError, optimizer, 3).unwrap()
}

fn dataset() -> Dataset {
    let images = draw(1, Split::Train, 50);
    let corner = |image: &[u8]| (0..16).map(|i| image[(10 + i / 4) * 28 + 10 + i % 4]).collect::<Vec<_>>();
    let pixels = images.pixels.chunks_exact(784).flat_map(corner).collect();
    Dataset::autoencoder(Samples::images(pixels, [16]).unwrap())
}

#[test]
fn a_whole_training_agrees_step_by_step() {
    let Some(gpu) = gpu() else { return };
    let mut model = autoencoder(Verify::new(gpu).unwrap());
    let data = dataset();
    let program = model.training_program(&data, 16).unwrap();
    let names: Vec<_> = program.steps().iter().map(|step| step.name()).collect();
    let rule: &[&str] = if bindings() < 5 { &["rmsprop"] } else { &["weight_decay", "adam"] };
    for name in ["dropout", "activation.gradient", "softmax.gradient", "clip_factor"].iter().chain(rule) {
        assert!(names.contains(name), "{name} is not among {names:?}");
    }
    let history = model.fit(&data, Fit::new().epochs(3).batch(16).validation(&data)).unwrap();
    assert!(history.last().unwrap().metrics.loss < history.epochs[0].metrics.loss);
}

#[test]
fn each_step_of_a_training_program_agrees_at_drawn_values() {
    let Some(gpu) = gpu() else { return };
    let program = autoencoder(Cpu::<f32>::new().unwrap()).training_program(&dataset(), 16).unwrap();
    let steps = program.steps().len();
    let check = check_programs(gpu, &[program]).unwrap();
    assert!(check.passed(), "{check}");
    assert_eq!(check.ops.iter().map(|op| op.cases).sum::<usize>(), steps);
}

#[test]
fn verified_training_gives_what_the_reference_gives() {
    let Some(gpu) = gpu() else { return };
    let train = |mut model: Model| {
        model.fit(&dataset(), Fit::new().epochs(2).batch(16)).unwrap();
        model.snapshot().unwrap()
    };
    let verified = train(autoencoder(Verify::new(gpu).unwrap()));
    // To the bit, although the reference joins no steps.
    assert_eq!(verified, train(autoencoder(Reference::<f32>::new())));
}

/// `a → b → c`, each step a sound one but the second, which is changed.
struct Chain {
    program: Program,
    a: Tensor,
    c: Tensor,
}

fn chain(change: Change) -> Chain {
    let mut tape = Recorder::new("chain", 4);
    let [a, b, c] = ["a", "b", "c"].map(|name| tape.batched(name, 3));
    let table = tape.tensor("table", wgrad::Element::Real, 9, 3);
    let relu = |x, y| Activate { activation: activation::Relu.into(), x, y };
    tape.push(relu(a, b));
    tape.push(AddTo { sum: c, part: b });
    tape.push(Mutant { op: Collect { rows: c, table }, change });
    tape.push(relu(c, b));
    Chain { program: tape.finish().unwrap(), a, c }
}

impl Chain {
    fn run(&self, verify: &mut Verify) -> Result<()> {
        let id = verify.compile(&self.program)?;
        let inputs: Vec<f32> = (1..=12).map(|i| i as f32).collect();
        verify.write(self.a, Values::Real(&inputs))?;
        let mut second = Batch::of(3);
        second.first = 5;
        verify.run(id, &[Batch::of(4), second])
    }
}

#[test]
fn a_planted_fault_is_named_with_step_buffer_index_and_both_values() {
    let Some(gpu) = gpu() else { return };
    let chain = chain(Change::Text("batch.first * COLS + i", "min(batch.first, 4u) * COLS + i"));
    let error = chain.run(&mut Verify::new(gpu).unwrap()).unwrap_err();
    let Error::Mismatch { place, device, cpu, .. } = &error else { panic!("{error}") };
    let Place { program, epoch, batch, step, op, buffer, row, col, .. } = &**place;
    let found = (program.as_str(), *epoch, *batch, *step, op.as_str());
    assert_eq!(found, ("chain", None, 1, 2, Collect::NAME));
    // The second batch's first row, twice what the first batch left, comes one row too early.
    assert_eq!((buffer.as_str(), *row, *col, *device, *cpu), ("table", 4, 0, 2.0, 0.0));
    let text = error.to_string();
    for part in ["chain, batch 1, step 2 (collect)", "table[4, 0] is 2 on the device and 0 on the CPU"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_sound_program_agrees_and_what_was_compared_is_counted() {
    let Some(gpu) = gpu() else { return };
    let chain = chain(Change::Constant("COLS", 1.0));
    let mut verify = Verify::new(gpu).unwrap();
    chain.run(&mut verify).unwrap();
    let agreement = verify.take_agreement();
    // Two batches, of which whole tensors are compared: b, c, the table and b again.
    assert_eq!((agreement.values, agreement.largest), (2 * (12 + 12 + 27 + 12), 0.0));
    assert_eq!(verify.take_agreement().values, 0);
    assert_eq!(verify.read(chain.c).unwrap()[..4], [2.0, 4.0, 6.0, 8.0]);
}

#[test]
fn the_cpu_agrees_with_itself_and_no_other_device_is_taken_for_it() {
    let sound = chain(Change::Constant("COLS", 1.0));
    sound.run(&mut Verify::new(Cpu::<f32>::new().unwrap()).unwrap()).unwrap();
    for fault in [Fault::Off, Fault::Idle, Fault::Garbage] {
        let error = sound.run(&mut Verify::new(Broken::new(fault)).unwrap()).unwrap_err();
        let Error::Mismatch { place, .. } = error else { panic!("{fault:?}: {error}") };
        assert_eq!((place.batch, place.step), (0, 0), "{fault:?}");
    }
}

/// Trained to the end with one sample a step, gradients are what is left of like numbers: the hardest to compare.
#[test]
fn saturated_training_raises_no_false_alarm() {
    let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let xor = Dataset::regression(inputs.view(), array![[0.0], [1.0], [1.0], [0.0]].view()).unwrap();
    let first = || Sequential::new([2]).add(Dense::new(4));
    let nets = [
        first().add(Gelu).add(Dense::new(2)).add(Softmax).add(Dense::new(1)),
        first().add(Tanh).add(Dense::new(1)).add(Sigmoid),
    ];
    for net in nets {
        // Double precision stands for the device.
        let verify = Verify::new(Cpu::<f64>::with_threads(1).unwrap()).unwrap();
        let mut model = net.compile(verify, losses::MeanSquaredError, Optimizer::adam(0.05), 0).unwrap();
        model.fit(&xor, Fit::new().epochs(1500).batch(1)).unwrap();
        let loss = model.evaluate(&xor).unwrap().loss;
        assert!(loss < 1e-5, "{loss}");
    }
}

#[test]
fn the_step_at_which_training_diverges_is_named() {
    let net = Sequential::new([16]).add(Dense::new(16));
    let verify = Verify::new(Cpu::<f64>::new().unwrap()).unwrap();
    let mut model = net.compile(verify, losses::MeanSquaredError, Optimizer::sgd(1e12), 3).unwrap();
    let error = model.fit(&dataset(), Fit::new().epochs(9).batch(16)).unwrap_err();
    let Error::StepNotFinite { place, cpu, .. } = &error else { panic!("{error}") };
    assert!(place.program == "train" && place.op == "loss" && cpu.is_infinite(), "{error}");
}

#[test]
fn rows_beyond_the_batch_must_stay() {
    let Some(gpu) = gpu() else { return };
    let mut tape = Recorder::new("rows", 4);
    let [x, y] = ["x", "y"].map(|name| tape.batched(name, 3));
    let op = Activate { activation: activation::Relu.into(), x, y };
    tape.push(Mutant { op, change: Change::Text("live_rows() * COLS", "(live_rows() + 1u) * COLS") });
    let mut verify = Verify::new(gpu).unwrap();
    let id = verify.compile(&tape.finish().unwrap()).unwrap();
    verify.write(x, Values::Real(&[2.0; 12])).unwrap();
    verify.run(id, &[Batch::of(4)]).unwrap();
    verify.write(x, Values::Real(&[3.0; 12])).unwrap();
    let error = verify.run(id, &[Batch::of(2)]).unwrap_err();
    let Error::Mismatch { place, device, cpu, allowed } = error else { panic!("{error}") };
    assert_eq!((place.row, place.col, device, cpu, allowed), (2, 0, 3.0, 2.0, 0.0));
}

#[test]
fn released_programs_leave_nothing_and_their_ids_are_refused() {
    let chain = chain(Change::Constant("COLS", 1.0));
    let mut verify = Verify::new(Cpu::<f32>::new().unwrap()).unwrap();
    let id = verify.compile(&chain.program).unwrap();
    verify.release(id);
    assert!(matches!(verify.run(id, &[Batch::of(1)]), Err(Error::UnknownProgram)));
    assert!(matches!(verify.read(chain.c), Err(Error::Transfer { .. })));
    let id = verify.compile(&chain.program).unwrap();
    assert!(matches!(verify.run(id, &[Batch::of(5)]), Err(Error::BatchSize { rows: 5, capacity: 4 })));
}

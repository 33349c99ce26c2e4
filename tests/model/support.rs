//! What the tests share: data, small models, backends that watch.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::Array2;
use wgrad::backend::{Backend, BackendInfo, Cpu, ProgramId, Values};
use wgrad::layers::Dense;
use wgrad::program::{Batch, Program};
use wgrad::random::Stream;
use wgrad::{Dataset, Model, Optimizer, Recorder, Result, Samples, Sequential, Tensor, losses};

pub fn cpu() -> Cpu<f32> {
    Cpu::with_threads(2).unwrap()
}

/// Uniform numbers in `-1.0..1.0`.
pub fn drawn(seed: u64, rows: usize, cols: usize) -> Array2<f32> {
    let mut stream = Stream::numbered(seed, 50);
    Array2::from_shape_simple_fn((rows, cols), || stream.uniform(-1.0, 1.0) as f32)
}

pub fn samples(values: &Array2<f32>) -> Samples {
    Samples::reals(values.view()).unwrap()
}

pub fn regression(inputs: &Array2<f32>, targets: &Array2<f32>) -> Dataset {
    Dataset::regression(inputs.view(), targets.view()).unwrap()
}

/// Sample `i` is 1 at place `i` and 0 elsewhere, so that only weight `i` learns from it.
pub fn one_hot(targets: &[f32]) -> Dataset {
    let targets = Array2::from_shape_vec((targets.len(), 1), targets.to_vec()).unwrap();
    regression(&Array2::eye(targets.nrows()), &targets)
}

/// `y = x · w` with a weight of zeros, under the mean squared error.
pub fn linear(inputs: usize, optimizer: Optimizer, seed: u64) -> Model {
    let net = Sequential::new([inputs]).add(Dense::new(1).without_bias().init(wgrad::Init::Zeros));
    net.compile(cpu(), losses::MeanSquaredError, optimizer, seed).unwrap()
}

pub fn weights(model: &mut Model, name: &str) -> Vec<f32> {
    model.parameter(name).unwrap().into_iter().collect()
}

#[track_caller]
pub fn assert_close(found: &[f32], wanted: &[f64], tolerance: f64) {
    let near = |(found, wanted): (&f32, &f64)| {
        (f64::from(*found) - wanted).abs() <= tolerance * wanted.abs().max(1.0)
    };
    assert!(
        found.len() == wanted.len() && found.iter().zip(wanted).all(near),
        "{found:?} instead of {wanted:?}"
    );
}

/// A batch; `run_op` sets its rows.
pub fn batch(epoch: u32, seed: u32) -> Batch {
    let mut batch = Batch::default();
    (batch.epoch, batch.seed) = (epoch, seed);
    batch
}

/// Records an op over a batched `x` with `record` and gives its output for these rows.
pub fn run_op(
    backend: &mut dyn Backend,
    x: &Array2<f32>,
    mut batch: Batch,
    record: impl Fn(&mut Recorder, Tensor, Tensor),
) -> Vec<f32> {
    let mut tape = Recorder::new("op", x.nrows());
    let (input, output) = (tape.batched("x", x.ncols()), tape.batched("y", x.ncols()));
    record(&mut tape, input, output);
    let program = backend.compile(&tape.finish().unwrap()).unwrap();
    let values: Vec<f32> = x.iter().copied().collect();
    backend.write(input, Values::Real(&values)).unwrap();
    (batch.rows, batch.global_rows) = (x.nrows() as u32, x.nrows() as u32);
    backend.run(program, &[batch]).unwrap();
    let output = backend.read(output).unwrap();
    backend.release(program);
    output
}

/// The CPU backend, with a count of the calls to it and of the programs that it holds.
pub struct Counting {
    cpu: Cpu<f32>,
    calls: Arc<AtomicUsize>,
    pub programs: Arc<AtomicUsize>,
}

impl Counting {
    pub fn new() -> (Self, Arc<AtomicUsize>) {
        let calls = Arc::new(AtomicUsize::new(0));
        (Self { cpu: cpu(), calls: calls.clone(), programs: Arc::default() }, calls)
    }

    fn counted(&mut self) -> &mut Cpu<f32> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        &mut self.cpu
    }
}

impl Backend for Counting {
    fn info(&self) -> BackendInfo {
        self.cpu.info()
    }
    fn compile(&mut self, program: &Program) -> Result<ProgramId> {
        let compiled = self.counted().compile(program)?;
        self.programs.fetch_add(1, Ordering::Relaxed);
        Ok(compiled)
    }
    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        self.counted().write(tensor, values)
    }
    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()> {
        self.counted().run(program, batches)
    }
    fn release(&mut self, program: ProgramId) {
        self.programs.fetch_sub(1, Ordering::Relaxed);
        self.counted().release(program);
    }
    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        self.counted().read(tensor)
    }
}

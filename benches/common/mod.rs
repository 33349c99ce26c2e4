//! What the benches share: workloads, backends, ceilings, and the line that says how fast something is.
#![allow(dead_code, reason = "each bench uses a part")]

use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Throughput};
use ndarray::array;
use wgrad::backend::{Backend, Choice, Values};
use wgrad::layers::{Dense, Relu, Sigmoid, Tanh};
use wgrad::op::Cost;
use wgrad::ops::activation::Activation;
use wgrad::ops::{AddTo, Dense as Product};
use wgrad::program::{Batch, Program};
use wgrad::random::{Purpose, Stream};
use wgrad::{Dataset, Element, Optimizer, Recorder, Result, Samples, Sequential, Tensor};

/// An autoencoder and how it is trained.
pub struct Workload {
    pub name: &'static str,
    layers: &'static [usize],
    pub batch: usize,
    rate: f32,
    adam: bool,
}

const FIRST: &[usize] = &[784, 128, 64, 32, 64, 128, 784];
const SECOND: &[usize] = &[784, 512, 256, 128, 64, 32, 64, 128, 256, 512, 784];

/// The first report's network as it trained it.
pub const W1: Workload = Workload { name: "w1", layers: FIRST, batch: 32, rate: 0.5, adam: false };
/// The second report's.
pub const W2: Workload = Workload { name: "w2", layers: SECOND, batch: 32, rate: 0.05, adam: false };
/// The first report's network with large batches and Adam.
pub const W3: Workload = Workload { name: "w3", layers: FIRST, batch: 256, rate: 1e-3, adam: true };

impl Workload {
    pub fn net(&self) -> Sequential {
        let (outputs, hidden) = self.layers[1..].split_last().expect("more than one layer");
        let encoder = Sequential::new([self.layers[0]]);
        let net = hidden.iter().fold(encoder, |net, units| net.add(Dense::new(*units)).add(Relu));
        net.add(Dense::new(*outputs)).add(Sigmoid)
    }

    pub fn optimizer(&self) -> Optimizer {
        if self.adam { Optimizer::adam(self.rate) } else { Optimizer::sgd(self.rate) }
    }
}

/// The XOR network of both reports.
pub fn xor() -> Result<(Sequential, Dataset, Optimizer)> {
    let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let data = Dataset::regression(inputs.view(), array![[0.0], [1.0], [1.0], [0.0]].view())?;
    let net = Sequential::new([2]).add(Dense::new(4)).add(Tanh).add(Dense::new(1)).add(Sigmoid);
    Ok((net, data, Optimizer::sgd(0.1)))
}

/// Random pixels; how fast they are learnt from does not depend on what they show.
pub fn images(count: usize) -> Dataset {
    images_of(count, 784)
}

/// The same of any width.
pub fn images_of(count: usize, width: usize) -> Dataset {
    let mut stream = Stream::new(0, Purpose::Checking);
    let pixels = (0..count * width).map(|_| stream.below(256) as u8).collect();
    Dataset::autoencoder(Samples::images(pixels, [width]).expect("whole images"))
}

/// The CPU, and the GPU if there is any adapter; `WGRAD_ADAPTER` chooses among several.
pub fn backends() -> Vec<(&'static str, Box<dyn Backend>)> {
    let mut backends = Vec::new();
    for (name, choice) in [("cpu", Choice::Cpu), ("gpu", Choice::Gpu)] {
        match choice.open(None) {
            Ok(opened) => {
                println!("{}", opened.backend.info());
                backends.push((name, opened.backend));
            }
            Err(why) => println!("{name} is left out: {why}"),
        }
    }
    backends
}

/// The most that a backend reaches, measured on a large product and a long sum.
#[derive(Clone, Copy)]
pub struct Ceiling {
    gflops: f64,
    gbytes: f64,
}

impl Ceiling {
    pub fn of(backend: &mut dyn Backend) -> Result<Self> {
        let mut tape = Recorder::new("product", 512);
        let (x, y) = (tape.batched("x", 1_024), tape.batched("y", 512));
        let weight = tape.tensor("weight", Element::Real, 1_024, 512);
        tape.push(Product { x, weight, y, activation: Activation::identity() });
        let product = best(backend, &tape.finish()?, 512)?;
        let mut tape = Recorder::new("sum", 1);
        let [sum, part] = ["sum", "part"].map(|name| tape.tensor(name, Element::Real, 1, 8 << 20));
        tape.push(AddTo { sum, part });
        let sum = best(backend, &tape.finish()?, 1)?;
        Ok(Self { gflops: product.gflops, gbytes: sum.gbytes })
    }
}

impl fmt::Display for Ceiling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ceiling: {:.1} GFLOP/s in a large product, {:.1} GB/s in a long sum",
            self.gflops, self.gbytes
        )
    }
}

/// How fast something was.
struct Rates {
    microseconds: f64,
    gflops: f64,
    gbytes: f64,
}

impl Rates {
    fn of(cost: Cost, seconds: f64) -> Self {
        let (gflops, gbytes) = (cost.flops / seconds / 1e9, cost.bytes / seconds / 1e9);
        Self { microseconds: 1e6 * seconds, gflops, gbytes }
    }
}

fn best(backend: &mut dyn Backend, program: &Program, rows: usize) -> Result<Rates> {
    let mut single = Single::new(backend, program, rows)?;
    let seconds = (0..5).map(|_| single.run(backend, 4).map(|time| time.as_secs_f64() / 4.0));
    let fastest = seconds.collect::<Result<Vec<_>>>()?.into_iter().fold(f64::MAX, f64::min);
    single.release(backend);
    Ok(Rates::of(program.cost(), fastest))
}

/// A compiled program that is run again and again.
pub struct Single {
    id: wgrad::backend::ProgramId,
    batches: Vec<Batch>,
    batch: Batch,
    /// What is read to wait for a device.
    last: Tensor,
}

impl Single {
    pub fn new(backend: &mut dyn Backend, program: &Program, rows: usize) -> Result<Self> {
        let id = backend.compile(program)?;
        let mut stream = Stream::new(0, Purpose::Checking);
        for (_, tensor) in program.steps().iter().flat_map(|step| step.operands()) {
            if tensor.element == Element::Real {
                let values: Vec<f32> = (0..tensor.len()).map(|_| stream.uniform(-0.5, 0.5) as f32).collect();
                backend.write(*tensor, Values::Real(&values))?;
            }
        }
        let written = program.steps().iter().flat_map(|step| step.outputs()).last();
        let last = written.expect("a step writes").row_range(0..1);
        let batch = Batch { rate: 1e-6, corrections: [1.0; 3], ..Batch::of(rows) };
        Ok(Self { id, batches: Vec::new(), batch, last })
    }

    /// How long so many runs take.
    pub fn run(&mut self, backend: &mut dyn Backend, times: usize) -> Result<Duration> {
        self.batches.resize(times, self.batch);
        let start = Instant::now();
        backend.run(self.id, &self.batches)?;
        backend.read(Tensor { cols: 1, ..self.last })?;
        Ok(start.elapsed())
    }

    pub fn release(&self, backend: &mut dyn Backend) {
        backend.release(self.id);
    }
}

/// Lets criterion time `run`, which gives the time of so many runs, and prints the fastest with its rates.
pub fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    cost: Cost,
    ceiling: Ceiling,
    mut run: impl FnMut(u64) -> Duration,
) {
    let fastest = Cell::new(f64::MAX);
    group.throughput(Throughput::Elements(cost.flops.max(1.0) as u64));
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|times| {
            let time = run(times);
            fastest.set(fastest.get().min(time.as_secs_f64() / times as f64));
            time
        });
    });
    if fastest.get() == f64::MAX {
        return; // Left out by the filter of the command line.
    }
    let Rates { microseconds, gflops, gbytes } = Rates::of(cost, fastest.get());
    let (flops, bytes) = (100.0 * gflops / ceiling.gflops, 100.0 * gbytes / ceiling.gbytes);
    println!(
        "{name:<58} {microseconds:>10.2} µs {gflops:>7.1} GFLOP/s ({flops:>3.0} %) {gbytes:>6.1} GB/s ({bytes:>3.0} %)"
    );
}

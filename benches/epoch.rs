//! Whole trainings, on the CPU and on the GPU: time of a step, GFLOP/s, GB/s, and shares of a ceiling measured first; and
//! what the host does for a step of a GPU.

mod common;
#[allow(dead_code, reason = "one device of the tests is used")]
#[path = "../tests/gpu/support.rs"]
mod support;

use std::time::{Duration, Instant};

use common::{Ceiling, W1, W2, W3, Workload, backends, images, measure, xor};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use wgrad::backend::{Backend, Choice};
use wgrad::program::Batch;
use wgrad::{Dataset, Fit, Model, Result, losses};

/// Steps of an epoch.
const STEPS: usize = 40;

fn epochs(criterion: &mut Criterion) {
    for (name, mut backend) in backends() {
        let ceiling = Ceiling::of(&mut *backend).expect("a large product and a long sum");
        println!("{ceiling}");
        drop(backend);
        let choice: Choice = name.parse().expect("a backend's name");
        let mut group = criterion.benchmark_group(name);
        group
            .sample_size(10)
            .warm_up_time(Duration::from_millis(500))
            .measurement_time(Duration::from_secs(3));
        for workload in [W1, W2, W3] {
            autoencoder(&mut group, name, choice, &workload, ceiling).expect("a training");
        }
        tiny(&mut group, name, choice, ceiling).expect("a training");
        group.finish();
    }
}

fn autoencoder(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    choice: Choice,
    workload: &Workload,
    ceiling: Ceiling,
) -> Result<()> {
    let data = images(workload.batch * STEPS);
    let backend = choice.open(None)?.backend;
    let model = workload.net().compile(backend, losses::MeanSquaredError, workload.optimizer(), 0)?;
    train(group, &format!("{name} {} step", workload.name), model, &data, workload.batch, ceiling)
}

fn tiny(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    choice: Choice,
    ceiling: Ceiling,
) -> Result<()> {
    let (net, data, optimizer) = xor()?;
    let model = net.compile(choice.open(None)?.backend, losses::MeanSquaredError, optimizer, 0)?;
    train(group, &format!("{name} xor step"), model, &data, 4, ceiling)
}

/// Times steps within `fit`, without its compilation.
fn train(
    group: &mut BenchmarkGroup<'_, WallTime>,
    label: &str,
    mut model: Model,
    data: &Dataset,
    batch: usize,
    ceiling: Ceiling,
) -> Result<()> {
    let cost = model.training_program(data, batch)?.cost();
    let steps = data.len().div_ceil(batch);
    let run = |times: u64| {
        let epochs = (times as usize).div_ceil(steps);
        let history = model.fit(data, Fit::new().epochs(epochs).batch(batch)).expect("a training");
        Duration::from_secs_f64(history.train_seconds() * times as f64 / (epochs * steps) as f64)
    };
    measure(group, label, cost, ceiling, run);
    Ok(())
}

/// Records and submits steps for a device that computes nothing.
fn host(criterion: &mut Criterion) {
    let mut gpu = support::noop();
    let backend = gpu.another().expect("the same device");
    let model = W1.net().compile(backend, losses::MeanSquaredError, W1.optimizer(), 0).expect("a model");
    let program = model.training_program(&images(W1.batch), W1.batch).expect("a program");
    let id = gpu.compile(&program).expect("a program without kernels");
    let mut steps = |times: u64| {
        let batches = vec![Batch::of(W1.batch); times as usize];
        let start = Instant::now();
        gpu.run(id, &batches).expect("nothing to be done");
        start.elapsed()
    };
    criterion.bench_function("host w1 step", |bencher| bencher.iter_custom(&mut steps));
}

criterion_group!(benches, epochs, host);
criterion_main!(benches);

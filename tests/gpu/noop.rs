//! A device of wgpu that computes nothing: what the host does for a step.

use std::time::{Duration, Instant};

use wgrad::backend::Backend;
use wgrad::layers::{Dense, Relu, Sigmoid};
use wgrad::program::Batch;
use wgrad::{Dataset, Model, Optimizer, Samples, Sequential, losses};

use crate::support::noop;

/// The first report's autoencoder, and images of which one value is as good as another.
fn autoencoder(backend: impl Backend + 'static) -> (Model, Dataset) {
    let widths = [128, 64, 32, 64, 128];
    let hidden = widths.into_iter().fold(Sequential::new([784]), |net, n| net.add(Dense::new(n)).add(Relu));
    let net = hidden.add(Dense::new(784)).add(Sigmoid);
    let model = net.compile(backend, losses::MeanSquaredError, Optimizer::sgd(0.5), 0).unwrap();
    (model, Dataset::autoencoder(Samples::images(vec![0; 64 * 784], [784]).unwrap()))
}

#[test]
fn the_host_records_and_submits_a_step_in_microseconds() {
    let mut gpu = noop();
    let (model, data) = autoencoder(gpu.another().unwrap());
    let id = gpu.compile(&model.training_program(&data, 32).unwrap()).unwrap();
    assert_eq!(gpu.dispatches(id), 15);
    let batches = [Batch::of(32); 256];
    let time = |_| {
        let start = Instant::now();
        gpu.run(id, &batches).unwrap();
        start.elapsed() / batches.len() as u32
    };
    let fastest = (0..30).map(time).min().unwrap();
    println!("{:.1} µs of the host for a step", 1e6 * fastest.as_secs_f64());
    assert!(fastest < Duration::from_micros(40), "{fastest:?}");
}

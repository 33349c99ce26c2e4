//! Models and rows that the tests share.

use ndarray::Array2;
use wgrad::backend::{Backend, Cpu};
use wgrad::layers::{Concat, Dense, Dropout, Embedding, Flatten, Gelu, LayerNorm, Relu, Residual};
use wgrad::random::Stream;
use wgrad::{Graph, Losses, Model, Optimizer, Precision, Sequential, losses};

pub fn cpu() -> Cpu<f32> {
    Cpu::with_threads(2).unwrap()
}

/// Uniform numbers in `-1.0..1.0`.
pub fn drawn(seed: u64, rows: usize, cols: usize) -> Array2<f32> {
    let mut stream = Stream::numbered(seed, 51);
    Array2::from_shape_simple_fn((rows, cols), || stream.uniform(-1.0, 1.0) as f32)
}

pub fn net() -> Sequential {
    Sequential::new([12]).add(Dense::new(24)).add(Relu).add(Dense::new(16)).add(Gelu).add(Dense::new(4))
}

pub fn compiled(net: impl Into<Graph>, backend: impl Backend + 'static) -> Model {
    net.into().compile(backend, losses::MeanSquaredError, Optimizer::momentum(0.1, 0.9), 7).unwrap()
}

/// Layers with masks that only a training has, with norms, and with a path around others.
pub fn with_norms() -> Sequential {
    Sequential::new([12])
        .add(Dense::new(20))
        .add(Dropout::new(0.5))
        .add(Residual::new().add(Dense::new(20)).add(Relu))
        .add(LayerNorm::new())
        .add(Dense::new(8).without_bias())
}

pub fn in_halves() -> Graph {
    net().precision(Precision::F16).into()
}

/// Two inputs, one of them of integers, and two outputs.
pub fn forked(backend: impl Backend + 'static) -> Model {
    let mut net = Graph::new();
    let (words, size) = (net.integers("words", [3]), net.input("size", [2]));
    let embedded = net.add(Embedding::new(10, 4), [words]);
    let flat = net.add(Flatten, [embedded]);
    let both = net.add(Concat, [flat, size]);
    let (class, age) =
        (net.add_named("class", Dense::new(3), [both]), net.add_named("age", Dense::new(1), [both]));
    net.output(class);
    net.output(age);
    let losses =
        Losses::new().add("class", losses::MeanSquaredError, 1.0).add("age", losses::MeanSquaredError, 1.0);
    net.compile(backend, losses, Optimizer::momentum(0.1, 0.9), 3).unwrap()
}

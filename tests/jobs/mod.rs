//! The examples' models on made-up data, to be trained for ten steps.

use ndarray::Array2;
use wgrad::backend::Backend;
use wgrad::layers::{Dense, Dropout, Flatten, Relu, Sigmoid, Tanh};
use wgrad::random::Stream;
use wgrad::{Dataset, Fit, Init, Loss, Model, Optimizer, Samples, Schedule, Sequential};

/// A model to train, and data for it.
pub struct Job {
    net: fn() -> Sequential,
    loss: Loss,
    optimizer: Optimizer,
    data: Dataset,
}

impl Job {
    /// The model after ten epochs of one step, and its losses.
    pub fn run(&self, backend: impl Backend + 'static) -> (Model, Vec<f64>) {
        let mut model = (self.net)().compile(backend, self.loss, self.optimizer, 1).unwrap();
        let history = model.fit(&self.data, Fit::new().epochs(10).batch(self.data.len())).unwrap();
        (model, history.epochs.iter().map(|epoch| epoch.metrics.loss).collect())
    }
}

pub fn xor() -> Job {
    let inputs = ndarray::array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    Job {
        net: || Sequential::new([2]).add(Dense::new(4)).add(Tanh).add(Dense::new(1)).add(Sigmoid),
        loss: Loss::MeanSquaredError,
        optimizer: Optimizer::sgd(0.9),
        data: Dataset::regression(inputs.view(), ndarray::array![[0.0], [1.0], [1.0], [0.0]].view()).unwrap(),
    }
}

pub fn autoencoder() -> Job {
    let net = || {
        let mut net = Sequential::new([784]);
        for units in [128, 64, 32, 64, 128] {
            net = net.add(Dense::new(units)).add(Relu);
        }
        net.add(Dense::new(784)).add(Sigmoid)
    };
    let inputs = drawn(1, 96, 784).mapv(|x| x * x);
    Job {
        net,
        loss: Loss::MeanSquaredError,
        optimizer: Optimizer::adam(0.001),
        data: Dataset::autoencoder(Samples::reals(inputs.view()).unwrap()),
    }
}

pub fn classifier() -> Job {
    let net = || {
        Sequential::new([28, 28])
            .add(Flatten)
            .add(Dense::new(256).init(Init::HeNormal))
            .add(Relu)
            .add(Dropout::new(0.2))
            .add(Dense::new(128).init(Init::HeNormal))
            .add(Relu)
            .add(Dense::new(10))
    };
    let pixels: Vec<u8> = drawn(2, 90, 784).iter().map(|x| (x.abs() * 255.0) as u8).collect();
    let schedule = Schedule::WarmupCosine { epochs: 1, floor: 0.01 };
    let labels = (0..90).map(|i| i % 10).collect();
    Job {
        net,
        loss: Loss::SoftmaxCrossEntropy,
        optimizer: Optimizer::adam_w(0.002, 0.01).schedule(schedule).clip_norm(1.0),
        data: Dataset::classification(Samples::images(pixels, [28, 28]).unwrap(), labels).unwrap(),
    }
}

/// Uniform numbers in `-1.0..1.0`.
fn drawn(seed: u64, rows: usize, cols: usize) -> Array2<f32> {
    let mut stream = Stream::numbered(seed, 50);
    Array2::from_shape_simple_fn((rows, cols), || stream.uniform(-1.0, 1.0) as f32)
}

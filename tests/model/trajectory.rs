//! Ten steps of each example's model: recorded losses, and the same bits with the same seed and any number of threads.

use wgrad::backend::Cpu;
use wgrad::layers::{Dense, Dropout, Flatten, Relu, Sigmoid, Tanh};
use wgrad::{Dataset, Fit, Init, Loss, Model, Optimizer, Samples, Schedule, Sequential};

use crate::support::{drawn, regression, samples};

/// A model to train, and data for it.
struct Job {
    net: fn() -> Sequential,
    loss: Loss,
    optimizer: Optimizer,
    data: Dataset,
}

impl Job {
    /// The model after ten epochs of one step, and its losses.
    fn run(&self, threads: usize) -> (Model, Vec<f64>) {
        let backend = Cpu::<f32>::with_threads(threads).unwrap();
        let mut model = (self.net)().compile(backend, self.loss, self.optimizer, 1).unwrap();
        let history = model.fit(&self.data, Fit::new().epochs(10).batch(self.data.len())).unwrap();
        (model, history.epochs.iter().map(|epoch| epoch.metrics.loss).collect())
    }
}

fn xor() -> Job {
    let inputs = ndarray::array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    Job {
        net: || Sequential::new([2]).add(Dense::new(4)).add(Tanh).add(Dense::new(1)).add(Sigmoid),
        loss: Loss::MeanSquaredError,
        optimizer: Optimizer::sgd(0.9),
        data: regression(&inputs, &ndarray::array![[0.0], [1.0], [1.0], [0.0]]),
    }
}

fn autoencoder() -> Job {
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
        data: Dataset::autoencoder(samples(&inputs)),
    }
}

fn classifier() -> Job {
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

#[track_caller]
fn assert_losses(job: &Job, tolerance: f64, wanted: [f64; 10]) {
    let (_, losses) = job.run(2);
    let near = losses.iter().zip(&wanted).all(|(a, b)| (a - b).abs() <= tolerance * b);
    assert!(near, "{losses:?}");
}

#[test]
fn losses_are_the_recorded_ones() {
    // These are also what another implementation of the generator, the network and its derivative gives.
    let wanted = [
        0.2417757, 0.2373639, 0.2343292, 0.2319068, 0.2297661, 0.2277705, 0.2258627, 0.2240166, 0.2222185,
        0.2204599,
    ];
    assert_losses(&xor(), 1e-6, wanted);
    // Adam's first steps are signs of gradients, so that a processor's order of summation shows early.
    let wanted = [
        0.1166487, 0.1159312, 0.1149403, 0.1131945, 0.1106123, 0.1073442, 0.1039979, 0.1015737, 0.1000502,
        0.0982044,
    ];
    assert_losses(&autoencoder(), 1e-3, wanted);
    let wanted = [
        2.6175651, 2.7080223, 2.4515315, 2.2510089, 2.0616237, 2.0203534, 1.9414227, 1.9315230, 1.8574183,
        1.8728793,
    ];
    assert_losses(&classifier(), 1e-3, wanted);
}

#[test]
fn a_seed_gives_the_same_bits_on_any_number_of_threads() {
    for job in [xor(), autoencoder(), classifier()] {
        let (mut first, losses) = job.run(1);
        let snapshot = first.snapshot().unwrap();
        for threads in [1, 2, 3, 8] {
            let (mut other, other_losses) = job.run(threads);
            assert_eq!(other_losses, losses);
            assert!(other.snapshot().unwrap() == snapshot, "{threads} threads");
        }
    }
}

//! Training, step by step: each example's model against recorded losses, and the same bits again for the same seed.

mod recorded;
#[allow(dead_code, reason = "the tests of the GPU backend use the rest")]
#[path = "../gpu/support.rs"]
mod support;

use ndarray::array;
use std::sync::Arc;
use support::{bindings, gpu};
use wgrad::backend::{Backend, Cpu, Reference};
use wgrad::data::Images;
use wgrad::data::digits::{Split, draw};
use wgrad::layers::{Dense, Dropout, Flatten, Relu, Sigmoid, Tanh};
use wgrad::{Dataset, Fit, Init, Loss, Model, Optimizer, Samples, Schedule, Sequential, losses};

/// A model, what it is trained on, and its loss in each epoch: ten steps in all. The losses were recorded from the CPU
/// backend in double precision.
struct Trajectory {
    name: &'static str,
    net: fn() -> Sequential,
    loss: Arc<dyn Loss>,
    optimizer: Optimizer,
    data: Dataset,
    batch: usize,
    losses: &'static [f64],
}

/// What a training leaves: the losses and the bits of all parameters.
#[derive(Debug, PartialEq)]
struct Outcome {
    losses: Vec<f64>,
    parameters: Vec<u32>,
}

impl Trajectory {
    fn train(&self, backend: impl Backend + 'static) -> Outcome {
        let mut model =
            (self.net)().compile(backend, Arc::clone(&self.loss), self.optimizer.clone(), 5).unwrap();
        let history = model.fit(&self.data, Fit::new().epochs(self.losses.len()).batch(self.batch)).unwrap();
        let losses = history.epochs.iter().map(|epoch| epoch.metrics.loss).collect();
        Outcome { losses, parameters: bits(&mut model) }
    }

    fn assert_recorded(&self, outcome: &Outcome, tolerance: f64) {
        for (epoch, (found, recorded)) in outcome.losses.iter().zip(self.losses).enumerate() {
            let apart = (found - recorded).abs() / recorded;
            let all = &outcome.losses;
            assert!(
                apart <= tolerance,
                "{}, epoch {epoch}: {found}, {apart:e} from {recorded}: {all:?}",
                self.name
            );
        }
    }
}

fn bits(model: &mut Model) -> Vec<u32> {
    let names: Vec<String> = model.parameter_names().map(str::to_string).collect();
    let values = names.iter().flat_map(|name| model.parameter(name).unwrap());
    values.map(f32::to_bits).collect()
}

fn trajectories() -> [Trajectory; 3] {
    [xor(), autoencoder(), classifier()]
}

/// Those whose kernels the tests' GPU can bind: Adam's takes five buffers.
fn trajectories_on_gpu() -> impl Iterator<Item = Trajectory> {
    trajectories().into_iter().filter(|trajectory| trajectory.name == "xor" || bindings() >= 5)
}

fn xor() -> Trajectory {
    let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    Trajectory {
        name: "xor",
        net: || Sequential::new([2]).add(Dense::new(4)).add(Tanh).add(Dense::new(1)).add(Sigmoid),
        loss: Arc::new(losses::MeanSquaredError),
        optimizer: Optimizer::sgd(0.9),
        data: Dataset::regression(inputs.view(), array![[0.0], [1.0], [1.0], [0.0]].view()).unwrap(),
        batch: 4,
        losses: &[
            0.33227188, 0.30686280, 0.28620820, 0.27282858, 0.26563176, 0.26201500, 0.26004705, 0.25876892,
            0.25778317, 0.25693633,
        ],
    }
}

/// The main example's, with two batches in an epoch, of which the second is smaller.
fn autoencoder() -> Trajectory {
    Trajectory {
        name: "autoencoder",
        net: || {
            let encoder = Sequential::new([784]).add(Dense::new(128)).add(Relu).add(Dense::new(64)).add(Relu);
            let latents = encoder.add(Dense::new(32)).add(Relu);
            let decoder = latents.add(Dense::new(64)).add(Relu).add(Dense::new(128)).add(Relu);
            decoder.add(Dense::new(784)).add(Sigmoid)
        },
        loss: Arc::new(losses::MeanSquaredError),
        optimizer: Optimizer::adam(0.001),
        data: Dataset::autoencoder(samples(&draw(2, Split::Train, 50), [784])),
        batch: 32,
        losses: &[0.22192873, 0.21737372, 0.20788164, 0.19071373, 0.16404971],
    }
}

fn classifier() -> Trajectory {
    let images = draw(2, Split::Train, 50);
    let labels = images.labels.clone();
    let schedule = Schedule::WarmupCosine { epochs: 1, floor: 0.01 };
    Trajectory {
        name: "classifier",
        net: || {
            let first =
                Sequential::new([28, 28]).add(Flatten).add(Dense::new(256).init(Init::HeNormal)).add(Relu);
            let second = first.add(Dropout::new(0.2)).add(Dense::new(128).init(Init::HeNormal)).add(Relu);
            second.add(Dense::new(10))
        },
        loss: Arc::new(losses::SoftmaxCrossEntropy::new()),
        optimizer: Optimizer::adam_w(0.002, 0.01).schedule(schedule).clip_norm(1.0),
        data: Dataset::classification(samples(&images, [28, 28]), labels).unwrap(),
        batch: 32,
        losses: &[2.2843980, 1.8144811, 1.3778263, 1.0691399, 0.95784950],
    }
}

fn samples(images: &Images, shape: impl Into<Vec<usize>>) -> Samples {
    Samples::images(images.pixels.clone(), shape).unwrap()
}

#[test]
fn losses_on_the_cpu_are_as_recorded_in_both_precisions() {
    for trajectory in trajectories() {
        trajectory.assert_recorded(&trajectory.train(Cpu::<f32>::new().unwrap()), 1e-5);
        trajectory.assert_recorded(&trajectory.train(Cpu::<f64>::new().unwrap()), 1e-6);
    }
}

/// The reference runs the definitions of the ops, one step after the other; the CPU backend joins, folds and divides them.
#[test]
fn the_cpu_trains_as_the_reference_does() {
    for trajectory in trajectories() {
        let reference = trajectory.train(Reference::<f64>::new());
        trajectory.assert_recorded(&reference, 1e-6);
        let cpu = trajectory.train(Cpu::<f64>::new().unwrap());
        for (epoch, (cpu, reference)) in cpu.losses.iter().zip(&reference.losses).enumerate() {
            // Losses are read in single precision.
            assert!((cpu - reference).abs() <= 1e-7 * reference, "{}, epoch {epoch}", trajectory.name);
        }
        let single = trajectory.train(Reference::<f32>::new());
        trajectory.assert_recorded(&single, 1e-5);
    }
}

#[test]
fn losses_on_the_gpu_are_as_recorded_and_as_on_the_cpu() {
    for trajectory in trajectories_on_gpu() {
        let Some(gpu) = gpu() else { return };
        let outcome = trajectory.train(gpu);
        trajectory.assert_recorded(&outcome, 1e-4);
        let on_cpu = trajectory.train(Cpu::<f32>::new().unwrap());
        for (epoch, (gpu, cpu)) in outcome.losses.iter().zip(&on_cpu.losses).enumerate() {
            assert!((gpu - cpu).abs() <= 1e-4 * cpu, "{}, epoch {epoch}: {gpu} and {cpu}", trajectory.name);
        }
    }
}

#[test]
fn a_seed_gives_the_same_bits_on_any_number_of_threads() {
    for trajectory in trajectories() {
        let once = trajectory.train(Cpu::<f32>::with_threads(1).unwrap());
        for threads in [1, 2, 3, 7] {
            let again = trajectory.train(Cpu::<f32>::with_threads(threads).unwrap());
            assert!(once == again, "{} on {threads} threads", trajectory.name);
        }
    }
}

#[test]
fn a_seed_gives_the_same_bits_again_on_a_gpu() {
    for trajectory in trajectories_on_gpu() {
        let (Some(first), Some(second)) = (gpu(), gpu()) else { return };
        assert!(trajectory.train(first) == trajectory.train(second), "{}", trajectory.name);
    }
}

#[test]
fn another_seed_gives_other_bits() {
    let trajectory = xor();
    let train = |seed| {
        let backend = Cpu::<f32>::new().unwrap();
        let mut model = (trajectory.net)()
            .compile(backend, Arc::clone(&trajectory.loss), trajectory.optimizer.clone(), seed)
            .unwrap();
        model.fit(&trajectory.data, Fit::new().epochs(2).batch(4)).unwrap();
        bits(&mut model)
    };
    assert!(train(5) == train(5));
    assert!(train(5) != train(6));
}

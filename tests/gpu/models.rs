//! Whole models: two trained at once give the bits that they give alone, every adapter gives the same bits again, and
//! what goes wrong beside a training leaves it alone.

use ndarray::Array2;
use wgrad::backend::gpu::{AdapterChoice, Gpu, GpuError, adapters};
use wgrad::backend::{Backend, Cpu};
use wgrad::callback::{BatchProgress, Callback};
use wgrad::layers::{Dense, Dropout, Relu, Sigmoid};
use wgrad::program::Program;
use wgrad::{Dataset, Error, Fit, Model, Optimizer, Samples, Sequential, losses};

use crate::faults::{NO_MAIN, NOT_WGSL, custom};
use crate::support::{adding, gpu};

#[test]
fn bytes_that_fill_no_whole_words_are_predicted_in_parts() {
    let Some(gpu) = gpu() else { return };
    // 4096 outputs leave room for 4096 samples at once, and 905 of 25 bytes are left.
    let pixels: Vec<u8> = (0..5001 * 25).map(|at| (at * 7 % 251) as u8).collect();
    let samples = |some: std::ops::Range<usize>| {
        Samples::images(pixels[25 * some.start..25 * some.end].to_vec(), [25]).unwrap()
    };
    let net = Sequential::new([25]).add(Dense::new(4096));
    let mut model = net.compile(gpu, losses::MeanSquaredError, Optimizer::sgd(0.1), 1).unwrap();
    let all = model.predict(&samples(0..5001)).unwrap();
    assert_eq!(all.dim(), (5001, 4096));
    for some in [0..3, 4094..4098, 4997..5001] {
        let rows = all.slice(ndarray::s![some.clone(), ..]);
        assert!(rows.abs_diff_eq(&model.predict(&samples(some.clone())).unwrap(), 1e-5), "{some:?}");
    }
}

/// Epochs of each training.
const EPOCHS: usize = 6;

/// A model and how it is trained.
#[derive(Clone)]
pub struct Job {
    hidden: usize,
    batch: usize,
    optimizer: Optimizer,
}

pub fn jobs() -> [Job; 2] {
    [
        Job { hidden: 24, batch: 8, optimizer: Optimizer::sgd(0.5) },
        Job { hidden: 40, batch: 32, optimizer: Optimizer::rms_prop(0.002).clip_norm(0.1) },
    ]
}

pub fn data() -> Dataset {
    let values = Array2::from_shape_fn((160, 20), |(i, j)| ((i * 13 + j * 5) % 17) as f32 / 17.0);
    Dataset::autoencoder(Samples::reals(values.view()).unwrap())
}

impl Job {
    pub fn model(&self, backend: impl Backend + 'static) -> Model {
        let hidden = Sequential::new([20]).add(Dense::new(self.hidden)).add(Relu).add(Dropout::new(0.1));
        let net = hidden.add(Dense::new(20)).add(Sigmoid);
        net.compile(backend, losses::MeanSquaredError, self.optimizer.clone(), 7).unwrap()
    }

    /// The bits of the weights after a training.
    pub fn train(&self, backend: impl Backend + 'static) -> Vec<u32> {
        let mut model = self.model(backend);
        model.fit(&data(), self.fit()).unwrap();
        bits(&mut model)
    }

    pub fn fit<'a>(&self) -> Fit<'a> {
        Fit::new().epochs(EPOCHS).batch(self.batch)
    }
}

pub fn bits(model: &mut Model) -> Vec<u32> {
    let names: Vec<String> = model.parameter_names().map(str::to_string).collect();
    names.iter().flat_map(|name| model.parameter(name).unwrap()).map(f32::to_bits).collect()
}

/// That both jobs give at once what they give alone.
fn assert_alone_and_together<B: Backend + Send + 'static>(open: impl Fn() -> B) {
    let jobs = jobs();
    let alone = jobs.each_ref().map(|job| job.train(open()));
    for _ in 0..3 {
        let together = std::thread::scope(|scope| {
            let start = |job: &Job| {
                let job = job.clone();
                let backend = open();
                scope.spawn(move || job.train(backend))
            };
            jobs.each_ref().map(start).map(|thread| thread.join().unwrap())
        });
        assert!(together == alone);
    }
}

#[test]
fn two_models_on_one_device_train_at_once() {
    let Some(gpu) = gpu() else { return };
    assert_alone_and_together(|| gpu.another().unwrap());
}

#[test]
fn two_models_on_the_cpu_train_at_once() {
    assert_alone_and_together(|| Cpu::<f32>::with_threads(2).unwrap());
}

#[test]
fn every_adapter_gives_the_same_bits_again() {
    for adapter in adapters() {
        let choice = AdapterChoice { name: Some(adapter.to_string()), software: true };
        for job in jobs() {
            let [first, second] = [(); 2].map(|()| job.train(Gpu::new(&choice).unwrap()));
            assert!(first == second, "{adapter}");
        }
    }
}

/// Asks a device, in the middle of an epoch, for what it has to refuse.
struct Mishaps {
    gpu: Gpu,
    programs: Vec<Program>,
    errors: Vec<GpuError>,
}

impl Callback for Mishaps {
    fn on_batches(&mut self, progress: &BatchProgress) {
        if progress.epoch == 3 && self.errors.is_empty() {
            let refused = |program: &Program| match self.gpu.compile(program) {
                Err(Error::Gpu(error)) => error,
                other => panic!("{other:?}"),
            };
            self.errors = self.programs.iter().map(refused).collect();
        }
    }
}

#[test]
fn what_a_device_refuses_leaves_a_training_on_it_alone() {
    let Some(gpu) = gpu() else { return };
    let [job, _] = jobs();
    let programs = vec![custom(NO_MAIN), custom(NOT_WGSL), adding(usize::MAX / 8).program];
    let mut mishaps = Mishaps { gpu: gpu.another().unwrap(), programs, errors: Vec::new() };
    let mut model = job.model(gpu.another().unwrap());
    model.fit(&data(), job.fit().callback(&mut mishaps)).unwrap();
    let [GpuError::Kernel { .. }, GpuError::Kernel { .. }, GpuError::Limit { .. }] = mishaps.errors[..]
    else {
        panic!("{:?}", mishaps.errors)
    };
    assert!(bits(&mut model) == job.train(gpu));
}

//! A device that goes away or is too small: the training goes on elsewhere from its last checkpoint.

use std::path::Path;

use ndarray::Array2;
use tempfile::tempdir;
use wgrad::backend::gpu::GpuError;
use wgrad::backend::{Backend, Cpu};
use wgrad::callback::{BatchProgress, Callback};
use wgrad::layers::{Dense, Relu};
use wgrad::{Dataset, Error, Fit, Model, Samples, Sequential, losses};

use crate::support::{adam, foreign, gpu};

fn data(rows: usize) -> Dataset {
    let values = Array2::from_shape_fn((rows, 8), |(i, j)| ((i * 13 + j * 5) % 17) as f32 / 17.0);
    Dataset::autoencoder(Samples::reals(values.view()).unwrap())
}

fn model(backend: impl Backend + 'static) -> Model {
    let net = Sequential::new([8]).add(Dense::new(4)).add(Relu).add(Dense::new(8));
    net.compile(backend, losses::MeanSquaredError, adam(0.01), 1).unwrap()
}

fn cpu() -> Cpu<f32> {
    Cpu::with_threads(1).unwrap()
}

fn fit<'a>(path: &Path) -> Fit<'a> {
    Fit::new().epochs(6).batch(2).checkpoint(path, 2)
}

/// Destroys a device in the middle of an epoch.
struct Destroy(wgpu::Device);

impl Callback for Destroy {
    fn on_batches(&mut self, progress: &BatchProgress) {
        if progress.epoch == 4 && progress.samples > 0 {
            self.0.destroy();
        }
    }
}

#[test]
fn a_training_whose_device_was_destroyed_goes_on_elsewhere_from_its_checkpoint() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let (Some(foreign), Some(other)) = (foreign(|_| {}), gpu()) else { return };
    let train = data(100);
    let mut lost = model(foreign.gpu());
    let mut destroy = Destroy(foreign.device.clone());
    let error = lost.fit(&train, fit(&path).callback(&mut destroy)).unwrap_err();
    assert!(matches!(error, Error::Gpu(GpuError::DeviceLost { .. })), "{error}");
    assert!(matches!(lost.snapshot(), Err(Error::Gpu(GpuError::DeviceLost { .. }))));

    let checkpoint = std::fs::read(&path).unwrap();
    let anew = self::foreign(|_| {}).expect("a device after one was lost");
    let mut resumed = Model::load(&path, anew.gpu()).unwrap();
    let history = resumed.fit(&train, fit(&path).resume(&path)).unwrap();
    assert_eq!(history.epochs.len(), 6);
    let mut whole = model(other);
    whole.fit(&train, fit(&folder.path().join("whole"))).unwrap();
    assert_eq!(resumed.snapshot().unwrap(), whole.snapshot().unwrap(), "as if nothing had happened");

    std::fs::write(&path, checkpoint).unwrap();
    let mut on_cpu = Model::load(&path, cpu()).unwrap();
    let on_cpu = on_cpu.fit(&train, fit(&path).resume(&path)).unwrap();
    let [a, b] = [&history, &on_cpu].map(|history| history.last().unwrap().metrics.loss);
    assert!((a - b).abs() < 1e-4 * a, "{a} on the device, {b} on the CPU");
}

#[test]
fn a_training_that_outgrows_its_device_goes_on_on_the_cpu_from_its_checkpoint() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let small = |limits: &mut wgpu::Limits| limits.max_storage_buffer_binding_size = 1 << 16;
    let Some(foreign) = foreign(small) else { return };
    let mut model = model(foreign.gpu());
    model.fit(&data(100), Fit::new().epochs(2).batch(2).checkpoint(&path, 1)).unwrap();
    let checkpoint = std::fs::read(&path).unwrap();
    let larger = data(4000);
    let error = model.fit(&larger, fit(&path).resume(&path)).unwrap_err();
    assert!(matches!(error, Error::DatasetSize { array: "inputs", limit: 65536, .. }), "{error}");
    assert!(error.to_string().contains("the CPU backend"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), checkpoint);
    let history = Model::load(&path, cpu()).unwrap().fit(&data(100), fit(&path).resume(&path)).unwrap();
    assert_eq!(history.epochs.len(), 6);
    model.fit(&data(100), Fit::new().epochs(1)).unwrap();
}

#[test]
fn a_dataset_too_large_for_a_device_trains_on_the_cpu() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let small = |limits: &mut wgpu::Limits| limits.max_storage_buffer_binding_size = 1 << 16;
    let Some(foreign) = foreign(small) else { return };
    let train = data(4000);
    let mut model = model(foreign.gpu());
    let error = model.fit(&train, Fit::new().epochs(1)).unwrap_err();
    let Error::DatasetSize { array: "inputs", samples: 4000, limit: 65536, most, .. } = error else {
        panic!("{error}")
    };
    assert!(!error.to_string().contains("smaller"), "{error}");
    // What is advised helps.
    assert!(model.fit(&data(most + 1), Fit::new().epochs(1)).is_err());
    model.fit(&data(most), Fit::new().epochs(1)).unwrap();
    model.save(&path).unwrap();
    Model::load(&path, cpu()).unwrap().fit(&train, Fit::new().epochs(1)).unwrap();
}

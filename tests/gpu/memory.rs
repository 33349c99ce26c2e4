//! A device whose memory runs out, in a process that is given little.

use std::process::Command;

use wgrad::Error;
use wgrad::backend::gpu::{Gpu, GpuError};
use wgrad::backend::{Backend, Cpu};
use wgrad::callback::{BatchProgress, Callback};

use crate::models::{bits, data, jobs};
use crate::support::{adding, assert_works, foreign, gpu};

/// Tells the test that it is the process of little memory.
const LITTLE: &str = "WGRAD_TEST_LITTLE_MEMORY";

#[test]
fn memory_that_runs_out_in_the_middle_of_a_training_is_an_error_and_the_training_goes_on() {
    if std::env::var(LITTLE).is_ok() {
        return run_out();
    }
    let name =
        "memory::memory_that_runs_out_in_the_middle_of_a_training_is_an_error_and_the_training_goes_on";
    let limited = "ulimit -v 3000000; exec \"$0\" --exact \"$1\" --nocapture";
    let mut shell = Command::new("sh");
    shell.args(["-c", limited]).arg(std::env::current_exe().unwrap()).arg(name).env(LITTLE, "yes");
    assert!(shell.status().unwrap().success());
}

/// As many times 256 MiB as the process does not have.
const MANY: usize = 100;

/// Whether the driver itself says that memory has run out: OpenGL's do not, nor do newer versions of lavapipe.
fn driver_tells() -> bool {
    let foreign = foreign(|_| ()).unwrap();
    let scope = foreign.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let usage = wgpu::BufferUsages::STORAGE;
    let descriptor = wgpu::BufferDescriptor { label: None, size: 1 << 28, usage, mapped_at_creation: false };
    let buffers: Vec<_> = (0..MANY).map(|_| foreign.device.create_buffer(&descriptor)).collect();
    let told = pollster::block_on(scope.pop()).is_some();
    drop(buffers);
    told
}

/// Takes memory in the middle of an epoch until there is no more, and gives it back.
struct Hog {
    gpu: Option<Gpu>,
    error: Option<Error>,
}

impl Callback for Hog {
    fn on_batches(&mut self, progress: &BatchProgress) {
        if progress.epoch == 3
            && let Some(mut gpu) = self.gpu.take()
        {
            // Twice the 128 MiB that every device binds, many times.
            self.error = (0..MANY).find_map(|_| gpu.compile(&adding(1 << 25).program).err());
        }
    }
}

fn run_out() {
    let Some(mut gpu) = gpu() else { return };
    let [job, _] = jobs();
    let mut hog = Hog { gpu: Some(gpu.another().unwrap()), error: None };
    let mut model = job.model(gpu.another().unwrap());
    model.fit(&data(), job.fit().callback(&mut hog)).unwrap();
    if driver_tells() {
        let Some(Error::Gpu(error @ GpuError::OutOfMemory { .. })) = hog.error else {
            panic!("{:?}", hog.error)
        };
        let parts = ["make buffer", "out of memory", "use smaller batches"];
        assert!(parts.iter().all(|part| error.to_string().contains(part)), "{error}");
    } else {
        assert!(hog.error.is_none(), "{:?}", hog.error);
        println!("{} does not say that memory has run out", gpu.adapter());
    }
    let error = Cpu::<f32>::new().unwrap().compile(&adding(1 << 30).program).unwrap_err();
    assert!(matches!(error, Error::Memory { bytes: 4_294_967_296, .. }), "{error}");
    assert!(bits(&mut model) == job.train(gpu.another().unwrap()));
    assert_works(&mut gpu);
}

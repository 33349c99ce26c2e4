//! Long use: the memory of the process and the objects of the device stay as they are, over many batches and over many
//! models. `cargo test --release --test soak -- --ignored --nocapture` takes longer, and prints the figures.

#[allow(dead_code, reason = "the tests of the GPU backend use the rest")]
#[path = "gpu/support.rs"]
mod support;

use ndarray::Array2;
use support::foreign;
use wgrad::backend::{Backend, Cpu};
use wgrad::callback::{Callback, Control};

use wgrad::layers::{Dense, Relu, Sigmoid};
use wgrad::{Dataset, Fit, Model, Optimizer, Result, Samples, Sequential, losses};

/// Batches of an epoch.
const BATCHES: usize = 100;

/// How much more memory may be in use in the end, in KiB: allocators and drivers keep some of what they are given back.
const SLACK: usize = 8 << 10;

/// How long to go on.
struct Long {
    batches: usize,
    models: usize,
}

/// What is in use.
#[derive(Clone, Copy, Debug)]
struct Usage {
    /// KiB of memory; 0 where the system does not say.
    resident: usize,
    /// Live objects of the device.
    objects: usize,
}

fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn objects(instance: &wgpu::Instance) -> usize {
    let report = instance.generate_report().unwrap();
    let hub = report.hub_report();
    let all = [
        &hub.buffers,
        &hub.bind_groups,
        &hub.bind_group_layouts,
        &hub.pipeline_layouts,
        &hub.compute_pipelines,
        &hub.shader_modules,
        &hub.command_encoders,
        &hub.command_buffers,
        &hub.query_sets,
    ];
    all.iter().map(|of| of.num_allocated).sum()
}

fn data() -> Dataset {
    let values = Array2::from_shape_fn((BATCHES * 8, 64), |(i, j)| ((i * 13 + j * 5) % 17) as f32 / 17.0);
    Dataset::autoencoder(Samples::reals(values.view()).unwrap())
}

fn model(backend: impl Backend + 'static) -> Model {
    let net = Sequential::new([64]).add(Dense::new(16)).add(Relu).add(Dense::new(64)).add(Sigmoid);
    net.compile(backend, losses::MeanSquaredError, Optimizer::adam(0.01), 1).unwrap()
}

/// Notes what is in use after each epoch.
struct Watch<'a> {
    usage: &'a dyn Fn() -> Usage,
    notes: Vec<Usage>,
}

impl Callback for Watch<'_> {
    fn on_epoch(&mut self, _: &mut Control<'_>) -> Result<()> {
        self.notes.push((self.usage)());
        Ok(())
    }
}

/// That nothing grows once a tenth is done.
fn assert_flat(what: &str, notes: &[Usage]) {
    let (first, last) = (notes[notes.len() / 10], notes[notes.len() - 1]);
    println!("{what}: {first:?} to {last:?}");
    assert_eq!(first.objects, last.objects, "{what}");
    assert!(last.resident <= first.resident + SLACK, "{what}: {first:?} to {last:?}");
}

fn soak<B: Backend + 'static>(name: &str, long: &Long, open: impl Fn() -> B, usage: &dyn Fn() -> Usage) {
    let data = data();
    let mut watch = Watch { usage, notes: Vec::new() };
    let fit = Fit::new().epochs(long.batches / BATCHES).batch(8).callback(&mut watch);
    model(open()).fit(&data, fit).unwrap();
    assert_flat(&format!("{name}, {} batches", long.batches), &watch.notes);

    let few = Dataset::autoencoder(data.inputs().take(32));
    let cycle = |_| {
        model(open()).fit(&few, Fit::new().epochs(1).batch(8)).unwrap();
        usage()
    };
    let notes: Vec<_> = (0..long.models).map(cycle).collect();
    assert_flat(&format!("{name}, {} models", long.models), &notes);
}

fn soak_both(long: &Long) {
    let of_process = || Usage { resident: resident(), objects: 0 };
    soak("cpu", long, || Cpu::<f32>::with_threads(2).unwrap(), &of_process);
    let Some(foreign) = foreign(|_| {}) else { return };
    let gpu = foreign.gpu();
    let of_both = || Usage { resident: resident(), objects: objects(&foreign.instance) };
    soak("gpu", long, || gpu.another().unwrap(), &of_both);
}

#[test]
fn memory_and_objects_stay_flat() {
    soak_both(&Long { batches: 3_000, models: 100 });
}

#[test]
#[ignore = "takes minutes"]
fn memory_and_objects_stay_flat_for_long() {
    soak_both(&Long { batches: 20_000, models: 1_000 });
}

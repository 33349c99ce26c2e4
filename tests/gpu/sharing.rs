//! One device for several backends and threads, the same bits each time, and nothing that piles up.

use wgrad::Recorder;
use wgrad::backend::gpu::Gpu;
use wgrad::backend::{Backend, Values};
use wgrad::ops::activation::{Activation, Tanh};
use wgrad::ops::loss::{Elements, MeanSquaredError};
use wgrad::ops::{Dense, ElementLoss, Sgd, Update};
use wgrad::program::{Batch, Program};
use wgrad::{Element, Tensor};

use crate::support::{adding, assert_works, foreign, gpu};

/// One layer that learns to give its target.
struct Training {
    program: Program,
    x: Tensor,
    target: Tensor,
    weight: Tensor,
    factor: Tensor,
}

fn training() -> Training {
    let mut tape = Recorder::new("train", 32);
    let [weight, gradient] = ["weight", "gradient"].map(|name| tape.tensor(name, Element::Real, 38, 19));
    let (x, y, target) = (tape.batched("x", 37), tape.batched("y", 19), tape.batched("target", 19));
    let (losses, factor) = (tape.batched("losses", 1), tape.tensor("factor", Element::Real, 1, 1));
    tape.arena(weight, gradient);
    tape.push(Dense { x, weight, y, activation: Activation::Tanh(Tanh) });
    let loss = Elements::from(MeanSquaredError);
    tape.push(ElementLoss::new(loss, y, target, losses));
    tape.backward(losses);
    tape.push(Update::new(Sgd, weight, gradient, factor, Vec::new()));
    Training { program: tape.finish().unwrap(), x, target, weight, factor }
}

/// Numbers in -1..1 with no pattern, the same for the same `seed`.
fn noise(tensor: Tensor, seed: u32) -> Vec<f32> {
    let hash = |i: u32| (i ^ seed).wrapping_mul(0x9e37_79b9).rotate_left(15).wrapping_mul(0x85eb_ca6b);
    (0..tensor.len() as u32).map(|i| hash(i) as f32 / u32::MAX as f32 * 2.0 - 1.0).collect()
}

impl Training {
    /// The bits of the weights after `steps` steps, handed over in calls of `at_once`.
    fn run(&self, gpu: &mut Gpu, steps: usize, at_once: usize) -> Vec<u32> {
        let id = gpu.compile(&self.program).unwrap();
        gpu.write(self.factor, Values::Real(&[1.0])).unwrap();
        for (seed, tensor) in [(1, self.x), (2, self.target), (3, self.weight)] {
            gpu.write(tensor, Values::Real(&noise(tensor, seed))).unwrap();
        }
        let mut batch = Batch::of(32);
        batch.rate = 0.5;
        let batches = vec![batch; steps];
        batches.chunks(at_once).for_each(|some| gpu.run(id, some).unwrap());
        gpu.read(self.weight).unwrap().into_iter().map(f32::to_bits).collect()
    }
}

#[test]
fn the_same_training_gives_the_same_bits() {
    let Some(mut gpu) = gpu() else { return };
    let training = training();
    let bits = training.run(&mut gpu, 150, 150);
    let start: Vec<u32> = noise(training.weight, 3).into_iter().map(f32::to_bits).collect();
    assert_ne!(bits, start);
    assert_eq!(training.run(&mut gpu, 150, 150), bits);
    assert_eq!(training.run(&mut gpu.another().unwrap(), 150, 1), bits);
}

#[test]
fn backends_of_one_device_share_no_buffer() {
    let Some(mut one) = gpu() else { return };
    let mut other = one.another().unwrap();
    let adding = adding(4);
    let id = one.compile(&adding.program).unwrap();
    other.compile(&adding.program).unwrap();
    adding.fill(&mut one).unwrap();
    assert_eq!(adding.add(&mut one, id).unwrap(), [3.0; 4]);
    assert_eq!(other.read(adding.sum).unwrap(), [0.0; 4]);
}

#[test]
fn backends_of_one_device_run_in_threads() {
    let Some(gpu) = gpu() else { return };
    let training = training();
    let bits = training.run(&mut gpu.another().unwrap(), 100, 100);
    let all = std::thread::scope(|scope| {
        let start = |at_once| {
            let (mut gpu, training) = (gpu.another().unwrap(), &training);
            scope.spawn(move || training.run(&mut gpu, 100, at_once))
        };
        [3, 10, 100].map(start).map(|thread| thread.join().unwrap())
    });
    assert!(all.iter().all(|each| *each == bits));
}

#[test]
fn a_run_leaves_nothing_behind() {
    let Some(foreign) = foreign(|_| {}) else { return };
    let mut gpu = foreign.gpu();
    let training = training();
    let id = gpu.compile(&training.program).unwrap();
    let batches = [Batch::of(32); 3];
    let mut live = || {
        gpu.run(id, &batches).unwrap();
        gpu.read(training.weight).unwrap();
        let report = foreign.instance.generate_report().unwrap();
        let hub = report.hub_report();
        [&hub.buffers, &hub.bind_groups, &hub.compute_pipelines, &hub.command_buffers]
            .map(|of| of.num_allocated)
    };
    let before = live();
    let after = (0..200).map(|_| live()).last();
    assert_eq!(after, Some(before));
    drop(gpu);
    let buffers = foreign.instance.generate_report().unwrap().hub_report().buffers.num_allocated;
    assert_eq!(buffers, 0, "of {before:?}");
}

#[test]
fn a_kernel_is_compiled_once_for_all_that_use_it() {
    let Some(foreign) = foreign(|_| {}) else { return };
    let mut gpu = foreign.gpu();
    let pipelines = || {
        let report = foreign.instance.generate_report().unwrap();
        let hub = report.hub_report();
        (hub.shader_modules.num_allocated, hub.compute_pipelines.num_allocated)
    };
    gpu.compile(&adding(6).program).unwrap();
    gpu.compile(&adding(6).program).unwrap();
    gpu.another().unwrap().compile(&adding(6).program).unwrap();
    assert_eq!(pipelines(), (1, 1));
    gpu.compile(&adding(5).program).unwrap();
    assert_eq!(pipelines(), (1, 2));
    assert_works(&mut gpu);
    assert_eq!(pipelines(), (1, 2));
}

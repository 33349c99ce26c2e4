//! How often memory is asked for: as often for many batches as for few.
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe to write; this one counts, and hands everything to the system's"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use wgrad::backend::{Backend, Cpu};
use wgrad::data::digits::{Split, draw};
use wgrad::layers::{Dense, Relu, Sigmoid};
use wgrad::program::Batch;
use wgrad::{Dataset, Optimizer, Samples, Sequential, losses};

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Training steps of an autoencoder on so many threads, and how often they asked for memory.
fn allocations(threads: usize, optimizer: Optimizer, batches: usize) -> usize {
    let images = draw(0, Split::Train, 64);
    let data = Dataset::autoencoder(Samples::images(images.pixels, [784]).unwrap());
    let net = Sequential::new([784]).add(Dense::new(128)).add(Relu).add(Dense::new(784)).add(Sigmoid);
    let one = Cpu::<f32>::with_threads(1).unwrap();
    let model = net.compile(one, losses::MeanSquaredError, optimizer, 0).unwrap();
    let program = model.training_program(&data, 32).unwrap();
    let mut cpu = Cpu::<f32>::with_threads(threads).unwrap();
    let program = cpu.compile(&program).unwrap();
    let batches = vec![Batch { rate: 0.01, corrections: [1.0; 3], ..Batch::of(32) }; batches];
    cpu.run(program, &batches).unwrap();
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    cpu.run(program, &batches).unwrap();
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

#[test]
fn a_batch_on_the_cpu_allocates_nothing() {
    for threads in [1, 2, 3] {
        for optimizer in [Optimizer::sgd(0.1), Optimizer::adam(0.001)] {
            let [few, many] = [4, 64].map(|batches| allocations(threads, optimizer.clone(), batches));
            assert!(many <= few + 2, "{threads} threads: {few} for 4 batches, {many} for 64");
        }
    }
}

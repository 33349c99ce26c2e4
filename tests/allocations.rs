//! How often memory is asked for, as often for many batches as for few; and how much a loaded predictor keeps.
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe to write; this one counts, and hands everything to the system's"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use wgrad::backend::{Backend, Cpu};
use wgrad::data::digits::{Split, draw};
use wgrad::layers::{Dense, Relu, Sigmoid};
use wgrad::program::Batch;
use wgrad::{Dataset, Optimizer, Predictor, Samples, Sequential, losses};

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

/// Bytes that are in use.
static BYTES: AtomicUsize = AtomicUsize::new(0);

/// Held by a test, as all share the counts.
static COUNTING: Mutex<()> = Mutex::new(());

struct Counting;

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Of three tries: what runs the tests asks for memory as well, to tell of one that has ended.
fn fewest(mut count: impl FnMut() -> usize) -> usize {
    (0..3).map(|_| count()).min().unwrap()
}

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
    let _counting = COUNTING.lock().unwrap();
    for threads in [1, 2, 3] {
        for optimizer in [Optimizer::sgd(0.1), Optimizer::adam(0.001)] {
            let [few, many] =
                [4, 64].map(|batches| fewest(|| allocations(threads, optimizer.clone(), batches)));
            assert!(many <= few + 2, "{threads} threads: {few} for 4 batches, {many} for 64");
        }
    }
}

fn net(widths: [usize; 3]) -> Sequential {
    let [inputs, hidden, outputs] = widths;
    Sequential::new([inputs]).add(Dense::new(hidden)).add(Relu).add(Dense::new(outputs))
}

#[test]
fn a_request_on_the_cpu_allocates_nothing() {
    let _counting = COUNTING.lock().unwrap();
    let cpu = Cpu::<f32>::with_threads(1).unwrap();
    let model = net([100, 64, 10]).compile(cpu, losses::MeanSquaredError, Optimizer::adam(0.1), 0).unwrap();
    let predictor = model.into_predictor(16).unwrap();
    predictor.warm_up().unwrap();
    for rows in [1, 5, 40] {
        let (inputs, mut outputs) = (vec![0.5; rows * 100], vec![0.0; rows * 10]);
        let mut requests = |count| {
            let before = ALLOCATIONS.load(Ordering::Relaxed);
            (0..count).for_each(|_| predictor.predict_into(&inputs, &mut outputs).unwrap());
            ALLOCATIONS.load(Ordering::Relaxed) - before
        };
        requests(1);
        let [few, many] = [4, 400].map(|count| fewest(|| requests(count)));
        assert!(many <= few + 2, "{rows} rows: {few} for 4 requests, {many} for 400");
    }
}

#[test]
fn a_loaded_predictor_keeps_its_weights_once() {
    let _counting = COUNTING.lock().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    let cpu = || Cpu::<f32>::with_threads(1).unwrap();
    let optimizer = Optimizer::adam(0.1);
    let mut model = net([600, 900, 700]).compile(cpu(), losses::MeanSquaredError, optimizer, 0).unwrap();
    model.save(&path).unwrap();
    let weights = std::fs::metadata(&path).unwrap().len() as usize;
    let kept = |make: &mut dyn FnMut() -> Predictor| {
        let before = BYTES.load(Ordering::Relaxed);
        let predictor = make();
        (BYTES.load(Ordering::Relaxed) as isize - before as isize, predictor)
    };
    let (loaded, predictor) = kept(&mut || Predictor::load(&path, cpu(), 8).unwrap());
    assert!(loaded < (weights + weights / 20) as isize, "{loaded} bytes for a file of {weights}");
    drop(predictor);
    let (copied, predictor) = kept(&mut || model.predictor(8).unwrap());
    assert!(copied < (weights + weights / 20) as isize, "{copied} bytes for a copy of {weights}");
    drop(predictor);
    let mut model = Some(model);
    let (turned, _predictor) = kept(&mut || model.take().unwrap().into_predictor(8).unwrap());
    assert!(turned < -(3 * weights as isize), "gradients and moments of {weights} bytes each left {turned}");
}

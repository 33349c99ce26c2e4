//! A backend that counts its batches, is slow, loses its device or panics, as a test wants it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use wgrad::backend::gpu::GpuError;
use wgrad::backend::{Backend, BackendInfo, ProgramId, Reference, Values};
use wgrad::program::{Batch, Program};
use wgrad::{Result, Tensor};

/// What a test knows of its backend, and tells it.
#[derive(Debug, Default)]
pub struct Watch {
    pub batches: AtomicUsize,
    /// The most samples of a batch.
    pub largest: AtomicUsize,
    pub lost: AtomicBool,
    /// Whether it knows no program.
    pub invalid: AtomicBool,
    pub panics: AtomicBool,
    /// Milliseconds that a batch takes.
    pub slow: AtomicUsize,
}

impl Watch {
    pub fn batches(&self) -> usize {
        self.batches.load(Ordering::SeqCst)
    }
}

#[derive(Debug)]
pub struct Watched {
    inner: Reference<f32>,
    watch: Arc<Watch>,
}

impl Watched {
    pub fn new() -> (Self, Arc<Watch>) {
        let watch = Arc::new(Watch::default());
        (Self { inner: Reference::new(), watch: watch.clone() }, watch)
    }
}

impl Backend for Watched {
    fn info(&self) -> BackendInfo {
        BackendInfo::new("watched", "a test")
    }

    fn compile(&mut self, program: &Program) -> Result<ProgramId> {
        self.inner.compile(program)
    }

    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        self.inner.write(tensor, values)
    }

    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()> {
        let Watch { batches: count, largest, lost, invalid, panics, slow } = &*self.watch;
        count.fetch_add(batches.len(), Ordering::SeqCst);
        for batch in batches {
            largest.fetch_max(batch.rows as usize, Ordering::SeqCst);
        }
        std::thread::sleep(Duration::from_millis(slow.load(Ordering::SeqCst) as u64));
        assert!(!panics.load(Ordering::SeqCst), "the test wants it");
        if lost.load(Ordering::SeqCst) {
            return Err(GpuError::DeviceLost { message: "the test wants it".into() }.into());
        }
        if invalid.load(Ordering::SeqCst) {
            return Err(wgrad::Error::UnknownProgram);
        }
        self.inner.run(program, batches)
    }

    fn release(&mut self, program: ProgramId) {
        self.inner.release(program);
    }

    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        self.inner.read(tensor)
    }
}

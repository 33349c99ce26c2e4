//! The thread that runs a backend for the callers of a queue.

use std::sync::Arc;

use super::gathering::{Answer, Gathering};
use super::queue::{Served, Waiting};
use crate::backend::Backend;
use crate::error::Result;
use crate::program::Batch;

/// A backend and the queue before it.
pub(super) struct Worker {
    backend: Box<dyn Backend>,
    waiting: Arc<Waiting>,
}

impl Worker {
    pub(super) fn new(backend: Box<dyn Backend>, waiting: Arc<Waiting>) -> Self {
        Self { backend, waiting }
    }

    /// Runs batch after batch, until nobody can come any more.
    pub(super) fn run(mut self) {
        let waiting = self.waiting.clone();
        let mut empty = Gathering::new(&waiting.served.inputs);
        while let Some(mut batch) = waiting.next(empty) {
            let promise = Promise { answer: &batch.answer, waiting: &waiting };
            let outcome = run(&mut *self.backend, &waiting.served, &batch);
            promise.answer.give(outcome);
            drop(promise);
            batch.clear();
            empty = batch;
        }
    }
}

/// Where the worker ends, by a panic of the backend's too, callers do not wait for it.
impl Drop for Worker {
    fn drop(&mut self) {
        self.waiting.end();
    }
}

/// An answer that callers get, come what may.
struct Promise<'a> {
    answer: &'a Answer,
    waiting: &'a Waiting,
}

impl Drop for Promise<'_> {
    fn drop(&mut self) {
        self.answer.give(Err(self.waiting.stopped()));
    }
}

fn run(backend: &mut dyn Backend, served: &Served, batch: &Gathering) -> Result<Vec<Vec<f32>>> {
    let of_all = Batch::of(batch.samples);
    for (tensor, numbers) in served.inputs.iter().zip(&batch.inputs) {
        backend.write(tensor.live(&of_all), numbers.values())?;
    }
    backend.run(served.program, &[of_all])?;
    let mut outputs = Vec::new();
    for tensor in &served.outputs {
        outputs.push(backend.read(tensor.live(&of_all))?);
    }
    Ok(outputs)
}

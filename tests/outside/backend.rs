//! A backend around another one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wgrad::backend::{Backend, BackendInfo, ProgramId, Values};
use wgrad::kernel::DeviceProfile;
use wgrad::program::{Batch, Program};
use wgrad::{Error, Result, Tensor};

/// Counts the batches that another backend runs. Its programs have numbers of its own.
#[derive(Debug)]
pub struct Counting<B> {
    inner: B,
    programs: BTreeMap<usize, ProgramId>,
    compiled: usize,
    batches: Arc<AtomicUsize>,
}

impl<B: Backend> Counting<B> {
    /// Around `inner`; the batches are counted there.
    pub fn new(inner: B, batches: Arc<AtomicUsize>) -> Self {
        Self { inner, programs: BTreeMap::new(), compiled: 0, batches }
    }
}

impl<B: Backend> Backend for Counting<B> {
    fn info(&self) -> BackendInfo {
        BackendInfo::new("counting", self.inner.info().device)
    }

    fn profile(&self) -> DeviceProfile {
        self.inner.profile()
    }

    fn most_operands(&self) -> usize {
        self.inner.most_operands()
    }

    fn compile(&mut self, program: &Program) -> Result<ProgramId> {
        self.compiled += 1;
        self.programs.insert(self.compiled, self.inner.compile(program)?);
        Ok(ProgramId::new(self.compiled))
    }

    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        self.inner.write(tensor, values)
    }

    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()> {
        let inner = self.programs.get(&program.number()).ok_or(Error::UnknownProgram)?;
        self.batches.fetch_add(batches.len(), Ordering::Relaxed);
        self.inner.run(*inner, batches)
    }

    fn release(&mut self, program: ProgramId) {
        if let Some(inner) = self.programs.remove(&program.number()) {
            self.inner.release(inner);
        }
    }

    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        self.inner.read(tensor)
    }
}

//! A backend behind a pointer is one.

use super::{Backend, BackendInfo, ProgramId, Reading, Server, Values};
use crate::backend::timeline::Timed;
use crate::error::Result;
use crate::program::kernel::DeviceProfile;
use crate::program::tensor::Tensor;
use crate::program::{Batch, Program};

impl Backend for Box<dyn Backend> {
    fn info(&self) -> BackendInfo {
        (**self).info()
    }
    fn profile(&self) -> DeviceProfile {
        (**self).profile()
    }
    fn joins_steps(&self) -> bool {
        (**self).joins_steps()
    }

    fn most_operands(&self) -> usize {
        (**self).most_operands()
    }
    fn compile(&mut self, program: &Program) -> Result<ProgramId> {
        (**self).compile(program)
    }
    fn prepare(&mut self, programs: &[Program]) {
        (**self).prepare(programs);
    }
    fn dispatches(&self, program: ProgramId) -> usize {
        (**self).dispatches(program)
    }
    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        (**self).write(tensor, values)
    }
    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()> {
        (**self).run(program, batches)
    }
    fn times(&mut self, program: ProgramId, batches: &[Batch]) -> Result<Option<Vec<Timed>>> {
        (**self).times(program, batches)
    }
    fn release(&mut self, program: ProgramId) {
        (**self).release(program);
    }
    fn another(&self) -> Result<Box<dyn Backend>> {
        (**self).another()
    }
    fn server(
        &mut self,
        program: ProgramId,
        inputs: &[Tensor],
        outputs: &[Tensor],
    ) -> Result<Option<Box<dyn Server>>> {
        (**self).server(program, inputs, outputs)
    }
    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        (**self).read(tensor)
    }
    fn read_later(&mut self, tensor: Tensor) -> Result<Reading> {
        (**self).read_later(tensor)
    }
    fn caught_up(&mut self) -> Result<Reading> {
        (**self).caught_up()
    }
}

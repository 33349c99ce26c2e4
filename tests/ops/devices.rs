//! Devices that go wrong.

use wgrad::backend::gpu::GpuError;
use wgrad::backend::{Backend, BackendInfo, Cpu, ProgramId, Values};
use wgrad::program::{Batch, Program};
use wgrad::{Result, Tensor};

/// What is wrong with a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// The largest value of each tensor is too large by a ten-thousandth, and a 0 is too large by 0.0001.
    Off,
    /// It runs nothing.
    Idle,
    /// It reads not-a-number.
    Garbage,
    /// It compiles nothing with a step: a limit is in the way.
    Small,
}

/// A CPU with a fault.
pub struct Broken {
    cpu: Cpu<f32>,
    fault: Fault,
}

impl Broken {
    pub fn new(fault: Fault) -> Self {
        Self { cpu: Cpu::with_threads(1).unwrap(), fault }
    }
}

impl Backend for Broken {
    fn info(&self) -> BackendInfo {
        BackendInfo::new("broken", format!("{:?}", self.fault))
    }
    fn compile(&mut self, program: &Program) -> Result<ProgramId> {
        if self.fault == Fault::Small && !program.steps().is_empty() {
            let (what, name) = (program.name().to_string(), "max_storage_buffers_per_shader_stage");
            return Err(GpuError::Limit { what, name, needed: 2, limit: 1 }.into());
        }
        self.cpu.compile(program)
    }
    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        self.cpu.write(tensor, values)
    }
    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()> {
        if self.fault == Fault::Idle { Ok(()) } else { self.cpu.run(program, batches) }
    }
    fn release(&mut self, program: ProgramId) {
        self.cpu.release(program);
    }
    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        let mut values = self.cpu.read(tensor)?;
        match self.fault {
            Fault::Off => {
                let larger = |a: &&mut f32, b: &&mut f32| a.abs().total_cmp(&b.abs());
                let largest = values.iter_mut().max_by(larger).unwrap();
                *largest += if *largest == 0.0 { 1e-4 } else { 1e-4 * *largest };
            }
            Fault::Garbage => values.fill(f32::NAN),
            Fault::Idle | Fault::Small => {}
        }
        Ok(values)
    }
}

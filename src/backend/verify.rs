//! The backend that trusts nobody: every step on a device and on the CPU, compared.

use std::collections::BTreeMap;

use super::tolerance::Tolerance;
use super::{Backend, BackendInfo, Cpu, ProgramId, Values, check_batches};
use crate::error::{Error, Result};
use crate::program::{Batch, Program};
use crate::tensor::Tensor;

/// Runs programs step by step on a device and on the CPU, and stops at the first step whose results differ by more
/// than rounding explains. The next step begins with the CPU's values on both, so that differences do not add up.
pub struct Verify {
    device: Box<dyn Backend>,
    cpu: Cpu<f32>,
    /// Where bounds of rounding errors are computed.
    scratch: Cpu<f32>,
    programs: BTreeMap<usize, Checked>,
    compiled: usize,
}

/// A program whose steps were compiled one by one.
struct Checked {
    program: Program,
    /// The program without its steps, which makes every buffer: on the device and on the CPU.
    whole: [ProgramId; 2],
    steps: Vec<Single>,
}

/// A step as a program of its own.
struct Single {
    program: Program,
    device: ProgramId,
    cpu: ProgramId,
    tolerance: Tolerance,
}

impl Verify {
    /// Holds a device against the CPU.
    ///
    /// # Errors
    /// Threads that the system does not start.
    pub fn new(device: impl Backend + 'static) -> Result<Self> {
        let (cpu, scratch) = (Cpu::new()?, Cpu::new()?);
        Ok(Self { device: Box::new(device), cpu, scratch, programs: BTreeMap::new(), compiled: 0 })
    }

    fn single(&mut self, program: Program) -> Result<Single> {
        let (device, cpu) = (self.device.compile(&program)?, self.cpu.compile(&program)?);
        let tolerance = Tolerance::new(&program, &mut self.scratch)?;
        Ok(Single { program, device, cpu, tolerance })
    }
}

impl Backend for Verify {
    fn info(&self) -> BackendInfo {
        let device = format!("{} against {}", self.device.info(), self.cpu.info());
        BackendInfo { backend: "verify", device }
    }

    fn compile(&mut self, program: &Program) -> Result<ProgramId> {
        let whole = Program { steps: Vec::new(), ..program.clone() };
        let whole = [self.device.compile(&whole)?, self.cpu.compile(&whole)?];
        let steps = program.single_steps().map(|single| self.single(single)).collect::<Result<_>>()?;
        self.compiled += 1;
        self.programs.insert(self.compiled, Checked { program: program.clone(), whole, steps });
        Ok(ProgramId(self.compiled))
    }

    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        self.cpu.write(tensor, values)?;
        self.device.write(tensor, values)
    }

    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()> {
        let Self { device, cpu, scratch, programs, .. } = self;
        let checked = programs.get(&program.0).ok_or(Error::UnknownProgram)?;
        check_batches(&checked.program, batches)?;
        for (number, batch) in batches.iter().enumerate() {
            for (step, single) in checked.steps.iter().enumerate() {
                let place = Place { program: checked.program.name(), batch: number, step };
                single.run(place, batch, &mut **device, cpu, scratch)?;
            }
        }
        Ok(())
    }

    fn release(&mut self, program: ProgramId) {
        let Some(checked) = self.programs.remove(&program.0) else { return };
        let [device, cpu] = checked.whole;
        self.device.release(device);
        self.cpu.release(cpu);
        for single in checked.steps {
            self.device.release(single.device);
            self.cpu.release(single.cpu);
            single.tolerance.program().into_iter().for_each(|program| self.scratch.release(program));
        }
    }

    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        self.cpu.read(tensor)
    }
}

/// Where in a run a step is.
struct Place<'a> {
    program: &'a str,
    batch: usize,
    step: usize,
}

impl Single {
    fn run(
        &self,
        place: Place<'_>,
        batch: &Batch,
        device: &mut dyn Backend,
        cpu: &mut Cpu<f32>,
        scratch: &mut Cpu<f32>,
    ) -> Result<()> {
        let step = &self.program.steps()[0];
        device.run(self.device, &[*batch])?;
        cpu.run(self.cpu, &[*batch])?;
        for output in step.outputs() {
            let live = if output.batched { output.row_range(0..batch.rows as usize) } else { output };
            let expected = cpu.read(live)?;
            let found = device.read(live)?;
            let allowed = self.tolerance.allowed(step, cpu, scratch, batch, (live, &expected))?;
            if let Some(at) = first_difference(&expected, &found, &allowed) {
                return Err(Error::Mismatch {
                    program: place.program.to_string(),
                    batch: place.batch,
                    step: place.step,
                    op: step.name().to_string(),
                    buffer: self.program.buffers()[&output.buffer].name.clone(),
                    row: at / output.cols,
                    col: at % output.cols,
                    device: found[at],
                    cpu: expected[at],
                    allowed: allowed[at],
                });
            }
            device.write(live, Values::Real(&expected))?;
        }
        Ok(())
    }
}

/// The first element that differs by more than is allowed, or is a number on one side only.
fn first_difference(expected: &[f32], found: &[f32], allowed: &[f32]) -> Option<usize> {
    let close = |((a, b), allowed): ((&f32, &f32), &f32)| {
        a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= *allowed
    };
    let mut pairs = expected.iter().zip(found).zip(allowed);
    pairs.position(|pair| !close(pair))
}

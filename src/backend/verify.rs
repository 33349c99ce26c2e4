//! The backend that trusts nobody: every step on a device and on the reference, compared.

mod comparing;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::tolerance::Tolerance;
use super::{Backend, BackendInfo, ProgramId, Reading, Reference, Values, check_batches, wait};
use crate::error::{Error, Place, Result};
use crate::program::kernel::DeviceProfile;
use crate::program::op::Use;
use crate::program::tensor::{Element, Tensor};
use crate::program::{Batch, Program, Step};
pub use comparing::Agreement;
use comparing::{Compared, Comparing, lock, within};

/// What an output holds on the device before it is written.
const UNWRITTEN: f32 = f32::NAN;

/// The same on the CPU: another value, so that what neither of them writes differs too; a finite one in halves as well.
const UNWRITTEN_ON_CPU: f32 = -60_000.0;

/// The same of integers.
const UNWRITTEN_INTEGER: f32 = 4e9;
const UNWRITTEN_INTEGER_ON_CPU: f32 = 3e9;

/// Writes numbers to a tensor of whatever a step writes.
fn write(backend: &mut dyn Backend, tensor: Tensor, values: &[f32]) -> Result<()> {
    if tensor.element != Element::U32 {
        return backend.write(tensor, Values::Real(values));
    }
    let integers: Vec<u32> = values.iter().map(|value| *value as u32).collect();
    backend.write(tensor, Values::U32(&integers))
}

/// Runs programs step by step on a device and by the ops' definitions on the CPU (as [`Reference`](super::Reference)
/// does), and stops at the first step whose results differ by more
/// than rounding explains, or are not finite. The next step begins with the CPU's values on both, so that differences
/// do not add up.
///
/// In a browser a device answers later: there the errors come with what is awaited next.
///
/// Compared are whole tensors: rows beyond the batch must be as before. What a step is to write holds not-a-number on
/// the device and -60 000 on the CPU before it runs, so that what it leaves unwritten is seen.
///
/// In programs with halves, gradients may overflow: there a number that is not finite is an error only where it reaches
/// what outlives the batch, which steps change in place.
///
/// ```
/// use wgrad::backend::{Cpu, Verify};
/// use wgrad::layers::{Dense, Tanh};
/// use wgrad::ndarray::array;
/// use wgrad::{Dataset, Fit, Optimizer, Sequential, losses};
///
/// let data = Dataset::regression(array![[0.0], [1.0]].view(), array![[1.0], [0.0]].view())?;
/// let net = Sequential::new([1]).add(Dense::new(4)).add(Tanh).add(Dense::new(1));
/// let device = Cpu::<f32>::new()?; // or a Gpu
/// let mut model = net.compile(Verify::new(device)?, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
/// model.fit(&data, Fit::new().epochs(3).batch(2))?; // every step on the device and by the reference
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Debug)]
pub struct Verify {
    pair: Pair,
    programs: BTreeMap<usize, Checked>,
    compiled: usize,
    comparing: Arc<Mutex<Comparing>>,
}

/// What is compared, and with what.
#[derive(Debug)]
struct Pair {
    device: Box<dyn Backend>,
    reference: Reference<f32>,
}

/// A program whose steps were compiled one by one.
#[derive(Debug)]
struct Checked {
    program: Program,
    /// The program without its steps, which makes every buffer: on the device and on the CPU.
    whole: [ProgramId; 2],
    steps: Vec<Single>,
    /// Whether some of its numbers are halves.
    halves: bool,
}

/// A step as a program of its own.
#[derive(Debug)]
struct Single {
    program: Program,
    /// On the device and on the CPU.
    ids: [ProgramId; 2],
    tolerance: Tolerance,
}

impl Verify {
    /// Holds a device against the reference on the CPU.
    ///
    /// # Errors
    /// Threads that the system does not start.
    pub fn new(device: impl Backend + 'static) -> Result<Self> {
        let pair = Pair { device: Box::new(device), reference: Reference::new() };
        Ok(Self { pair, programs: BTreeMap::new(), compiled: 0, comparing: Arc::default() })
    }

    /// What was compared since this was last asked; awaiting [`Backend::caught_up`] before has everything compared.
    pub fn take_agreement(&mut self) -> Agreement {
        std::mem::take(&mut lock(&self.comparing).agreement)
    }
}

impl Pair {
    fn compile(&mut self, program: &Program) -> Result<[ProgramId; 2]> {
        let device = self.device.compile(program)?;
        let cpu = self.reference.compile(program).inspect_err(|_| self.device.release(device))?;
        Ok([device, cpu])
    }

    fn single(&mut self, program: Program) -> Result<Single> {
        let ids = self.compile(&program)?;
        let tolerance = Tolerance::new(&program, &mut self.reference).inspect_err(|_| self.release(ids))?;
        Ok(Single { program, ids, tolerance })
    }

    fn release(&mut self, [device, cpu]: [ProgramId; 2]) {
        self.device.release(device);
        self.reference.release(cpu);
    }

    fn forget(&mut self, single: Single) {
        self.release(single.ids);
        single.tolerance.programs().for_each(|program| self.reference.release(program));
    }
}

impl Backend for Verify {
    fn info(&self) -> BackendInfo {
        let device = format!("{} against {}", self.pair.device.info(), self.pair.reference.info());
        BackendInfo::new("verify", device)
    }

    fn profile(&self) -> DeviceProfile {
        self.pair.device.profile()
    }

    fn most_operands(&self) -> usize {
        self.pair.device.most_operands()
    }

    fn compile(&mut self, program: &Program) -> Result<ProgramId> {
        let whole = self.pair.compile(&Program { steps: Vec::new(), ..program.clone() })?;
        self.prepare(std::slice::from_ref(program));
        let mut steps = Vec::new();
        for single in program.single_steps() {
            match self.pair.single(single) {
                Ok(single) => steps.push(single),
                Err(error) => {
                    self.pair.release(whole);
                    steps.into_iter().for_each(|single| self.pair.forget(single));
                    return Err(error);
                }
            }
        }
        let halves = program.buffers().values().any(|info| info.element == Element::Half);
        self.compiled += 1;
        self.programs.insert(self.compiled, Checked { program: program.clone(), whole, steps, halves });
        Ok(ProgramId(self.compiled))
    }

    fn prepare(&mut self, programs: &[Program]) {
        let singles: Vec<_> = programs.iter().flat_map(Program::single_steps).collect();
        self.pair.device.prepare(&singles);
    }

    fn dispatches(&self, program: ProgramId) -> usize {
        let steps = self.programs.get(&program.0).map_or(&[] as &[_], |checked| &checked.steps);
        steps.iter().map(|step| self.pair.device.dispatches(step.ids[0])).sum()
    }

    fn write(&mut self, tensor: Tensor, values: Values<'_>) -> Result<()> {
        self.pair.reference.write(tensor, values)?;
        self.pair.device.write(tensor, values)
    }

    fn run(&mut self, program: ProgramId, batches: &[Batch]) -> Result<()> {
        let Self { pair, programs, comparing, .. } = self;
        let checked = programs.get(&program.0).ok_or(Error::UnknownProgram)?;
        check_batches(&checked.program, batches)?;
        let mut comparing = lock(comparing);
        for (number, batch) in batches.iter().enumerate() {
            for (step, single) in checked.steps.iter().enumerate() {
                let turn = Turn { checked, batch: number, step };
                // What is wrong already needs no further comparing.
                single.run(turn, batch, pair, &mut comparing).inspect_err(|_| comparing.pending.clear())?;
            }
        }
        Ok(())
    }

    fn release(&mut self, program: ProgramId) {
        let Some(checked) = self.programs.remove(&program.0) else { return };
        self.pair.release(checked.whole);
        checked.steps.into_iter().for_each(|single| self.pair.forget(single));
    }

    fn read(&mut self, tensor: Tensor) -> Result<Vec<f32>> {
        wait("read_later", async { self.read_later(tensor)?.await })
    }

    fn read_later(&mut self, tensor: Tensor) -> Result<Reading> {
        let values = self.pair.reference.read(tensor)?;
        Ok(self.compared(values))
    }

    fn caught_up(&mut self) -> Result<Reading> {
        Ok(self.compared(Vec::new()))
    }

    fn another(&self) -> Result<Box<dyn Backend>> {
        Ok(Box::new(Self::new(self.pair.device.another()?)?))
    }
}

impl Verify {
    /// Answers with values once all is compared.
    fn compared(&self, values: Vec<f32>) -> Reading {
        if lock(&self.comparing).pending.is_empty() {
            return Reading::ready(values);
        }
        let comparing = self.comparing.clone();
        Reading::later(async move {
            loop {
                let Some(compared) = lock(&comparing).pending.pop_front() else { return Ok(values) };
                let answered = compared.answered().await;
                let mut comparing = lock(&comparing);
                let judged = answered.and_then(|(compared, found)| comparing.judge(&compared, found));
                judged.inspect_err(|_| comparing.pending.clear())?;
            }
        })
    }
}

/// Where in a run a step is.
#[derive(Clone, Copy)]
struct Turn<'a> {
    checked: &'a Checked,
    batch: usize,
    step: usize,
}

impl Single {
    fn step(&self) -> &Step {
        &self.program.steps()[0]
    }

    /// Runs the step on both, and compares what it has written.
    fn run(&self, turn: Turn<'_>, batch: &Batch, pair: &mut Pair, comparing: &mut Comparing) -> Result<()> {
        let before = self.tolerance.before(self.step(), &mut pair.reference, batch)?;
        self.unwrite(batch, pair)?;
        pair.device.run(self.ids[0], &[*batch])?;
        pair.reference.run(self.ids[1], &[*batch])?;
        let operands = self.step().operands().iter();
        for ((used, output), before) in operands.filter(|(used, _)| *used != Use::In).zip(&before) {
            let output = *output;
            let (expected, found) = (pair.reference.read(output)?, pair.device.read_later(output)?);
            let expected = within(output, expected);
            let mut allowed = before.allowed(&expected[..output.live(batch).len()]);
            allowed.resize(expected.len(), 0.0);
            // What is read is read before.
            write(&mut *pair.device, output, &expected)?;
            let (place, outlives) = (self.place(turn, output), *used == Use::InOut || !turn.checked.halves);
            let begins = turn.step == 0;
            comparing.pending.push_back(Compared {
                expected,
                found,
                allowed,
                output,
                place,
                begins,
                outlives,
            });
        }
        comparing.settle()
    }

    /// Fills what the step is to write with values that it cannot have written.
    fn unwrite(&self, batch: &Batch, pair: &mut Pair) -> Result<()> {
        let operands = self.step().operands().iter();
        for output in operands.filter(|(used, _)| *used == Use::Out).map(|(_, output)| output.live(batch)) {
            let [device, cpu] = if output.element == Element::U32 {
                [UNWRITTEN_INTEGER, UNWRITTEN_INTEGER_ON_CPU]
            } else {
                [UNWRITTEN, UNWRITTEN_ON_CPU]
            };
            write(&mut *pair.device, output, &vec![device; output.len()])?;
            write(&mut pair.reference, output, &vec![cpu; output.len()])?;
        }
        Ok(())
    }

    /// Where the first element of an output is.
    fn place(&self, turn: Turn<'_>, output: Tensor) -> Box<Place> {
        Box::new(Place {
            program: turn.checked.program.name().to_string(),
            epoch: None,
            batch: turn.batch,
            step: turn.step,
            op: self.step().name().to_string(),
            buffer: self.program.buffers()[&output.buffer].name.clone(),
            row: 0,
            col: 0,
        })
    }
}

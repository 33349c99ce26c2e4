//! Ops on a device, held against the CPU: what to run where a driver, or an op of one's own, is in doubt.

mod cover;
mod draw;
mod table;

use std::time::Duration;

use crate::backend::gpu::GpuError;
use crate::backend::{Agreement, Backend, BackendInfo, ProgramId, Verify, wait};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ops::{catalogue, half_catalogue};
use crate::program::kernel::DeviceProfile;
use crate::program::op::Use;
use crate::program::{Batch, Program};
use crate::random::{Purpose, Stream};
pub use cover::covering;
use draw::Draw;

/// Samples of a full batch: more than a tile's rows or a workgroup's invocations, and no multiple of either.
const CAPACITY: usize = 67;

/// Runs every op of the crate on a backend and on the CPU, and compares the results: as many cases as take each op
/// through every WGSL file that it has.
///
/// ```
/// use wgrad::backend::Cpu;
///
/// // Here the CPU in double precision stands for a device.
/// let check = wgrad::self_check(Cpu::<f64>::new()?)?;
/// println!("{check}");
/// assert!(check.passed());
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Errors
/// Threads that the system does not start. What goes wrong on the device is in the report.
pub fn self_check(device: impl Backend + 'static) -> Result<SelfCheck> {
    wait("self_check_async", self_check_async(device))
}

/// [`self_check`] for a browser, where nothing may wait.
///
/// ```
/// # use wgrad::backend::Cpu;
/// let check = pollster::block_on(wgrad::self_check::self_check_async(Cpu::<f64>::new()?))?;
/// assert!(check.passed());
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Errors
/// As there.
pub async fn self_check_async(device: impl Backend + 'static) -> Result<SelfCheck> {
    let cases = covering(every_case()?, &device.profile());
    check_programs_async(device, &cases).await
}

/// The same with every case of every op: all that files can be joined to, at more shapes.
///
/// ```
/// # use wgrad::backend::Cpu;
/// let check = wgrad::self_check::thorough(Cpu::<f64>::new()?)?;
/// assert!(check.passed());
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Errors
/// Threads that the system does not start. What goes wrong on the device is in the report.
pub fn thorough(device: impl Backend + 'static) -> Result<SelfCheck> {
    check_programs(device, &every_case()?)
}

fn every_case() -> Result<Vec<Program>> {
    let mut programs = catalogue(CAPACITY)?;
    programs.extend(half_catalogue(CAPACITY)?);
    Ok(programs)
}

/// The same for each step of any programs, at values drawn for it: for ops of one's own, as
/// [`cases_of`](crate::ops::cases_of) gives them, or for a model's training program.
///
/// Each step runs with batches of one sample, of a prime number and of the capacity, once at values that training meets
/// and once with extremes among them.
///
/// ```
/// use wgrad::backend::Cpu;
/// use wgrad::ops::{Softmax, cases_of};
/// use wgrad::self_check::check_programs;
///
/// // Here the CPU in double precision stands for a device.
/// let check = check_programs(Cpu::<f64>::new()?, &cases_of::<Softmax>(67)?)?;
/// println!("{check}");
/// assert!(check.passed());
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Errors
/// Threads that the system does not start. What goes wrong on the device is in the report.
pub fn check_programs(device: impl Backend + 'static, programs: &[Program]) -> Result<SelfCheck> {
    wait("check_programs_async", check_programs_async(device, programs))
}

/// [`check_programs`] for a browser, where nothing may wait.
///
/// ```
/// use wgrad::backend::Cpu;
/// use wgrad::ops::{Softmax, cases_of};
/// use wgrad::self_check::check_programs_async;
///
/// let cases = cases_of::<Softmax>(67)?;
/// let check = pollster::block_on(check_programs_async(Cpu::<f64>::new()?, &cases))?;
/// assert!(check.passed());
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Errors
/// As there.
pub async fn check_programs_async(device: impl Backend + 'static, programs: &[Program]) -> Result<SelfCheck> {
    let mut verify = Verify::new(device)?;
    let cases: Vec<Program> = programs.iter().flat_map(Program::single_steps).collect();
    let start = Instant::now();
    verify.prepare(&cases);
    let mut check = SelfCheck {
        device: verify.info(),
        ops: Vec::new(),
        compiling: start.elapsed(),
        running: Duration::ZERO,
    };
    for case in &cases {
        check.add(&mut verify, case).await;
    }
    Ok(check)
}

/// How the ops of a device agree with the CPU; `println!` shows it as a table.
///
/// ```
/// use wgrad::backend::Cpu;
/// use wgrad::ops::{Softmax, cases_of};
/// use wgrad::self_check::check_programs;
///
/// let check = check_programs(Cpu::<f64>::new()?, &cases_of::<Softmax>(67)?)?;
/// for op in check.failures() {
///     println!("{op}");
/// }
/// assert!(check.passed() && check.ops[0].name == "softmax");
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "it says whether the device computes right"]
pub struct SelfCheck {
    /// What was compared.
    pub device: BackendInfo,
    /// Each op, in the order of the programs.
    pub ops: Vec<OpCheck>,
    /// Time that the kernels took to compile.
    pub compiling: Duration,
    /// Time that they took to run and to be compared.
    pub running: Duration,
}

/// How an op agrees with the CPU, in a [`SelfCheck`].
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct OpCheck {
    /// The op's name.
    pub name: &'static str,
    /// Cases that were run: shapes and settings.
    pub cases: usize,
    /// Cases that were not, as they need more than a limit of the device; training would tell with [`GpuError::Limit`].
    pub refused: usize,
    /// Values that were compared.
    pub values: usize,
    /// The largest difference, as a share of what rounding explains.
    pub largest: f32,
    /// The first thing that went wrong.
    pub failure: Option<Failure>,
}

/// What went wrong in an [`OpCheck`], and where.
#[derive(Debug, thiserror::Error)]
#[error("{case}: {error}")]
#[non_exhaustive]
pub struct Failure {
    /// The case: its kernel's files, what it reads and writes with shapes.
    pub case: String,
    /// A result that differs, a kernel that does not compile, a device that was lost.
    pub error: Error,
}

impl SelfCheck {
    /// Whether all ops agree that the device can run, and it can run one.
    pub fn passed(&self) -> bool {
        self.failures().next().is_none() && self.ops.iter().any(|op| op.cases > 0)
    }

    /// The ops that do not.
    pub fn failures(&self) -> impl Iterator<Item = &OpCheck> {
        self.ops.iter().filter(|op| op.failure.is_some())
    }

    /// Runs a case and adds it to its op's row.
    async fn add(&mut self, verify: &mut Verify, case: &Program) {
        let start = Instant::now();
        let compiled = verify.compile(case);
        self.compiling += start.elapsed();
        let start = Instant::now();
        let outcome = match compiled {
            Ok(program) => {
                let outcome = run(verify, case, program).await;
                verify.release(program);
                outcome
            }
            Err(error) => Err(error),
        };
        self.running += start.elapsed();
        let agreement = verify.take_agreement();
        self.op(case.steps()[0].name()).count(agreement, outcome, || describe(case, &verify.profile()));
    }

    fn op(&mut self, name: &'static str) -> &mut OpCheck {
        let place = self.ops.iter().position(|op| op.name == name).unwrap_or(self.ops.len());
        if place == self.ops.len() {
            self.ops.push(OpCheck { name, ..OpCheck::default() });
        }
        &mut self.ops[place]
    }
}

impl OpCheck {
    /// Adds the outcome of a case.
    fn count(&mut self, agreement: Agreement, outcome: Result<()>, describe: impl FnOnce() -> String) {
        if let Err(Error::Gpu(GpuError::Limit { .. })) = outcome {
            self.refused += 1;
            return;
        }
        self.cases += 1;
        self.values += agreement.values;
        self.largest = self.largest.max(agreement.largest);
        if let (Err(error), None) = (outcome, &self.failure) {
            self.failure = Some(Failure { case: describe(), error });
        }
    }
}

/// Runs a case at usual values and at extreme ones, and compares.
async fn run(verify: &mut Verify, case: &Program, program: ProgramId) -> Result<()> {
    for draw in [Draw::Usual, Draw::Extreme] {
        write_operands(verify, case, draw)?;
        verify.run(program, &batches(case.capacity()))?;
        verify.caught_up()?.await?;
    }
    Ok(())
}

/// Draws what the case's step reads, unless it is a constant, and fills what it is to write, so that what it should leave alone has
/// values too.
/// A case draws the same numbers in whatever company.
fn write_operands(verify: &mut Verify, case: &Program, draw: Draw) -> Result<()> {
    let mut stream = Stream::new(draw as u64, Purpose::Checking);
    let step = &case.steps()[0];
    for (index, (used, tensor)) in step.operands().iter().enumerate() {
        if case.buffers()[&tensor.buffer].constant.is_some() {
            continue;
        }
        let draw = if *used == Use::Out { Draw::Usual } else { draw };
        let drawn = draw.fill(*tensor, step.op().domain(index), &mut stream);
        verify.write(*tensor, drawn.values())?;
    }
    Ok(())
}

/// Batches of one sample, of a prime number and of the capacity, at the end of the index list.
fn batches(capacity: usize) -> Vec<Batch> {
    const PRIMES: [usize; 8] = [2, 5, 13, 31, 61, 127, 251, 509];
    let prime = PRIMES.iter().rev().copied().find(|prime| *prime < capacity);
    let mut rows = vec![1];
    rows.extend(prime);
    rows.extend((capacity > 1).then_some(capacity));
    let batch = |rows: usize| Batch {
        first: (capacity - rows) as u32,
        epoch: 3,
        seed: 0x9e37_79b9,
        rate: 0.05,
        corrections: [10.0, 1000.0, 4.0],
        average: 0.3,
        ..Batch::of(rows)
    };
    rows.into_iter().map(batch).collect()
}

fn describe(case: &Program, profile: &DeviceProfile) -> String {
    let step = &case.steps()[0];
    let kernel = step.kernel(profile);
    format!("{} ({})", kernel.label(), case.flow(step))
}

//! How long each dispatch of a program takes, beside what its device can do.

use std::fmt;

use crate::backend::gpu::GpuError;
use crate::backend::{Backend, ProgramId};
use crate::error::{Error, Result};
use crate::ops::Dense;
use crate::ops::activation::{Activate, Activation};
use crate::program::op::Cost;
use crate::program::recorder::Recorder;
use crate::program::tensor::Element;
use crate::program::{Batch, Program};

/// Times the programs that show what a device can do are run; the fastest counts.
const CEILING_RUNS: usize = 5;

/// The dispatches of a program with their times; `println!` shows them as a table.
///
/// ```
/// # use wgrad::layers::Dense;
/// # use wgrad::{Dataset, Optimizer, Samples, Sequential, losses};
/// # let data = Dataset::pairs(Samples::rows([0.0, 1.0], 1)?, Samples::rows([1.0, 3.0], 1)?)?;
/// # let net = Sequential::new([1]).add(Dense::new(1));
/// use wgrad::backend::Choice;
///
/// if let Ok(opened) = Choice::Gpu.open(None) {
///     let mut model = net.compile(opened.backend, losses::MeanSquaredError, Optimizer::sgd(0.1), 0)?;
///     if let Some(timeline) = model.profile(&data, 2)? {
///         println!("{timeline}");
///         assert!(timeline.dispatches.iter().all(|timed| timed.seconds > 0.0));
///     }
/// }
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Timeline {
    /// The program's name.
    pub program: String,
    /// The dispatches, in order.
    pub dispatches: Vec<Timed>,
    /// What the device did with nothing in its way, just before.
    pub ceiling: Ceiling,
}

/// A dispatch of a [`Timeline`] and its time.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Timed {
    /// The op's name.
    pub op: &'static str,
    /// The kernel's files.
    pub kernel: String,
    /// Workgroups.
    pub workgroups: usize,
    /// The median over the batches, in seconds.
    pub seconds: f64,
    /// What it costs with a full batch.
    pub cost: Cost,
}

/// What a device can do, as a [`Timeline`] compares its dispatches with it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Ceiling {
    /// Floating-point operations a second, in a large matrix product.
    pub flops: f64,
    /// Bytes a second, in a copy of a large tensor: those read and those written.
    pub bytes: f64,
}

impl Ceiling {
    /// Measures what a backend can do; `None` where it cannot measure.
    ///
    /// # Errors
    /// A lost device.
    pub fn of(backend: &mut dyn Backend) -> Result<Option<Self>> {
        // Large enough to keep a device busy; where that takes long, smaller ones do.
        let small = Self::of_side(backend, 256)?;
        match small {
            // With WebGPU's default limits a device does not bind so large tensors.
            Some(fast) if fast.flops > 100e9 => match Self::of_side(backend, 4096) {
                Err(Error::Gpu(GpuError::Limit { .. } | GpuError::OutOfMemory { .. })) => Ok(small),
                large => large,
            },
            _ => Ok(small),
        }
    }

    fn of_side(backend: &mut dyn Backend, side: usize) -> Result<Option<Self>> {
        let product = fastest(backend, &large_product(side)?)?;
        let copy = fastest(backend, &large_copy(side)?)?;
        Ok(product.zip(copy).map(|(product, copy)| Self {
            flops: product.cost.flops / product.seconds,
            bytes: copy.cost.bytes / copy.seconds,
        }))
    }

    /// The share of the device that did `cost` in `seconds`: of its arithmetic or of its memory, whichever was busier.
    pub fn share(&self, cost: Cost, seconds: f64) -> f64 {
        (cost.flops / self.flops).max(cost.bytes / self.bytes) / seconds
    }
}

impl Timeline {
    /// Runs a compiled program on each of the batches and measures its dispatches; `None` where the backend or its
    /// device cannot.
    ///
    /// # Errors
    /// A batch larger than the program's capacity; a lost device.
    pub fn of(
        backend: &mut dyn Backend,
        name: &str,
        program: ProgramId,
        batches: &[Batch],
    ) -> Result<Option<Self>> {
        let Some(ceiling) = Ceiling::of(backend)? else { return Ok(None) };
        // What a device prepares at the first run is no part of the times.
        backend.run(program, &batches[..batches.len().min(1)])?;
        let dispatches = backend.times(program, batches)?;
        Ok(dispatches.map(|dispatches| Self { program: name.into(), dispatches, ceiling }))
    }

    /// Seconds of all dispatches, without what is between them.
    pub fn seconds(&self) -> f64 {
        self.dispatches.iter().map(|timed| timed.seconds).sum()
    }

    fn line(&self, f: &mut fmt::Formatter<'_>, name: &str, seconds: f64, cost: Cost) -> fmt::Result {
        let (us, gflops, gb) = (seconds * 1e6, cost.flops / seconds / 1e9, cost.bytes / seconds / 1e9);
        let share = 100.0 * self.ceiling.share(cost, seconds);
        write!(f, "{name:<24} {us:>10.1} {gflops:>9.2} {gb:>8.2} {share:>8.1}")
    }
}

/// A table: number, step, µs, GFLOP/s, GB/s, % of the ceiling, workgroups and kernel.
impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ceiling { flops, bytes } = self.ceiling;
        let (gflops, gb) = (flops / 1e9, bytes / 1e9);
        writeln!(
            f,
            "{}; this device multiplies at {gflops:.2} GFLOP/s and copies at {gb:.2} GB/s",
            self.program
        )?;
        let head = ["µs", "GFLOP/s", "GB/s", "% of it"];
        writeln!(
            f,
            "{:>3}  {:<24} {:>10} {:>9} {:>8} {:>8}  groups  kernel",
            "#", "step", head[0], head[1], head[2], head[3]
        )?;
        for (number, timed) in self.dispatches.iter().enumerate() {
            write!(f, "{number:>3}  ")?;
            self.line(f, timed.op, timed.seconds, timed.cost)?;
            writeln!(f, " {:>7}  {}", timed.workgroups, timed.kernel)?;
        }
        let total = self.dispatches.iter().fold(Cost::default(), |sum, timed| sum.and(timed.cost));
        write!(f, "     ")?;
        self.line(f, "in all", self.seconds(), total)
    }
}

/// The fastest run of a program of one step.
fn fastest(backend: &mut dyn Backend, program: &Program) -> Result<Option<Timed>> {
    let id = backend.compile(program)?;
    let batch = [Batch::of(program.capacity())];
    let runs: Result<Vec<_>> = (0..=CEILING_RUNS).map(|_| backend.times(id, &batch)).collect();
    backend.release(id);
    let timed = runs?.into_iter().flatten().filter_map(|times| times.into_iter().next());
    Ok(timed.min_by(|a, b| a.seconds.total_cmp(&b.seconds)))
}

/// One matrix product.
fn large_product(side: usize) -> Result<Program> {
    let mut tape = Recorder::new("ceiling.product", side);
    let weight = tape.tensor("weight", Element::Real, side, side);
    let (x, y) = (tape.batched("x", side), tape.batched("y", side));
    tape.push(Dense { x, weight, y, activation: Activation::identity() });
    tape.finish()
}

/// One copy.
fn large_copy(side: usize) -> Result<Program> {
    let mut tape = Recorder::new("ceiling.copy", side);
    let (x, y) = (tape.batched("x", 4 * side), tape.batched("y", 4 * side));
    tape.push(Activate { activation: Activation::identity(), x, y });
    tape.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_rates_and_shares_of_the_ceiling() {
        let timed = |seconds, flops, bytes| Timed {
            op: "dense",
            kernel: "wgrad.dense".into(),
            workgroups: 3,
            seconds,
            cost: Cost { flops, bytes },
        };
        let timeline = Timeline {
            program: "train".into(),
            dispatches: vec![timed(1e-3, 2e6, 1e3), timed(1e-3, 0.0, 4e6)],
            ceiling: Ceiling { flops: 8e9, bytes: 16e9 },
        };
        let table = timeline.to_string();
        let numbers = |line: usize| -> Vec<String> {
            table.lines().nth(line).unwrap().split_whitespace().map(str::to_string).collect()
        };
        assert_eq!(numbers(2), ["0", "dense", "1000.0", "2.00", "0.00", "25.0", "3", "wgrad.dense"]);
        assert_eq!(numbers(3), ["1", "dense", "1000.0", "0.00", "4.00", "25.0", "3", "wgrad.dense"]);
        assert_eq!(numbers(4), ["in", "all", "2000.0", "1.00", "2.00", "12.5"]);
    }
}

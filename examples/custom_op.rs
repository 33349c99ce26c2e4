//! An op from outside the crate: its meaning, its kernel and its derivative in one place, checked like wgrad's own.

mod common;

use clap::Parser;
use common::{BackendArgs, say};
use wgrad::backend::{Backend, Values};
use wgrad::kernel::{DeviceProfile, Kernel, Source};
use wgrad::op::{OpCases, Scale, Split, Use, Views};
use wgrad::ops::{ElementLoss, cases_of, loss::MeanSquaredError};
use wgrad::program::Batch;
use wgrad::self_check::check_programs;
use wgrad::{Op, OpError, Real, Recorder, Result, Tensor};

/// Softplus, `y = ln(1 + e^x)`, and, where `of_gradient` is there, its derivative `dx = dy / (1 + e^-x)`.
#[derive(Clone, Debug)]
struct Softplus {
    x: Tensor,
    y: Tensor,
    of_gradient: Option<Tensor>,
}

const FORWARD: &str = "
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
override COLS: u32;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
    let i = number(group, groups, local);
    if i < batch.rows * COLS { y[i] = max(x[i], 0.0) + log(1.0 + exp(-abs(x[i]))); }
}";

const GRADIENT: &str = "
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
override COLS: u32;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
    let i = number(group, groups, local);
    let e = exp(-abs(x[i]));
    if i < batch.rows * COLS { dx[i] = dy[i] * select(e, 1.0, x[i] >= 0.0) / (1.0 + e); }
}";

impl Op for Softplus {
    const NAME: &'static str = "softplus";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.x), (Use::Out, self.y)];
        operands.extend(self.of_gradient.map(|dy| (Use::In, dy)));
        operands
    }

    fn check(&self) -> std::result::Result<(), OpError> {
        if self.x.shape() == self.y.shape() {
            Ok(())
        } else {
            Err(format!("{} to {}", self.x, self.y).into())
        }
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        match self.of_gradient {
            None => y.iter_mut().zip(x).for_each(|(y, x)| *y = x.max(T::zero()) + (-x.abs()).exp().ln_1p()),
            Some(_) => y.iter_mut().zip(x.iter().zip(views.input(2))).for_each(|(dx, (x, dy))| {
                *dx = *dy / (T::one() + (-*x).exp());
            }),
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let text = if self.of_gradient.is_some() { GRADIENT } else { FORWARD };
        Kernel::per_element(Source { name: "softplus.wgsl", text }, self.x.len()).size("COLS", self.x.cols)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let x = self.x;
        tape.contribute(x, |tape, dx| tape.push(Softplus { x, y: dx, of_gradient: Some(dy) }));
    }

    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        Some(Scale::Of(1.0))
    }

    fn flops(&self) -> f64 {
        4.0 * self.x.len() as f64
    }
}

/// The shapes that `cases_of` checks it at. A model works without.
impl OpCases for Softplus {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        [1, 13].map(|n| Self { x: tape.batched("x", n), y: tape.batched("y", n), of_gradient: None }).to_vec()
    }
}

/// Compare an op of one's own on a backend with its meaning on the CPU.
#[derive(Parser, Debug)]
struct Flags {
    #[command(flatten)]
    backend: BackendArgs,
    /// For symmetry with the other examples; this one is quick anyway.
    #[arg(long)]
    smoke: bool,
}

fn main() {
    let flags: Flags = common::flags();
    common::exit_on_error(run(&flags));
}

fn run(flags: &Flags) -> Result<()> {
    if flags.backend.adapter.listed()? {
        return Ok(());
    }
    let mut tape = Recorder::new("softplus", 4);
    let (x, y, target) = (tape.batched("x", 3), tape.batched("y", 3), tape.batched("target", 3));
    tape.watch(x);
    tape.push(Softplus { x, y, of_gradient: None });
    let losses = tape.batched("losses", 1);
    tape.push(ElementLoss::new(MeanSquaredError, y, target, losses));
    tape.backward(losses);
    let gradient = tape.gradient(x);
    let program = tape.finish()?;
    say(format_args!("{program}\n"))?;

    let mut backend = flags.backend.open()?;
    let compiled = backend.compile(&program)?;
    let inputs: Vec<f32> = (0..12).map(|i| i as f32 * 0.5 - 3.0).collect();
    backend.write(x, Values::Real(&inputs))?;
    backend.run(compiled, &[Batch::of(4)])?;
    let gradients = gradient.map_or(Ok(Vec::new()), |gradient| backend.read(gradient))?;
    say("      x   d loss / d x")?;
    for (x, gradient) in inputs.iter().zip(gradients) {
        say(format_args!("{x:>7.2} {gradient:>12.7}"))?;
    }

    let mut programs = cases_of::<Softplus>(67)?;
    programs.push(program);
    let check = check_programs(backend, &programs)?;
    say(format_args!("\n{check}"))?;
    std::process::exit(i32::from(!check.passed()));
}

//! Ops of the crate with a fault in their kernels.

use wgrad::backend::{Backend, Gpu};
use wgrad::kernel::{DeviceProfile, Kernel};
use wgrad::op::{Domain, OpCases, Scale, Split, Use, Views};
use wgrad::ops::{AddTo, cases_of};
use wgrad::program::{Batch, Program};
use wgrad::self_check::{check_programs, covering};
use wgrad::{Op, OpError, Real, Recorder, SelfCheck, Tensor};

use crate::support::gpu;

/// What is changed in a kernel.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// The first of these texts becomes the second.
    Text(&'static str, &'static str),
    /// A constant is multiplied.
    Constant(&'static str, f64),
}

/// An op whose kernel is changed, where that is possible.
#[derive(Clone, Debug)]
pub struct Mutant<O> {
    pub op: O,
    pub change: Change,
}

impl Change {
    /// The changed kernel, if it has what is to be changed.
    pub fn apply(self, mut kernel: Kernel) -> Option<Kernel> {
        match self {
            Change::Text(from, to) => {
                let source = kernel.sources.iter_mut().find(|source| source.text.contains(from))?;
                source.text = source.text.replace(from, to).leak();
            }
            Change::Constant(name, factor) => {
                kernel.constants.iter_mut().find(|(known, _)| *known == name)?.1 *= factor;
            }
        }
        Some(kernel)
    }
}

impl<O: Op> Op for Mutant<O> {
    const NAME: &'static str = O::NAME;

    fn operands(&self) -> Vec<(Use, Tensor)> {
        self.op.operands()
    }
    fn check(&self) -> Result<(), OpError> {
        self.op.check()
    }
    fn split(&self) -> Split {
        self.op.split()
    }
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        self.op.cpu(views);
    }
    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let kernel = self.op.gpu(device);
        self.change.apply(kernel.clone()).unwrap_or(kernel)
    }
    fn sum(&self) -> Option<(Self, usize)> {
        self.op.sum().map(|(op, terms)| (Self { op, change: self.change }, terms))
    }
    fn approximated(&self, index: usize, batch: &Batch) -> Option<Scale> {
        self.op.approximated(index, batch)
    }
    fn takes_halves(&self) -> bool {
        self.op.takes_halves()
    }
    fn flops(&self) -> f64 {
        self.op.flops()
    }
    fn domain(&self, index: usize) -> Domain {
        self.op.domain(index)
    }
}

/// Cases of `O` for batches of up to 67 samples, with a change in the kernels that have what is to be changed.
fn mutants<O: Op>(change: Change, cases: fn(&mut Recorder) -> Vec<O>) -> Vec<Program> {
    let mut tape = Recorder::new(O::NAME, 67);
    let cases = cases(&mut tape);
    let program = |op: O| {
        let mut tape = Recorder::new(O::NAME, 67).share(tape.buffers());
        tape.push(Mutant { op, change });
        tape.finish().unwrap()
    };
    let changed = cases
        .iter()
        .filter(|op| change.apply(op.gpu(&DeviceProfile { software: true, ..Default::default() })).is_some());
    assert!(changed.count() > 0, "no kernel of {} has what is to be changed: {change:?}", O::NAME);
    cases.into_iter().map(program).collect()
}

/// What the check says of an op with a change in its kernels, in the company of a sound one.
pub fn check<O: OpCases>(change: Change) -> Option<SelfCheck> {
    Some(check_on::<O>(gpu()?, change, O::cases))
}

/// The same of its cases with halves, packed in pairs.
pub fn half_check<O: OpCases>(change: Change) -> Option<SelfCheck> {
    let gpu = gpu()?;
    let packed = DeviceProfile { f16: false, ..gpu.profile() };
    Some(check_on::<O>(gpu.with_profile(packed), change, O::half_cases))
}

fn check_on<O: Op>(gpu: Gpu, change: Change, cases: fn(&mut Recorder) -> Vec<O>) -> SelfCheck {
    let mut programs = cases_of::<AddTo>(67).unwrap();
    programs.extend(mutants::<O>(change, cases));
    let cases = covering(programs, &gpu.profile());
    check_programs(gpu, &cases).unwrap()
}

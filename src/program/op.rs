//! An op: its meaning, its kernel and its derivative, side by side.

mod any;
mod cases;
mod views;

use std::fmt::Debug;

use crate::error::OpError;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel};
use crate::program::pool::Pool;
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

pub use any::{AnyOp, How};
pub use cases::OpCases;
pub(crate) use cases::by_turns;
pub use views::{View, Views};

/// The most operands an op may have: weak devices bind eight storage buffers, and one is kept for the runtime.
pub const MAX_OPERANDS: usize = 7;

/// What an op without a derivative is refused with.
pub(crate) const NO_DERIVATIVE: &str = "has no derivative";

/// How an op uses an operand.
///
/// ```
/// use wgrad::op::Use;
/// use wgrad::ops::AddTo;
/// use wgrad::{Op, Recorder};
///
/// let mut tape = Recorder::new("sum", 4);
/// let [sum, part] = ["sum", "part"].map(|name| tape.batched(name, 3));
/// assert_eq!(Op::operands(&AddTo { sum, part }), [(Use::InOut, sum), (Use::In, part)]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Use {
    /// Read.
    In,
    /// Written whole; what was there before is not read.
    Out,
    /// Read and changed in place.
    InOut,
}

/// How the work of an op may be divided between threads.
///
/// ```
/// use wgrad::op::Split;
/// use wgrad::ops::AddTo;
/// use wgrad::{Op, Recorder};
///
/// let mut tape = Recorder::new("sum", 4);
/// let [sum, part] = ["sum", "part"].map(|name| tape.batched(name, 3));
/// assert_eq!(Op::split(&AddTo { sum, part }), Split::Rows); // each sample by itself
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Split {
    /// By samples: the rows of a sample in the outputs depend on that sample's rows in the batched inputs only.
    Rows,
    /// By the rows of its one output, which no other row's work touches: a weight gradient.
    Output,
    /// The same where each row is worth a thread's time: partial sums over some samples each.
    Parts,
    /// By elements: every operand as long as the first is divided alike, the others are seen whole.
    Elements,
    /// Not at all: a reduction over the batch.
    Whole,
}

/// The values that make sense for an operand; tests draw from them.
///
/// ```
/// use wgrad::op::Domain;
/// use wgrad::ops::Hits;
/// use wgrad::{Element, Op, Recorder};
///
/// let mut tape = Recorder::new("accuracy", 4);
/// let (scores, labels) = (tape.batched("scores", 10), tape.batched_of("labels", Element::U32, 1));
/// let op = Hits { scores, labels, hits: tape.batched("hits", 1), table: None };
/// assert_eq!([0, 1].map(|index| Op::domain(&op, index)), [Domain::Any, Domain::Below(10)]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Domain {
    /// Any real number.
    Any,
    /// A probability or an intensity, `0..=1`.
    Unit,
    /// A hyperbolic tangent, `-1..=1`.
    Signed,
    /// Zero or more: a mean of squares.
    NonNegative,
    /// More than zero, and neither so small nor so large that squares and cubes leave the numbers of `f32`.
    Positive,
    /// A loss scale: large, and a power of 2.
    Scale,
    /// An integer under this bound: a label or a row index.
    Below(usize),
}

/// How large the numbers are that an output is made of: of a difference of like numbers, no more digits are exact than
/// they have.
///
/// ```
/// use wgrad::op::Scale;
/// use wgrad::ops::{AddTo, Softmax};
/// use wgrad::program::Batch;
/// use wgrad::{Op, Recorder};
///
/// let mut tape = Recorder::new("scores", 4);
/// let [x, y] = ["x", "y"].map(|name| tape.batched(name, 3));
/// let batch = Batch::of(4);
/// assert_eq!(Op::approximated(&Softmax { x, y }, 1, &batch), Some(Scale::Output));
/// assert_eq!(Op::approximated(&AddTo { sum: y, part: x }, 0, &batch), None); // sums are exact on GPUs
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Scale {
    /// As large as the output's largest value: it is no difference.
    Output,
    /// Of this size: 1 for a probability.
    Of(f64),
    /// As large as the largest value of the operand with this index.
    Operand(usize),
}

/// What one run of an op costs.
///
/// ```
/// # use wgrad::Recorder;
/// # use wgrad::ops::AddTo;
/// # let mut tape = Recorder::new("sum", 4);
/// # let [sum, part] = ["sum", "part"].map(|name| tape.batched(name, 3));
/// # tape.push(AddTo { sum, part });
/// # let program = tape.finish()?;
/// let cost = program.cost();
/// assert_eq!((cost.flops, cost.bytes), (12.0, 144.0)); // the sum is read and written
/// assert_eq!(cost.and(cost).flops, 24.0);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Cost {
    /// Floating-point operations; a multiply-add counts as two.
    pub flops: f64,
    /// Bytes read and written at least once.
    pub bytes: f64,
}

impl Cost {
    /// What both cost together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { flops: self.flops + other.flops, bytes: self.bytes + other.bytes }
    }
}

/// One operation over tensors.
///
/// Whoever writes one gives its meaning, its kernel and its derivative in one place; the backends, `backward`, the
/// program's table and the tests then know it. `examples/custom_layer.rs` shows one from outside the crate. The shapes that
/// it is tested at are another trait, [`OpCases`], which a model does not ask for.
///
/// ```
/// use wgrad::kernel::{DeviceProfile, Kernel, Source};
/// use wgrad::op::{Split, Use, Views};
/// use wgrad::{Op, OpError, Real, Recorder, Tensor, gradcheck};
///
/// /// `y = -x`.
/// #[derive(Clone, Debug)]
/// struct Negate {
///     x: Tensor,
///     y: Tensor,
/// }
///
/// const WGSL: &str = "
/// @group(0) @binding(0) var<storage, read> x: array<f32>;
/// @group(0) @binding(1) var<storage, read_write> y: array<f32>;
/// override COLS: u32;
/// @compute @workgroup_size(64)
/// fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
///         @builtin(local_invocation_index) local: u32) {
///     let i = number(group, groups, local);
///     if i < batch.rows * COLS { y[i] = -x[i]; }
/// }";
///
/// impl Op for Negate {
///     const NAME: &'static str = "negate";
///
///     fn operands(&self) -> Vec<(Use, Tensor)> {
///         vec![(Use::In, self.x), (Use::Out, self.y)]
///     }
///
///     fn check(&self) -> Result<(), OpError> {
///         if self.x.shape() == self.y.shape() { Ok(()) } else { Err(format!("{} to {}", self.x, self.y).into()) }
///     }
///
///     fn split(&self) -> Split {
///         Split::Rows
///     }
///
///     fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
///         let (x, y) = (views.input(0), views.output(1));
///         y.iter_mut().zip(x).for_each(|(y, x)| *y = -*x);
///     }
///
///     fn gpu(&self, _: &DeviceProfile) -> Kernel {
///         Kernel::per_element(Source { name: "negate.wgsl", text: WGSL }, self.x.len()).size("COLS", self.x.cols)
///     }
///
///     fn vjp(&self, tape: &mut Recorder) {
///         let Some(dy) = tape.gradient(self.y) else { return };
///         tape.contribute(self.x, |tape, dx| tape.push(Negate { x: dy, y: dx }));
///     }
///
///     fn flops(&self) -> f64 {
///         self.x.len() as f64
///     }
/// }
///
/// let mut tape = Recorder::new("negate", 4);
/// let [x, y] = ["x", "y"].map(|name| tape.batched(name, 3));
/// tape.push(Negate { x, y });
/// let check = gradcheck::check_program(&tape.finish()?, 0)?;
/// assert!(check.is_some_and(|check| check.passes()));
/// # Ok::<(), wgrad::Error>(())
/// ```
pub trait Op: Clone + Debug + Send + Sync + 'static {
    /// Its name in tables and errors.
    const NAME: &'static str;

    /// Its tensors and their uses; the order is also the order of the WGSL bindings.
    fn operands(&self) -> Vec<(Use, Tensor)>;

    /// Why these tensors do not fit together, if they do not.
    ///
    /// # Errors
    /// A sentence with the shapes in it.
    fn check(&self) -> Result<(), OpError>;

    /// How the CPU backend may divide it.
    fn split(&self) -> Split;

    /// What it means, in `f32` and `f64` from one source: plain loops, which the reference runs and everything else is held
    /// against.
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>);

    /// The same as the CPU backend runs it, where there is a faster way than [`cpu`](Op::cpu).
    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        self.cpu(views);
    }

    /// Numbers that [`cpu_fast`](Op::cpu_fast) wants room for beside its operands, in [`Views::scratch`]: one image's patches.
    fn scratch(&self) -> usize {
        0
    }

    /// Whether [`cpu_add`](Op::cpu_add) is there.
    const ADDS: bool = false;

    /// Adds `scale` times what [`cpu_fast`](Op::cpu_fast) would write to what its one output holds.
    fn cpu_add<T: Real>(&self, views: &mut Views<'_, T>, scale: T) {
        let _ = (views, scale);
    }

    /// For an update `w += scale · g · factor` of the operands w, g and factor: `scale`. Where the op that makes `g` can
    /// add, the CPU backend lets it add to `w` at once, which saves a pass over both.
    fn scale(&self, batch: &Batch) -> Option<f32> {
        let _ = batch;
        None
    }

    /// Its kernel for a device.
    fn gpu(&self, device: &DeviceProfile) -> Kernel;

    /// Its derivative, as further steps: reads the gradients of its outputs and contributes to those of its inputs.
    ///
    /// The default refuses, so that no gradient is silently lost.
    fn vjp(&self, tape: &mut Recorder) {
        tape.refuse(Self::NAME, NO_DERIVATIVE);
    }

    /// For an op that sums products: itself without what follows the sum, and the number of terms. At absolute inputs
    /// it gives `Σ|a||b|`, to which rounding is proportional; what compares two backends needs to know.
    fn sum(&self) -> Option<(Self, usize)> {
        None
    }

    /// For an op whose activation bounds what it writes: itself without that, whose results say at which size numbers were rounded.
    /// What compares two backends needs to know.
    fn before_activation(&self) -> Option<Self> {
        None
    }

    /// Whether operand `index`, which it writes, goes through exp, log or tanh, which GPUs approximate; and then how large
    /// the numbers are that it is made of.
    fn approximated(&self, index: usize, batch: &Batch) -> Option<Scale> {
        let _ = (index, batch);
        None
    }

    /// This step and an `earlier` one as one step on every backend, if that is possible: a product and the activation behind it.
    /// It writes what both do; it may leave out a tensor that only these two use.
    fn fused(&self, earlier: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        let _ = earlier;
        None
    }

    /// This step and a later one as one step, where a device that pays for each dispatch profits. It reads and writes
    /// what both do, in any order.
    fn merged(&self, later: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        let _ = later;
        None
    }

    /// For an op of which one step can do the work of many once what they read lies in one buffer: what it reads so.
    #[doc(hidden)]
    fn pooled(&self) -> Option<Tensor> {
        None
    }

    /// One step for several of this op, whose [`pooled`](Op::pooled) operands lie in `pool`.
    #[doc(hidden)]
    fn for_all(all: &[&Self], pool: &mut Pool) -> Option<Box<dyn AnyOp>> {
        let _ = (all, pool);
        None
    }

    /// Whether its operands may be halves where [`check`](Op::check) lets them; the CPU backend lends them as reals. A
    /// tape refuses halves to others.
    fn takes_halves(&self) -> bool {
        false
    }

    /// For an op that finds a batch by its place among others: how many samples there is room for.
    fn places(&self) -> Option<usize> {
        None
    }

    /// Floating-point operations of one run with full batches.
    fn flops(&self) -> f64;

    /// Bytes that one run with full batches reads and writes; by default every operand whole.
    fn bytes(&self) -> f64 {
        let moved = |(used, tensor): (Use, Tensor)| {
            tensor.len() * tensor.element.bytes() * if used == Use::InOut { 2 } else { 1 }
        };
        self.operands().into_iter().map(moved).sum::<usize>() as f64
    }

    /// The values that make sense for operand `index`: what draws numbers for a step of any program asks for them.
    fn domain(&self, index: usize) -> Domain {
        let _ = index;
        Domain::Any
    }
}

//! The shapes that an op is tested at.

use super::Op;
use crate::program::recorder::Recorder;

/// An [`Op`] with the shapes that tests run it at. [`ops::cases_of`](crate::ops::cases_of) makes programs of them, for
/// [`check_programs`](crate::self_check::check_programs) and [`check_program`](crate::gradcheck::check_program).
///
/// A model takes ops without it.
///
/// ```
/// use wgrad::backend::Cpu;
/// # use wgrad::kernel::{DeviceProfile, Kernel, Source};
/// # use wgrad::op::{Split, Use, Views};
/// use wgrad::op::OpCases;
/// use wgrad::ops::cases_of;
/// use wgrad::self_check::check_programs;
/// # use wgrad::{Op, OpError, Real};
/// use wgrad::{Recorder, Tensor};
///
/// # #[derive(Clone, Debug)]
/// # struct Negate {
/// #     x: Tensor,
/// #     y: Tensor,
/// # }
/// #
/// # const WGSL: &str = "
/// # @group(0) @binding(0) var<storage, read> x: array<f32>;
/// # @group(0) @binding(1) var<storage, read_write> y: array<f32>;
/// # override COLS: u32;
/// # @compute @workgroup_size(64)
/// # fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
/// #         @builtin(local_invocation_index) local: u32) {
/// #     let i = number(group, groups, local);
/// #     if i < batch.rows * COLS { y[i] = -x[i]; }
/// # }";
/// #
/// # impl Op for Negate {
/// #     const NAME: &'static str = "negate";
/// #
/// #     fn operands(&self) -> Vec<(Use, Tensor)> {
/// #         vec![(Use::In, self.x), (Use::Out, self.y)]
/// #     }
/// #
/// #     fn check(&self) -> Result<(), OpError> {
/// #         if self.x.shape() == self.y.shape() { Ok(()) } else { Err(format!("{} to {}", self.x, self.y).into()) }
/// #     }
/// #
/// #     fn split(&self) -> Split {
/// #         Split::Rows
/// #     }
/// #
/// #     fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
/// #         let (x, y) = (views.input(0), views.output(1));
/// #         y.iter_mut().zip(x).for_each(|(y, x)| *y = -*x);
/// #     }
/// #
/// #     fn gpu(&self, _: &DeviceProfile) -> Kernel {
/// #         Kernel::per_element(Source { name: "negate.wgsl", text: WGSL }, self.x.len()).size("COLS", self.x.cols)
/// #     }
/// #
/// #     fn vjp(&self, tape: &mut Recorder) {
/// #         let Some(dy) = tape.gradient(self.y) else { return };
/// #         tape.contribute(self.x, |tape, dx| tape.push(Negate { x: dy, y: dx }));
/// #     }
/// #
/// #     fn flops(&self) -> f64 {
/// #         self.x.len() as f64
/// #     }
/// # }
/// /// Beside the `impl Op for Negate`.
/// impl OpCases for Negate {
///     fn cases(tape: &mut Recorder) -> Vec<Self> {
///         [1, 13].map(|n| Self { x: tape.batched("x", n), y: tape.batched("y", n) }).to_vec()
///     }
/// }
///
/// let check = check_programs(Cpu::<f64>::new()?, &cases_of::<Negate>(67)?)?; // or on a Gpu
/// assert!(check.passed());
/// # Ok::<(), wgrad::Error>(())
/// ```
pub trait OpCases: Op {
    /// One with prime sizes, one of 1×1, one larger than a tile.
    fn cases(tape: &mut Recorder) -> Vec<Self>;

    /// The same with halves, if it takes them.
    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        let _ = tape;
        Vec::new()
    }
}

/// Each formula with a size: the first with all, and the others with one of `some` by turns. A kernel joins the same files for all of
/// them, so that what differs from size to size is seen with the first, and what differs from formula to formula with one.
pub(crate) fn by_turns<F: Clone, S: Copy>(formulas: Vec<F>, all: &[S], some: &[S]) -> Vec<(F, S)> {
    let mut cases = Vec::new();
    for (number, formula) in formulas.into_iter().enumerate() {
        let sizes = if number == 0 { all } else { &some[number % some.len()..][..1] };
        cases.extend(sizes.iter().map(|size| (formula.clone(), *size)));
    }
    cases
}

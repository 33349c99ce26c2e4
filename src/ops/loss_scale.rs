//! Loss scaling: what gradients of halves are multiplied by so that small ones are not rounded to 0.

use crate::error::OpError;
use crate::ops::clip::{clipping, norm, two_rows};
use crate::ops::one_number;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// What a loss scale begins with.
pub(crate) const FIRST_SCALE: f32 = 65_536.0;

/// What a loss scale never falls below: who overflows at this one diverges.
pub(crate) const LEAST_SCALE: f32 = 1.0 / 65_536.0;

/// What a loss scale never exceeds.
const MOST_SCALE: f32 = 16_777_216.0;

/// Good steps after which the scale grows.
const GOOD_STEPS: u32 = 2_000;

/// Adapts the loss scale, and tells the optimizer what to multiply gradients by (Micikevicius et al., *Mixed Precision
/// Training*, 2018, section 3.2).
///
/// Where the norm of the gradients is finite, `factor = min(1, limit / norm) / scale`, the norm being that without their
/// scale; after enough good steps the scale doubles. Where it is not, some gradient has overflowed: `factor = -1`, which
/// tells the optimizer to leave everything as it is, and the scale is halved.
///
/// # Shapes
/// `sums`: 2 × parts, written by [`SumSquares`](super::SumSquares); `state`: 1 × 2; `denominators`: 1 × 3; `factor`: 1 × 1.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::{LossScale, SumSquares};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("loss scale", 1);
/// let mut numbers = |name, rows, cols| tape.tensor(name, Element::Real, rows, cols);
/// let (gradients, sums, state) = (numbers("gradients", 1, 2), numbers("sums", 2, 1), numbers("state", 1, 2));
/// let (factor, denominators) = (numbers("factor", 1, 1), numbers("denominators", 1, 3));
/// tape.push(SumSquares { x: gradients, sums });
/// tape.push(LossScale::new(sums, state, factor, denominators));
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(state, Values::Real(&[8.0, 0.0]))?;
/// cpu.write(gradients, Values::Real(&[3.0, f32::INFINITY]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(factor)?, [-1.0]); // no update
/// assert_eq!(cpu.read(state)?[0], 4.0);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LossScale {
    /// Partial sums of squares of the scaled gradients.
    pub sums: Tensor,
    /// The scale, and the good steps since it changed.
    pub state: Tensor,
    /// What gradients are to be multiplied by; negative where the update is to be skipped.
    pub factor: Tensor,
    /// The largest norm, if gradients are clipped.
    pub limit: Option<f32>,
    /// Good steps after which the scale doubles.
    pub patience: u32,
    /// What the optimizer's means are divided by, `1 - βᵗ` with `t` good steps. It is kept as such, because `βᵗ` near 1 would
    /// lose its digits in the difference. The third moves the first `β` from half of it to the whole, as NAdam wants it; with a `β`
    /// of 0 it is 1.
    pub denominators: Tensor,
    /// The optimizer's [`betas`](super::optimizer::Rule::betas).
    pub betas: [f32; 3],
}

impl LossScale {
    /// With the usual patience, no clipping and no corrections.
    pub fn new(sums: Tensor, state: Tensor, factor: Tensor, denominators: Tensor) -> Self {
        Self { sums, state, factor, limit: None, patience: GOOD_STEPS, denominators, betas: [0.0; 3] }
    }

    /// Counts a good step.
    #[inline(always)]
    fn count<T: Real>(&self, denominators: &mut [T]) {
        let [first, second, third] = self.betas.map(|beta| T::of(beta.into()));
        let next = |denominator: T, beta: T| denominator * beta + (T::one() - beta);
        denominators[2] = next(denominators[2], third);
        denominators[1] = next(denominators[1], second);
        let half = T::of(0.5);
        denominators[0] = next(denominators[0], first * (half + half * denominators[2]));
    }

    /// As large as `f32` allows where nothing is clipped.
    fn limit(&self) -> f32 {
        self.limit.unwrap_or(f32::MAX)
    }
}

impl Op for LossScale {
    const NAME: &'static str = "loss_scale";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let Self { sums, state, factor, denominators, .. } = *self;
        vec![(Use::In, sums), (Use::InOut, state), (Use::Out, factor), (Use::InOut, denominators)]
    }

    fn check(&self) -> Result<(), OpError> {
        two_rows(self.sums)?;
        one_number(self.factor)?;
        let Self { state, denominators, .. } = self;
        if state.len() == 2 && denominators.len() == 3 {
            return Ok(());
        }
        Err(OpError::new(format!(
            "needs two numbers of state and three denominators, and has {state} and {denominators}"
        )))
    }

    fn split(&self) -> Split {
        Split::Whole
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (sums, state, factor) = (views.input(0), views.output(1), views.output(2));
        let [scale, steps] = [state[0], state[1]];
        let (norm, limit) = (norm(sums) / scale, T::of(self.limit().into()));
        if !norm.is_finite() {
            factor[0] = -T::one();
            (state[0], state[1]) = ((scale / T::of(2.0)).max(T::of(LEAST_SCALE.into())), T::zero());
            return;
        }
        factor[0] = if norm > limit { limit / norm / scale } else { T::one() / scale };
        self.count(views.output(3));
        let steps = steps + T::one();
        let larger = (scale * T::of(2.0)).min(T::of(MOST_SCALE.into()));
        let grown = steps >= T::of(self.patience.into());
        (state[0], state[1]) = if grown { (larger, T::zero()) } else { (scale, steps) };
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("loss/scale_step.wgsl"), 1);
        let kernel = clipping(kernel, self.sums, self.limit());
        let kernel = kernel.constant("PATIENCE", self.patience);
        let kernel = kernel.constant("LEAST", LEAST_SCALE).constant("MOST", MOST_SCALE);
        let [first, second, third] = self.betas;
        kernel.constant("BETA1", first).constant("BETA2", second).constant("BETA3", third)
    }

    fn flops(&self) -> f64 {
        self.sums.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        match index {
            1 => Domain::Scale,
            3 => Domain::Unit,
            _ => Domain::NonNegative,
        }
    }
}

impl OpCases for LossScale {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |(parts, limit, patience, third)| Self {
            sums: tape.tensor("sums", Element::Real, 2, parts),
            state: tape.tensor("state", Element::Real, 1, 2),
            factor: tape.tensor("factor", Element::Real, 1, 1),
            limit,
            patience,
            denominators: tape.tensor("denominators", Element::Real, 1, 3),
            betas: [0.9, 0.999, third],
        };
        [(1, None, 9, 0.0), (7, Some(1e-4), 1, 0.9998), (64, Some(1.0), 2_000, 0.0), (256, None, 2_000, 0.9)]
            .map(&mut case)
            .to_vec()
    }
}

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
/// `sums`: 2 × parts, written by [`SumSquares`](super::SumSquares); `state`, `denominators`: 1 × 2; `factor`: 1 × 1.
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
/// let (factor, denominators) = (numbers("factor", 1, 1), numbers("denominators", 1, 2));
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
    /// What Adam's two means are divided by, `1 - βᵗ` with `t` good steps. It is kept as such, because `βᵗ` near 1 would
    /// lose its digits in the difference.
    pub denominators: Tensor,
    /// Adam's `β₁` and `β₂`; 0 where nothing is divided.
    pub betas: [f32; 2],
}

impl LossScale {
    /// With the usual patience, no clipping and no Adam.
    pub fn new(sums: Tensor, state: Tensor, factor: Tensor, denominators: Tensor) -> Self {
        Self { sums, state, factor, limit: None, patience: GOOD_STEPS, denominators, betas: [0.0; 2] }
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
        if state.len() == 2 && denominators.len() == 2 {
            return Ok(());
        }
        Err(OpError::new(format!(
            "needs two numbers of state and two denominators, and has {state} and {denominators}"
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
        for (denominator, beta) in views.output(3).iter_mut().zip(self.betas) {
            let beta = T::of(beta.into());
            *denominator = *denominator * beta + (T::one() - beta);
        }
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
        kernel.constant("BETA1", self.betas[0]).constant("BETA2", self.betas[1])
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
        let mut case = |(parts, limit, patience)| Self {
            sums: tape.tensor("sums", Element::Real, 2, parts),
            state: tape.tensor("state", Element::Real, 1, 2),
            factor: tape.tensor("factor", Element::Real, 1, 1),
            limit,
            patience,
            denominators: tape.tensor("denominators", Element::Real, 1, 2),
            betas: [0.9, 0.999],
        };
        [(1, None, 9), (7, Some(1e-4), 1), (64, Some(1.0), 2_000), (256, None, 2_000)].map(&mut case).to_vec()
    }
}

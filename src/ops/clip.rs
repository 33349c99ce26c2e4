//! Gradient clipping by global norm, in two steps: sums of squares, then the factor.

use crate::error::OpError;
use crate::ops::one_number;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// What the first row of sums is scaled by: squares of `10⁻³⁰` are then numbers of `f32`.
const UP: f32 = 68_719_476_736.0; // 2³⁶

/// What the second row is scaled by: its sum overflows only where the norm itself does.
const DOWN: f32 = 1.0 / 18_446_744_073_709_551_616.0; // 2⁻⁶⁴

/// What counts in the second row: scaled squares of less would be subnormal, which processors are slow at, and do not
/// count beside what makes the first row overflow.
const LARGE: f32 = 2.0;

/// Partial sums of squares, scaled before squaring so that none is lost (Blue, "A Portable Fortran Program to Find the
/// Euclidean Norm of a Vector", 1978): `sums[0, p] = Σ (2³⁶ x)²` over the elements `p`, `p + parts`, `p + 2 parts`, …,
/// and `sums[1, p] = Σ (2⁻⁶⁴ x)²` over those of them beyond ±2. Powers of 2 round nothing.
///
/// # Shapes
/// `x`: anything; `sums`: 2 × parts.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::SumSquares;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("sum squares", 1);
/// let (x, sums) = (tape.tensor("x", Element::Real, 1, 2), tape.tensor("sums", Element::Real, 2, 1));
/// tape.push(SumSquares { x, sums });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[3.0, 4.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(sums)?[0], 25.0 * 2_f32.powi(72));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SumSquares {
    /// What is squared: all gradients.
    pub x: Tensor,
    /// The partial sums.
    pub sums: Tensor,
}

impl Op for SumSquares {
    const NAME: &'static str = "sum_squares";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.sums)]
    }

    fn check(&self) -> Result<(), OpError> {
        two_rows(self.sums)
    }

    fn split(&self) -> Split {
        Split::Whole
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, sums) = (views.input(0), views.output(1));
        sums.fill(T::zero());
        let (up, down) = sums.split_at_mut(self.sums.cols);
        let [scale_up, scale_down, least] = [UP, DOWN, LARGE].map(|number| T::of(number.into()));
        for row in x.chunks(up.len()) {
            for ((up, down), x) in up.iter_mut().zip(&mut *down).zip(row) {
                let large = if x.abs() <= least { T::zero() } else { *x };
                let [x, large] = [*x * scale_up, large * scale_down];
                *up += x * x;
                *down += large * large;
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("clip/sum_squares.wgsl"), self.sums.cols);
        scaled(kernel, self.sums).size("LENGTH", self.x.len()).constant("LARGE", LARGE)
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((self.clone(), self.x.len().div_ceil(self.sums.cols)))
    }

    fn flops(&self) -> f64 {
        6.0 * self.x.len() as f64
    }
}

impl OpCases for SumSquares {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |(len, parts)| Self {
            x: tape.tensor("x", Element::Real, 1, len),
            sums: tape.tensor("sums", Element::Real, 2, parts),
        };
        [(1, 1), (13, 7), (5_003, 64)].map(&mut case).to_vec()
    }
}

/// An error unless partial sums have their two rows.
pub(super) fn two_rows(sums: Tensor) -> Result<(), OpError> {
    if sums.rows == 2 { Ok(()) } else { Err(OpError::new(format!("needs two rows of sums, and has {sums}"))) }
}

/// A kernel that clips to `limit` by the sums that [`SumSquares`] has written.
pub(super) fn clipping(kernel: Kernel, sums: Tensor, limit: f32) -> Kernel {
    let scaled_limit = |by: f32| (f64::from(limit) * f64::from(by)).min(f32::MAX.into()) as f32;
    let kernel = kernel.constant("LIMIT_UP", scaled_limit(UP)).constant("LIMIT_DOWN", scaled_limit(DOWN));
    scaled(kernel.with(shader!("clip/norm.wgsl")), sums)
}

/// A kernel that knows how [`SumSquares`] scales its sums, and how many there are in a row.
fn scaled(kernel: Kernel, sums: Tensor) -> Kernel {
    kernel.size("PARTS", sums.cols).constant("UP", UP).constant("DOWN", DOWN)
}

/// The norm whose partial sums [`SumSquares`] has written: from its first row, or from the second where that overflows.
#[inline(always)]
pub(super) fn norm<T: Real>(sums: &[T]) -> T {
    let (up, down) = sums.split_at(sums.len() / 2);
    let [up, down] = [up, down].map(|row| row.iter().copied().sum::<T>().sqrt());
    if up.is_finite() { up / T::of(UP.into()) } else { down / T::of(DOWN.into()) }
}

/// `factor = min(1, limit / norm)`: what gradients are multiplied by so that their norm is at most `limit` (Pascanu,
/// Mikolov and Bengio, 2013). Where the norm is not finite, neither is the factor: that a training must show.
///
/// # Shapes
/// `sums`: 2 × parts, written by [`SumSquares`]; `factor`: 1 × 1.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::{ClipFactor, SumSquares};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("clip factor", 1);
/// let gradients = tape.tensor("gradients", Element::Real, 1, 2);
/// let (sums, factor) = (tape.tensor("sums", Element::Real, 2, 1), tape.tensor("factor", Element::Real, 1, 1));
/// tape.push(SumSquares { x: gradients, sums });
/// tape.push(ClipFactor { sums, factor, limit: 1.0 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(gradients, Values::Real(&[3.0, 4.0]))?; // a norm of 5
/// cpu.run(id, &[Batch::of(1)])?;
/// assert!((cpu.read(factor)?[0] - 0.2).abs() < 1e-6);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClipFactor {
    /// Partial sums of squares.
    pub sums: Tensor,
    /// What gradients are to be multiplied by.
    pub factor: Tensor,
    /// The largest norm.
    pub limit: f32,
}

impl Op for ClipFactor {
    const NAME: &'static str = "clip_factor";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.sums), (Use::Out, self.factor)]
    }

    fn check(&self) -> Result<(), OpError> {
        two_rows(self.sums)?;
        one_number(self.factor)
    }

    fn split(&self) -> Split {
        Split::Whole
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (sums, factor) = (views.input(0), views.output(1));
        let (norm, limit) = (norm(sums), T::of(self.limit.into()));
        factor[0] = match norm.is_finite() {
            true if norm > limit => limit / norm,
            true => T::one(),
            false => T::nan(),
        };
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        clipping(Kernel::per_element(shader!("clip/factor.wgsl"), 1), self.sums, self.limit)
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((self.clone(), self.sums.cols))
    }

    fn flops(&self) -> f64 {
        self.sums.len() as f64
    }

    fn domain(&self, _: usize) -> Domain {
        Domain::NonNegative
    }
}

impl OpCases for ClipFactor {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |(parts, limit)| Self {
            sums: tape.tensor("sums", Element::Real, 2, parts),
            factor: tape.tensor("factor", Element::Real, 1, 1),
            limit,
        };
        [(1, 1.0), (7, 0.5), (64, 1.0), (64, 1e6)].map(&mut case).to_vec()
    }
}

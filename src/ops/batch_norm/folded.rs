//! A convolution's weight with the norm behind it in it.

use super::{BatchNorm, check_affine, invert};
use crate::error::OpError;
use crate::ops::dense::bias_rows;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, OpCases, Scale, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// The weight and bias with which a convolution or a dense layer gives what a [`BatchNorm`](super::BatchNorm) of fixed statistics
/// makes of its output: `W' = W · scale / √(variance + ε)`, `b' = (b - mean) · scale / √(variance + ε) + shift`.
///
/// # Shapes
/// `weight`: (n + 1) × filters with the bias as its last row, or n × filters without one; `affine`: 2 × filters; `moments`: 1 ×
/// (2 · filters), means and variances; `folded`: (n + 1) × filters.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::FoldedNorm;
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("folded", 1);
/// let mut tensor = |name, rows, cols| tape.tensor(name, Element::Real, rows, cols);
/// let (weight, affine, moments) = (tensor("weight", 1, 1), tensor("affine", 2, 1), tensor("moments", 1, 2));
/// let folded = tensor("folded", 2, 1);
/// tape.push(FoldedNorm { weight, affine, moments, folded, epsilon: 1.0 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(weight, Values::Real(&[3.0]))?;
/// cpu.write(affine, Values::Real(&[2.0, 1.0]))?;
/// cpu.write(moments, Values::Real(&[5.0, 3.0]))?; // a mean and a variance
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(folded)?, [3.0, -4.0]); // (3 x - 5) / √(3 + 1) · 2 + 1
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FoldedNorm {
    /// The layer's weights, and its bias as a further row.
    pub weight: Tensor,
    /// The norm's row of scales, and that of shifts.
    pub affine: Tensor,
    /// The means and variances that it normalises by.
    pub moments: Tensor,
    /// Both in one.
    pub folded: Tensor,
    /// The norm's `ε`.
    pub epsilon: f32,
}

impl FoldedNorm {
    /// That of a norm and the weight of so many rows before it; none where its statistics are those of the batch, or weights halves.
    pub(in crate::ops) fn of(
        tape: &mut Recorder,
        norm: &BatchNorm,
        weight: Tensor,
        rows: usize,
    ) -> Option<Self> {
        let &BatchNorm { moments, affine, of_batch, epsilon, .. } = norm;
        if of_batch || weight.element != Element::Real {
            return None;
        }
        let folded = tape.tensor("folded", Element::Real, rows + 1, weight.cols);
        Some(Self { weight, affine, moments, folded, epsilon })
    }

    #[inline(always)]
    fn fold<T: Real>(&self, views: &mut Views<'_, T>, factors: &mut [T]) {
        let filters = self.folded.cols;
        let [weight, affine, moments] = [0, 1, 2].map(|index| views.input(index));
        let (scales, shifts) = affine.split_at(filters);
        let (means, variances) = moments.split_at(filters);
        factors.copy_from_slice(variances);
        invert(factors, self.epsilon);
        for (factor, scale) in factors.iter_mut().zip(scales) {
            *factor *= *scale;
        }
        let (folded, bias) = views.output(3).split_at_mut((self.folded.rows - 1) * filters);
        for (folded, weight) in folded.chunks_exact_mut(filters).zip(weight.chunks_exact(filters)) {
            for (filter, folded) in folded.iter_mut().enumerate() {
                *folded = weight[filter] * factors[filter];
            }
        }
        let before = weight.get(folded.len()..).filter(|before| !before.is_empty());
        for (filter, bias) in bias.iter_mut().enumerate() {
            let before = before.map_or(T::zero(), |before| before[filter]);
            *bias = (before - means[filter]) * factors[filter] + shifts[filter];
        }
    }
}

impl Op for FoldedNorm {
    const NAME: &'static str = "batch_norm.folded";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = [self.weight, self.affine, self.moments].map(|tensor| (Use::In, tensor)).to_vec();
        operands.push((Use::Out, self.folded));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        let Self { weight, affine, moments, folded, epsilon } = *self;
        check_affine(affine, folded.cols, epsilon)?;
        let all = [weight, moments, folded];
        let plain = all.iter().all(|tensor| !tensor.is_batched() && tensor.element == Element::Real);
        if plain && weight.cols == folded.cols && moments.len() == 2 * folded.cols && folded.rows > 0 {
            return bias_rows(folded.rows - 1, weight).map(drop);
        }
        Err(OpError::new(format!(
            "folds {moments} moments and the weight {weight} to {folded}; it needs a mean and a variance for each column, and reals"
        )))
    }

    fn split(&self) -> Split {
        Split::Whole
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let mut factors = vec![T::zero(); self.folded.cols];
        self.fold(views, &mut factors);
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let factors = views.scratch();
        self.fold(views, factors);
    }

    fn scratch(&self) -> usize {
        self.folded.cols
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("batch_norm/folded.wgsl"), self.folded.len());
        let kernel = kernel.size("FILTERS", self.folded.cols).size("TAPS", self.folded.rows - 1);
        kernel.size("BIAS", self.weight.rows + 1 - self.folded.rows).constant("EPSILON", self.epsilon)
    }

    /// A square root in the denominator.
    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        Some(Scale::Output)
    }

    fn flops(&self) -> f64 {
        self.folded.len() as f64
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 2 { Domain::NonNegative } else { Domain::Any }
    }
}

impl OpCases for FoldedNorm {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |(taps, bias, filters): (usize, usize, usize)| {
            let mut tensor = |name, rows, cols| tape.tensor(name, Element::Real, rows, cols);
            Self {
                weight: tensor("weight", taps + bias, filters),
                affine: tensor("affine", 2, filters),
                moments: tensor("moments", 1, 2 * filters),
                folded: tensor("folded", taps + 1, filters),
                epsilon: 1e-5,
            }
        };
        [(9, 0, 16), (27, 1, 5), (1, 0, 1)].map(&mut case).to_vec()
    }
}

//! Layer normalisation, and its derivative.

use super::binary::{Binary, Operation};
use super::reduce::BatchSum;
use crate::error::OpError;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, Source, shader};
use crate::program::op::{Op, OpCases, Scale, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike};

/// `y = (x - mean) / √(var + ε) ⊙ scale + shift` over each row (Ba, Kiros and Hinton, *Layer Normalization*, 2016). The variance is
/// the mean of `(x - mean)²`, in which nothing cancels; it overflows where an `x - mean` is beyond 10¹⁹.
///
/// # Shapes
/// `x`, `y`: batch × n; `scale`, `shift`: 1 × n, not of the batch.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::LayerNorm;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("layer norm", 1);
/// let [x, y] = ["x", "y"].map(|name| tape.batched(name, 2));
/// tape.push(LayerNorm { x, affine: None, y, epsilon: 1e-5 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 3.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// let y = cpu.read(y)?;
/// assert!((y[0] + 1.0).abs() < 1e-4 && (y[1] - 1.0).abs() < 1e-4);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LayerNorm {
    /// What is normalised.
    pub x: Tensor,
    /// What normalised numbers are multiplied by, and what is added to them then; neither where there is none.
    pub affine: Option<[Tensor; 2]>,
    /// The result.
    pub y: Tensor,
    /// `ε`, which keeps rows of equal numbers finite.
    pub epsilon: f32,
}

/// The mean of a row, and what its numbers are multiplied by once the mean is gone: `1 / √(var + ε)`.
#[inline(always)]
fn moments<T: Real>(x: &[T], epsilon: f32) -> (T, T) {
    let n = T::of(x.len() as f64);
    let mean = x.iter().copied().sum::<T>() / n;
    let squares: T = x.iter().map(|x| (*x - mean) * (*x - mean)).sum();
    (mean, (squares / n + T::of(epsilon.into())).sqrt().recip())
}

/// An error unless a parameter is a row for all rows of the batch, and `ε` is positive.
fn check(x: Tensor, parameters: &[Tensor], epsilon: f32) -> Result<(), OpError> {
    if !(epsilon > 0.0 && epsilon.is_finite()) {
        return Err(OpError::new(format!("adds {epsilon} to variances; it must be finite and more than 0")));
    }
    match parameters.iter().find(|row| row.is_batched() || row.shape() != [1, x.cols]) {
        Some(row) => Err(OpError::new(format!(
            "takes {row} for all rows of {x}; it needs one row that is not of the batch"
        ))),
        None => Ok(()),
    }
}

fn kernel(source: Source, x: Tensor, epsilon: f32) -> Kernel {
    let kernel = Kernel::by_lanes(source, x.rows, x.cols).with(shader!("layer_norm/moments.wgsl"));
    kernel.size("COLS", x.cols).constant("EPSILON", epsilon)
}

impl LayerNorm {
    /// The gradients of scale and shift: sums over the batch of `dy ⊙ (x - mean) / √(var + ε)` and of `dy`.
    fn parameters(&self, tape: &mut Recorder, dy: Tensor) {
        let Some([scale, shift]) = self.affine else { return };
        tape.contribute(scale, |tape, gradient| {
            let [normal, terms] =
                ["layer_norm.normal", "layer_norm.terms"].map(|name| tape.tensor_like(name, self.x));
            tape.push(Self { affine: None, y: normal, ..self.clone() });
            tape.push(Binary { operation: Operation::Product, a: dy, b: normal, y: terms });
            tape.push(BatchSum { x: terms, y: gradient });
        });
        tape.contribute(shift, |tape, gradient| tape.push(BatchSum { x: dy, y: gradient }));
    }
}

impl Op for LayerNorm {
    const NAME: &'static str = "layer_norm";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.x), (Use::Out, self.y)];
        operands.extend(self.affine.into_iter().flatten().map(|row| (Use::In, row)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        alike(&[self.x, self.y])?;
        check(self.x, self.affine.as_ref().map_or(&[], |rows| rows), self.epsilon)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y, scale, shift) = (views.input(0), views.output(1), views.input(2), views.input(3));
        let cols = self.x.cols;
        for (x, y) in x.chunks_exact(cols).zip(y.chunks_exact_mut(cols)) {
            let (mean, inverse) = moments(x, self.epsilon);
            for (y, x) in y.iter_mut().zip(x) {
                *y = (*x - mean) * inverse;
            }
            for (y, (scale, shift)) in y.iter_mut().zip(scale.iter().zip(shift)) {
                *y = *y * *scale + *shift;
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let affine = match self.affine {
            Some(_) => shader!("layer_norm/affine.wgsl"),
            None => shader!("layer_norm/plain.wgsl"),
        };
        kernel(shader!("layer_norm/forward.wgsl"), self.x, self.epsilon).with(affine)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let Self { x, epsilon, .. } = *self;
        let scale = self.affine.map(|[scale, _]| scale);
        tape.contribute(x, |tape, dx| tape.push(LayerNormGradient { x, dy, scale, dx, epsilon }));
        self.parameters(tape, dy);
    }

    /// Sums of a row's numbers are rounded once a column, which is of the size of an approximation.
    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        Some(Scale::Output)
    }

    fn flops(&self) -> f64 {
        8.0 * self.x.len() as f64
    }
}

impl OpCases for LayerNorm {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut cases = Vec::new();
        for cols in [1, 13, 97, 257] {
            let (x, y) = (tape.batched("x", cols), tape.batched("y", cols));
            let affine = ["scale", "shift"].map(|name| tape.tensor(name, Element::Real, 1, cols));
            cases.extend([None, Some(affine)].map(|affine| Self { x, affine, y, epsilon: 1e-5 }));
        }
        cases
    }
}

/// `dx = (g - mean g - z mean(g ⊙ z)) / √(var + ε)` over each row, with `g = dy ⊙ scale` and `z = (x - mean) / √(var + ε)`.
///
/// # Shapes
/// `x`, `dy`, `dx`: batch × n; `scale`: 1 × n, not of the batch.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::LayerNormGradient;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("layer norm gradient", 1);
/// let [x, dy, dx] = ["x", "dy", "dx"].map(|name| tape.batched(name, 3));
/// tape.push(LayerNormGradient { x, dy, scale: None, dx, epsilon: 1e-5 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 3.0, 8.0]))?;
/// cpu.write(dy, Values::Real(&[5.0, 5.0, 5.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// // A norm takes away what all numbers of a row have in common.
/// assert!(cpu.read(dx)?.iter().all(|dx| dx.abs() < 1e-5));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LayerNormGradient {
    /// What was normalised.
    pub x: Tensor,
    /// Gradient of the result.
    pub dy: Tensor,
    /// What normalised numbers were multiplied by, if by anything.
    pub scale: Option<Tensor>,
    /// Gradient of `x`.
    pub dx: Tensor,
    /// `ε`.
    pub epsilon: f32,
}

impl Op for LayerNormGradient {
    const NAME: &'static str = "layer_norm.gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.x), (Use::In, self.dy), (Use::Out, self.dx)];
        operands.extend(self.scale.map(|scale| (Use::In, scale)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        alike(&[self.x, self.dy, self.dx])?;
        check(self.x, self.scale.as_slice(), self.epsilon)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, dy, dx, scale) = (views.input(0), views.input(1), views.output(2), views.input(3));
        let cols = self.x.cols;
        let n = T::of(cols as f64);
        for ((x, dy), dx) in x.chunks_exact(cols).zip(dy.chunks_exact(cols)).zip(dx.chunks_exact_mut(cols)) {
            let (mean, inverse) = moments(x, self.epsilon);
            dx.copy_from_slice(dy);
            for (g, scale) in dx.iter_mut().zip(scale) {
                *g *= *scale;
            }
            let mean_g = dx.iter().copied().sum::<T>() / n;
            let mean_gz = dx.iter().zip(x).map(|(g, x)| *g * ((*x - mean) * inverse)).sum::<T>() / n;
            for (dx, x) in dx.iter_mut().zip(x) {
                *dx = inverse * (*dx - mean_g - (*x - mean) * inverse * mean_gz);
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let scaled = match self.scale {
            Some(_) => shader!("layer_norm/scaled.wgsl"),
            None => shader!("layer_norm/unscaled.wgsl"),
        };
        kernel(shader!("layer_norm/gradient.wgsl"), self.x, self.epsilon).with(scaled)
    }

    /// As exact as the normalisation itself.
    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        Some(Scale::Operand(1))
    }

    fn flops(&self) -> f64 {
        16.0 * self.x.len() as f64
    }
}

impl OpCases for LayerNormGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let forward = LayerNorm::cases(tape);
        let mut case = |LayerNorm { x, affine, y, epsilon }: LayerNorm| {
            let scale = affine.map(|[scale, _]| scale);
            Self { x, dy: y, scale, dx: tape.batched("dx", x.cols), epsilon }
        };
        forward.into_iter().map(&mut case).collect()
    }
}

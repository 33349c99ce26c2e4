//! Where gradients begin.

use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike};

/// `gradient = scale / n`, the derivative of `scale` times the mean of `n` losses with respect to each: what a loss multiplies its
/// own derivative by. `n` counts the losses of the whole batch, of which these may be a share.
///
/// # Shapes
/// `of`, `gradient`: batch × 1; `scale`: 1 or more numbers, of which the first counts.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::Seed;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("seed", 4);
/// let [losses, gradient] = ["losses", "gradient"].map(|name| tape.batched(name, 1));
/// tape.push(Seed { of: losses, scale: None, gradient });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.run(id, &[Batch::of(4)])?;
/// assert_eq!(cpu.read(gradient)?, [0.25; 4]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Seed {
    /// The losses, which are not read.
    pub of: Tensor,
    /// The loss scale, if there is one.
    pub scale: Option<Tensor>,
    /// Gradient of the losses.
    pub gradient: Tensor,
}

impl Op for Seed {
    const NAME: &'static str = "seed";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::Out, self.gradient)];
        operands.extend(self.scale.map(|scale| (Use::In, scale)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        alike(&[self.of, self.gradient])?;
        if self.of.cols == 1 && self.of.is_batched() {
            return Ok(());
        }
        Err(OpError::new(format!(
            "begins at losses of {}; there is one number for each sample or row",
            self.of
        )))
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let scale = if self.scale.is_some() { views.input(1)[0] } else { T::one() };
        let rows = f64::from(views.batch.global_rows) * self.of.sample_len() as f64;
        views.output(0).fill(scale / T::of(rows));
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("seed/fill.wgsl"), self.gradient.len());
        kernel.with(match self.scale {
            Some(_) => shader!("seed/scaled.wgsl"),
            None => shader!("seed/unscaled.wgsl"),
        })
    }

    fn flops(&self) -> f64 {
        0.0
    }

    fn domain(&self, _: usize) -> Domain {
        Domain::Scale
    }
}

impl OpCases for Seed {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let scales = [
            None,
            Some(tape.tensor("scale", Element::Real, 1, 2)),
            Some(tape.tensor("scale", Element::Real, 1, 1)),
        ];
        let mut losses = |name| tape.batched(name, 1);
        scales.map(|scale| Self { of: losses("losses"), scale, gradient: losses("gradient") }).into()
    }
}

//! Gaussian noise.

use crate::error::OpError;
use crate::ops::random::{Draws, cosine};
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Scale, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Tensor, alike};

/// `y = x + std · n`, with a number `n` of the standard normal distribution for each element (Box and Muller, 1958). It is a
/// function of the batch's seed and epoch, of the layer and of the element's place in the epoch. The gradient of `x` is that of `y`.
///
/// # Shapes
/// `x`, `y`: batch × n.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::Noise;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("noise", 1000);
/// let [x, y] = ["x", "y"].map(|name| tape.batched(name, 1));
/// tape.push(Noise { x, y, std: 0.1, layer: 0 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[5.0; 1000]))?;
/// cpu.run(id, &[Batch::of(1000)])?;
/// let near = cpu.read(y)?.into_iter().filter(|y| (y - 5.0).abs() < 0.2).count();
/// assert!((930..980).contains(&near)); // 95.4 % lie within two standard deviations
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Noise {
    /// What noise is added to.
    pub x: Tensor,
    /// The sum.
    pub y: Tensor,
    /// The standard deviation, 0 or more.
    pub std: f32,
    /// Tells the noise of several layers apart.
    pub layer: u32,
}

/// A number of the standard normal distribution.
#[inline(always)]
fn normal<T: Real>(draws: Draws, number: u32) -> T {
    let [first, second] = [0, 1].map(|which| draws.unit::<T>(number.wrapping_mul(2).wrapping_add(which)));
    // More than 0 and at most 1.
    let above_0 = first + T::of(1.0 / 16_777_216.0);
    (T::of(-2.0) * above_0.ln()).sqrt() * cosine(second - T::of(0.5))
}

impl Op for Noise {
    const NAME: &'static str = "noise";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        if !self.std.is_finite() || self.std < 0.0 {
            return Err(OpError::new(format!(
                "adds noise of standard deviation {}; it must be finite and at least 0",
                self.std
            )));
        }
        alike(&[self.x, self.y])
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        let (draws, std) = (Draws::of(&views.batch, self.layer), T::of(self.std.into()));
        let first = (views.batch.first as usize + views.span.start) * self.x.sample_len();
        for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
            *y = *x + std * normal::<T>(draws, (first + i) as u32);
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        Kernel::per_element(shader!("augment/noise.wgsl"), self.x.len())
            .with(shader!("random.wgsl"))
            .with(shader!("function/sine.wgsl"))
            .with(shader!("function/ln_1p.wgsl"))
            .size("COLS", self.x.cols)
            .constant("LAYER", self.layer)
            .constant("STD", self.std)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        tape.contribute_same(self.x, dy);
    }

    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        Some(Scale::Output)
    }

    fn flops(&self) -> f64 {
        30.0 * self.x.len() as f64
    }
}

impl OpCases for Noise {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case =
            |(cols, std, layer)| Self { x: tape.batched("x", cols), y: tape.batched("y", cols), std, layer };
        [(1, 0.5, 0), (13, 0.1, 1), (200, 2.0, 2), (64, 0.0, 3)].map(&mut case).to_vec()
    }
}

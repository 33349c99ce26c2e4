//! Dropout: a random mask, the same bits on every backend.

use super::random::Draws;
use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;
use crate::program::tensor::alike;

/// `y = x · mask / (1 - rate)`, with each element of the mask 0 with probability `rate`, else 1 (Srivastava et al.,
/// 2014). Where channels are dropped whole, all places of a sample share the mask of one (Tompson et al., *Efficient Object
/// Localization Using Convolutional Networks*, 2015). The mask is a function of the batch's seed and step, the layer and the
/// element: it is not stored, and the derivative is the same op on the gradient.
///
/// # Shapes
/// `x`, `y`: batch × n, or batch × (places · channels) where channels are dropped whole.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::Dropout;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("dropout", 100);
/// let [x, y] = ["x", "y"].map(|name| tape.batched(name, 1));
/// tape.push(Dropout { x, y, channels: None, rate: 0.5, layer: 0 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0; 100]))?;
/// cpu.run(id, &[Batch::of(100)])?;
/// let kept = cpu.read(y)?.into_iter().filter(|y| *y == 2.0).count();
/// let dropped = cpu.read(y)?.into_iter().filter(|y| *y == 0.0).count();
/// assert!(kept + dropped == 100 && kept > 25 && dropped > 25);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dropout {
    /// What is masked.
    pub x: Tensor,
    /// What is left, scaled up.
    pub y: Tensor,
    /// How many channels a place has, if they are dropped whole; else each number is dropped by itself.
    pub channels: Option<usize>,
    /// The share that is dropped, `0..1`.
    pub rate: f32,
    /// Tells the masks of several dropout layers apart.
    pub layer: u32,
}

impl Dropout {
    /// An element is dropped if its random number is under this.
    fn threshold(&self) -> u32 {
        (f64::from(self.rate) * 4_294_967_296.0) as u32
    }

    fn scale(&self) -> f64 {
        1.0 / (1.0 - f64::from(self.rate))
    }

    /// Random numbers of a sample.
    #[inline(always)]
    fn draws(&self) -> usize {
        self.channels.unwrap_or(self.x.sample_len())
    }
}

impl Op for Dropout {
    const NAME: &'static str = "dropout";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        if !(0.0..1.0).contains(&self.rate) {
            return Err(OpError::new(format!(
                "drops a share of {}; it must be at least 0 and less than 1",
                self.rate
            )));
        }
        if !self.x.sample_len().is_multiple_of(self.draws()) {
            return Err(OpError::new(format!(
                "drops whole channels of {}, and has {} numbers a sample",
                self.draws(),
                self.x.sample_len()
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
        let draws = Draws::of(&views.batch, self.layer);
        let (threshold, scale) = (self.threshold(), T::of(self.scale()));
        let (first, count) = (views.batch.first as usize + views.span.start, self.draws());
        let places = self.x.sample_len() / count;
        for (place, (y, x)) in y.chunks_exact_mut(count).zip(x.chunks_exact(count)).enumerate() {
            let start = (first + place / places) * count;
            for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
                let kept = draws.word((start + i) as u32) >= threshold;
                *y = if kept { *x * scale } else { T::zero() };
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        Kernel::per_element(shader!("dropout.wgsl"), self.x.len())
            .with(shader!("random.wgsl"))
            .size("COLS", self.x.cols)
            .size("DRAWS", self.draws())
            .constant("LAYER", self.layer)
            .constant("THRESHOLD", self.threshold())
            .constant("SCALE", self.scale())
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let backward = self.clone();
        tape.contribute(self.x, |tape, dx| tape.push(Self { x: dy, y: dx, ..backward }));
    }

    fn flops(&self) -> f64 {
        self.x.len() as f64
    }
}

impl OpCases for Dropout {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |(cols, channels, rate, layer)| {
            let [x, y] = ["x", "y"].map(|name| tape.batched(name, cols));
            Self { x, y, channels, rate, layer }
        };
        let whole = (245, Some(5), 0.3, 4);
        [(1, None, 0.5, 0), (13, None, 0.2, 1), (200, None, 0.5, 2), (64, None, 0.0, 3), whole]
            .map(&mut case)
            .to_vec()
    }
}

//! Rectangles that are erased.

use super::ImageShape;
use crate::error::OpError;
use crate::ops::random::Draws;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// Random numbers of a rectangle.
const DRAWS: u32 = 4;

/// Each image with probability `probability` without a rectangle, which lies anywhere inside and has a size from a table. It is a
/// function of the batch's seed and epoch, of the layer and of the sample's place in the epoch. The derivative is the same op on
/// the gradient, with 0 in the rectangles.
///
/// # Shapes
/// `x`, `y`: batch × (height · width · channels); `sizes`: n × 2, whole heights and widths that fit, not of the batch and at most
/// 65,536 rows.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{Erase, ImageShape};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("erase", 1);
/// let (x, y, sizes) = (tape.batched("x", 12), tape.batched("y", 12), tape.constant("sizes", 1, &[2.0, 3.0]));
/// let image = ImageShape { height: 3, width: 4, channels: 1 };
/// tape.push(Erase { x, sizes, y, image, probability: 1.0, value: 0.5, layer: 0 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0; 12]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?.iter().filter(|pixel| **pixel == 0.5).count(), 2 * 3);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Erase {
    /// The images.
    pub x: Tensor,
    /// The sizes of rectangles, each as likely.
    pub sizes: Tensor,
    /// The images without their rectangles.
    pub y: Tensor,
    /// Their size.
    pub image: ImageShape,
    /// How probable it is that an image loses a rectangle.
    pub probability: f32,
    /// What stands in rectangles.
    pub value: f32,
    /// Tells the rectangles of several layers apart.
    pub layer: u32,
}

impl Erase {
    /// The rows and the columns that the sample at this place in the epoch loses.
    #[inline(always)]
    fn rectangle<T: Real>(&self, sizes: &[T], draws: Draws, sample: u32) -> [std::ops::Range<usize>; 2] {
        let which = sample.wrapping_mul(DRAWS);
        if draws.unit::<T>(which) >= T::of(self.probability.into()) {
            return [0..0, 0..0];
        }
        let chosen = draws.below(which.wrapping_add(1), self.sizes.rows as u32) as usize;
        let along = |axis: usize, whole: usize| {
            let size = sizes[2 * chosen + axis].to_usize().unwrap_or(0).min(whole);
            let start = draws.below(which.wrapping_add(2 + axis as u32), (whole - size + 1) as u32) as usize;
            start..start + size
        };
        [along(0, self.image.height), along(1, self.image.width)]
    }
}

impl Op for Erase {
    const NAME: &'static str = "erase";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::In, self.sizes), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        self.image.check(self.x, self.y)?;
        if self.sizes.is_batched() || self.sizes.cols != 2 || self.sizes.rows > 65_536 {
            return Err(OpError::new(format!(
                "takes sizes of {}; it needs a height and a width in each of at most 65,536 rows, not of the batch",
                self.sizes
            )));
        }
        if (0.0..=1.0).contains(&self.probability) {
            return Ok(());
        }
        Err(OpError::new(format!("erases with probability {}; it takes 0 to 1", self.probability)))
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, sizes, y) = (views.input(0), views.input(1), views.output(2));
        let draws = Draws::of(&views.batch, self.layer);
        let first = views.batch.first as usize + views.span.start;
        y.copy_from_slice(x);
        let line = self.image.width * self.image.channels;
        for (i, y) in y.chunks_exact_mut(self.image.len()).enumerate() {
            let [rows, cols] = self.rectangle(sizes, draws, (first + i) as u32);
            let cols = cols.start * self.image.channels..cols.end * self.image.channels;
            for row in y.chunks_exact_mut(line).skip(rows.start).take(rows.len()) {
                row[cols.clone()].fill(T::of(self.value.into()));
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("augment/erase.wgsl"), self.y.len());
        self.image
            .joined_to(kernel.with(shader!("random.wgsl")))
            .size("SIZES", self.sizes.rows)
            .constant("LAYER", self.layer)
            .constant("PROBABILITY", self.probability)
            .constant("VALUE", self.value)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let backward = Self { value: 0.0, ..self.clone() };
        tape.contribute(self.x, |tape, dx| tape.push(Self { x: dy, y: dx, ..backward }));
    }

    fn flops(&self) -> f64 {
        0.0
    }

    fn domain(&self, index: usize) -> Domain {
        if index == 1 { Domain::Below(self.image.height.min(self.image.width) + 1) } else { Domain::Any }
    }
}

impl OpCases for Erase {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |image: ImageShape, rows, probability, layer| {
            let [x, y] = ["x", "y"].map(|name| tape.batched(name, image.len()));
            Self {
                x,
                sizes: tape.tensor("sizes", Element::Real, rows, 2),
                y,
                image,
                probability,
                value: 0.75,
                layer,
            }
        };
        let [one, prime, tall] = ImageShape::examples();
        vec![case(one, 1, 1.0, 0), case(prime, 3, 1.0, 1), case(tall, 40, 0.7, 2)]
    }
}

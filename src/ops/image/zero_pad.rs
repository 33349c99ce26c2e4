//! Zeros around images.

use std::ops::Range;

use super::{check, kernel};
use crate::error::OpError;
use crate::ops::ImageShape;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// `y` = images with rows and columns of zeros around them. A negative number takes rows or columns away instead, so the derivative
/// is the same op with the other sign.
///
/// # Shapes
/// `x`: batch × (height · width · channels); `y`: batch × ((height + above + below) · (width + left + right) · channels). Both are of
/// reals, or of halves where channels are a multiple of 4.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{ImageShape, ZeroPad};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("zero pad", 1);
/// let (x, y) = (tape.batched("x", 3), tape.batched("y", 4));
/// let image = ImageShape { height: 1, width: 3, channels: 1 };
/// tape.push(ZeroPad { x, y, image, padding: [0, 2, 0, -1] });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 2.0, 3.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [0.0, 0.0, 1.0, 2.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ZeroPad {
    /// Images, channels last.
    pub x: Tensor,
    /// The images between zeros.
    pub y: Tensor,
    /// The size of `x`.
    pub image: ImageShape,
    /// Rows or columns above, on the left, below, on the right.
    pub padding: [isize; 4],
}

impl ZeroPad {
    /// The sides of images with so much around them, 0 where nothing is left.
    pub(crate) fn output(image: ImageShape, padding: [isize; 4]) -> [usize; 2] {
        let ImageShape { height, width, .. } = image;
        let [above, left, below, right] = padding;
        let side = |pixels: usize, before, behind| {
            pixels.saturating_add_signed(before).saturating_add_signed(behind)
        };
        [side(height, above, below), side(width, left, right)]
    }

    /// The rows or columns of `x` that are some of `y`.
    #[inline(always)]
    fn kept(pixels: usize, before: isize, output: usize) -> Range<usize> {
        let end = output.saturating_add_signed(-before).min(pixels);
        0usize.saturating_add_signed(-before).min(end)..end
    }
}

impl Op for ZeroPad {
    const NAME: &'static str = "zero_pad";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        check(self.image, self.x, Self::output(self.image, self.padding), self.y)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        let ImageShape { height, width, channels } = self.image;
        let [above, left, ..] = self.padding;
        let [out_height, out_width] = Self::output(self.image, self.padding);
        let rows = Self::kept(height, above, out_height);
        let columns = Self::kept(width, left, out_width);
        let count = columns.len() * channels;
        y.fill(T::zero());
        for (x, y) in x.chunks_exact(self.x.cols).zip(y.chunks_exact_mut(self.y.cols)) {
            for row in rows.clone() {
                let from = (row * width + columns.start) * channels;
                let place = row.saturating_add_signed(above) * out_width;
                let to = (place + columns.start.saturating_add_signed(left)) * channels;
                y[to..to + count].copy_from_slice(&x[from..from + count]);
            }
        }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let [above, left, ..] = self.padding;
        let output = Self::output(self.image, self.padding);
        let kernel = kernel(vec![shader!("image/zero_pad.wgsl")], self.image, output, self.y, device);
        kernel.constant("ABOVE", above as f64).constant("ON_THE_LEFT", left as f64)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let [height, width] = Self::output(self.image, self.padding);
        let image = ImageShape { height, width, ..self.image };
        let padding = self.padding.map(|pixels| -pixels);
        tape.contribute(self.x, |tape, dx| tape.push(Self { x: dy, y: dx, image, padding }));
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        0.0
    }
}

impl ZeroPad {
    fn of(tape: &mut Recorder, element: Element) -> Vec<Self> {
        let all = [
            ([5, 7, 4], [1, 1, 1, 1]),
            ([5, 3, 3], [2, 0, 1, 3]),
            ([1, 6, 1], [0, 2, 0, 1]),
            ([1, 1, 5], [0, 0, 0, 0]),
            ([7, 5, 1], [-2, -1, -1, -3]),
            ([6, 5, 8], [-1, 3, 2, -2]),
        ];
        let fits = |channels: usize| element == Element::Real || channels.is_multiple_of(4);
        let mut case = |([height, width, channels], padding): ([usize; 3], [isize; 4])| {
            let image = ImageShape { height, width, channels };
            let [rows, columns] = Self::output(image, padding);
            let sizes = [("x", height * width), ("y", rows * columns)];
            let [x, y] = sizes.map(|(name, pixels)| tape.batched_of(name, element, pixels * channels));
            Self { x, y, image, padding }
        };
        all.into_iter().filter(|([.., channels], _)| fits(*channels)).map(&mut case).collect()
    }
}

impl OpCases for ZeroPad {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Real)
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half)
    }
}

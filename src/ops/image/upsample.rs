//! Larger images of smaller ones, and the way back.

use super::{check, kernel};
use crate::error::OpError;
use crate::ops::ImageShape;
use crate::program::kernel::{DeviceProfile, Kernel, Source, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// What stands between the pixels of an image that becomes larger.
///
/// ```
/// use wgrad::layers::{Interpolation, Upsample};
///
/// let smooth = Upsample::new(2).interpolation(Interpolation::Bilinear);
/// # let _ = smooth;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Interpolation {
    /// The pixel that a place lies in.
    #[default]
    Nearest,
    /// What lies on the straight line between the middles of the nearest pixels, and at the edges the last pixel: `align_corners=False`
    /// in PyTorch, and as in Keras.
    Bilinear,
}

impl Interpolation {
    /// The pixel that a place is made of along a side, and the share of the next one.
    #[inline(always)]
    fn tap<T: Real>(self, place: usize, factor: usize, pixels: usize) -> (usize, T) {
        match self {
            Self::Nearest => (place / factor, T::zero()),
            Self::Bilinear => {
                // In halves of a place, from the middle of the first pixel on.
                let at = (2 * place + 1).saturating_sub(factor);
                let (first, rest) = (at / (2 * factor), at % (2 * factor));
                let next = T::of(rest as f64 / (2 * factor) as f64);
                (first, if first + 1 == pixels { T::zero() } else { next })
            }
        }
    }

    fn source(self) -> Source {
        match self {
            Self::Nearest => shader!("image/nearest.wgsl"),
            Self::Bilinear => shader!("image/bilinear.wgsl"),
        }
    }

    /// Places with a share of a pixel, at most.
    fn places(self, factor: [usize; 2]) -> usize {
        let side = |factor: usize| if self == Self::Nearest { factor } else { 2 * factor };
        side(factor[0]) * side(factor[1])
    }
}

/// An image that becomes larger.
#[derive(Clone, Copy)]
struct Larger {
    image: ImageShape,
    factor: [usize; 2],
    interpolation: Interpolation,
}

/// A pixel, and its share of a place.
type Share<T> = (usize, T);

impl Larger {
    fn sides(self) -> [usize; 2] {
        [self.image.height * self.factor[0], self.image.width * self.factor[1]]
    }

    /// The pixels that a place is made of, of which those without a share do not count.
    #[inline(always)]
    fn shares<T: Real>(self, place: usize) -> [Share<T>; 4] {
        let ImageShape { height, width, .. } = self.image;
        let [down, across] = self.factor;
        let columns = width * across;
        let (row, below) = self.interpolation.tap::<T>(place / columns, down, height);
        let (column, beside) = self.interpolation.tap::<T>(place % columns, across, width);
        let (first, above, left) = (row * width + column, T::one() - below, T::one() - beside);
        [
            (first, above * left),
            (first + 1, above * beside),
            (first + width, below * left),
            (first + width + 1, below * beside),
        ]
    }

    fn check(self, small: Tensor, large: Tensor) -> Result<(), OpError> {
        check(self.image, small, self.sides(), large)
    }

    fn kernel(self, main: Source, over: Tensor, device: &DeviceProfile) -> Kernel {
        let sources = vec![shader!("image/tap.wgsl"), self.interpolation.source(), main];
        let kernel = kernel(sources, self.image, self.sides(), over, device);
        kernel.size("FACTOR_Y", self.factor[0]).size("FACTOR_X", self.factor[1])
    }

    /// Images and larger ones, for the tests.
    fn cases(tape: &mut Recorder, element: Element) -> Vec<(Self, [Tensor; 2])> {
        let shapes = [
            ([5, 6, 4], [2, 2]),
            ([3, 5, 3], [3, 2]),
            ([1, 7, 1], [1, 4]),
            ([2, 1, 5], [5, 3]),
            ([1, 1, 8], [2, 3]),
        ];
        let fits = |channels: usize| element == Element::Real || channels.is_multiple_of(4);
        let mut cases = Vec::new();
        for ([height, width, channels], factor) in shapes.into_iter().filter(|([.., c], _)| fits(*c)) {
            let image = ImageShape { height, width, channels };
            for interpolation in [Interpolation::Nearest, Interpolation::Bilinear] {
                let larger = Self { image, factor, interpolation };
                let [rows, columns] = larger.sides();
                let sizes = [("small", height * width), ("large", rows * columns)];
                cases.push((larger, sizes.map(|(name, n)| tape.batched_of(name, element, n * channels))));
            }
        }
        cases
    }
}

/// `y` = images with `factor` times as many pixels along each side.
///
/// # Shapes
/// `x`: batch × (height · width · channels); `y`: batch × (factor₀ · height · factor₁ · width · channels). Both are of reals, or of
/// halves where channels are a multiple of 4.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{ImageShape, Interpolation, Upsample};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("upsample", 1);
/// let (x, y) = (tape.batched("x", 2), tape.batched("y", 4));
/// let image = ImageShape { height: 1, width: 2, channels: 1 };
/// tape.push(Upsample { x, y, image, factor: [1, 2], interpolation: Interpolation::Bilinear });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[0.0, 4.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [0.0, 1.0, 3.0, 4.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Upsample {
    /// Images, channels last.
    pub x: Tensor,
    /// The larger images.
    pub y: Tensor,
    /// The size of `x`.
    pub image: ImageShape,
    /// Places for each pixel along both sides, the height's first.
    pub factor: [usize; 2],
    /// What stands between the pixels.
    pub interpolation: Interpolation,
}

impl Upsample {
    fn larger(&self) -> Larger {
        let Self { image, factor, interpolation, .. } = *self;
        Larger { image, factor, interpolation }
    }

    fn of(tape: &mut Recorder, element: Element) -> Vec<Self> {
        let case = |(larger, [x, y]): (Larger, [Tensor; 2])| {
            let Larger { image, factor, interpolation } = larger;
            Self { x, y, image, factor, interpolation }
        };
        Larger::cases(tape, element).into_iter().map(case).collect()
    }
}

impl Op for Upsample {
    const NAME: &'static str = "upsample";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        self.larger().check(self.x, self.y)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        let (larger, channels) = (self.larger(), self.image.channels);
        y.fill(T::zero());
        for (x, y) in x.chunks_exact(self.x.cols).zip(y.chunks_exact_mut(self.y.cols)) {
            for (place, y) in y.chunks_exact_mut(channels).enumerate() {
                for (pixel, share) in larger.shares::<T>(place) {
                    if share > T::zero() {
                        for (y, x) in y.iter_mut().zip(&x[pixel * channels..]) {
                            *y += share * *x;
                        }
                    }
                }
            }
        }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        self.larger().kernel(shader!("image/upsample.wgsl"), self.y, device)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let Self { image, factor, interpolation, .. } = *self;
        tape.contribute(self.x, |tape, dx| {
            tape.push(UpsampleGradient { dy, dx, image, factor, interpolation });
        });
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((self.clone(), 4))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        8.0 * self.y.len() as f64
    }
}

impl OpCases for Upsample {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Real)
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half)
    }
}

/// `dx` = the gradients of the places with a share of a pixel, times the share: the derivative of [`Upsample`].
///
/// # Shapes
/// `dy`: batch × (factor₀ · height · factor₁ · width · channels); `dx`: batch × (height · width · channels).
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{ImageShape, Interpolation, UpsampleGradient};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("upsample gradient", 1);
/// let (dy, dx) = (tape.batched("dy", 4), tape.batched("dx", 2));
/// let image = ImageShape { height: 1, width: 2, channels: 1 };
/// tape.push(UpsampleGradient { dy, dx, image, factor: [1, 2], interpolation: Interpolation::Nearest });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(dy, Values::Real(&[1.0, 2.0, 10.0, 20.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(dx)?, [3.0, 30.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct UpsampleGradient {
    /// Gradient of the larger images.
    pub dy: Tensor,
    /// Gradient of the images.
    pub dx: Tensor,
    /// The size of `dx`.
    pub image: ImageShape,
    /// Places for each pixel along both sides, the height's first.
    pub factor: [usize; 2],
    /// What stands between the pixels.
    pub interpolation: Interpolation,
}

impl UpsampleGradient {
    fn larger(&self) -> Larger {
        let Self { image, factor, interpolation, .. } = *self;
        Larger { image, factor, interpolation }
    }

    fn of(tape: &mut Recorder, element: Element) -> Vec<Self> {
        let case = |(larger, [dx, dy]): (Larger, [Tensor; 2])| {
            let Larger { image, factor, interpolation } = larger;
            Self { dy, dx, image, factor, interpolation }
        };
        Larger::cases(tape, element).into_iter().map(case).collect()
    }
}

impl Op for UpsampleGradient {
    const NAME: &'static str = "upsample.gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.dy), (Use::Out, self.dx)]
    }

    fn check(&self) -> Result<(), OpError> {
        self.larger().check(self.dx, self.dy)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (dy, dx) = (views.input(0), views.output(1));
        let (larger, channels) = (self.larger(), self.image.channels);
        dx.fill(T::zero());
        for (dy, dx) in dy.chunks_exact(self.dy.cols).zip(dx.chunks_exact_mut(self.dx.cols)) {
            for (place, dy) in dy.chunks_exact(channels).enumerate() {
                for (pixel, share) in larger.shares::<T>(place) {
                    if share > T::zero() {
                        for (dx, dy) in dx[pixel * channels..].iter_mut().zip(dy) {
                            *dx += share * *dy;
                        }
                    }
                }
            }
        }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        self.larger().kernel(shader!("image/upsample_gradient.wgsl"), self.dx, device)
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((self.clone(), self.interpolation.places(self.factor)))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        8.0 * self.dy.len() as f64
    }
}

impl OpCases for UpsampleGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Real)
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half)
    }
}

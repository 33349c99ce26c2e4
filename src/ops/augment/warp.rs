//! Images seen through an affine transform, and the way back.

use super::ImageShape;
use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// Each image through an affine transform of its own, with bilinear sampling: as PyTorch's `grid_sample` without aligned corners,
/// except that what lies outside is `fill`.
///
/// The transform says where a pixel comes from, in pixels about the middle of the image: from `(a x + b y + c, d x + e y + f)`, with
/// `x` to the right and `y` down. Places are rounded to 4096ths of a pixel by whole numbers, so every backend reads the same
/// pixels. Factors count as −16 to 16, and shifts as −16384 to 16384.
///
/// # Shapes
/// `x`, `y`: batch × (height · width · channels), at most 2048 pixels along a side; `transform`: batch × 6, finite.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{ImageShape, Warp};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("warp", 1);
/// let (x, transform, y) = (tape.batched("x", 3), tape.batched("transform", 6), tape.batched("y", 3));
/// let image = ImageShape { height: 1, width: 3, channels: 1 };
/// tape.push(Warp { x, transform, y, image, fill: 9.0 });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 2.0, 3.0]))?;
/// cpu.write(transform, Values::Real(&[1.0, 0.0, 1.0, 0.0, 1.0, 0.0]))?; // from a pixel further to the right
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [2.0, 3.0, 9.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Warp {
    /// The images.
    pub x: Tensor,
    /// Two rows of three numbers for each image.
    pub transform: Tensor,
    /// The images through their transforms.
    pub y: Tensor,
    /// Their size.
    pub image: ImageShape,
    /// What lies outside.
    pub fill: f32,
}

/// A transform in whole numbers: 2¹⁴ is 1, and shifts are in half pixels.
type Fixed = [i32; 6];

/// A pixel of the source, if it is inside, and its weight.
type Tap<T> = (Option<usize>, T);

impl ImageShape {
    fn check_transform(self, x: Tensor, transform: Tensor, y: Tensor) -> Result<(), OpError> {
        self.check(x, y)?;
        if transform.is_batched() && transform.sample_len() == 6 {
            return Ok(());
        }
        Err(OpError::new(format!("takes transforms of {transform}; there are 6 numbers for each image")))
    }

    /// The four pixels around the place that a pixel comes from.
    #[inline(always)]
    fn taps<T: Real>(self, [a, b, c, d, e, f]: Fixed, row: usize, col: usize) -> [Tap<T>; 4] {
        let [width, height] = [self.width, self.height].map(|size| size as i32 - 1);
        // In half pixels from the middle.
        let [x, y] = [2 * col as i32 - width, 2 * row as i32 - height];
        // In 4096ths of a pixel from the first one.
        let [u, v] =
            [a * x + b * y + c + (width << 14), d * x + e * y + f + (height << 14)].map(|at| at >> 3);
        [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(right, down)| {
            let (x, y) = ((u >> 12) + right, (v >> 12) + down);
            let inside = (0..=width).contains(&x) && (0..=height).contains(&y);
            let pixel = inside.then(|| y as usize * self.width + x as usize);
            (pixel, weight::<T>(u, right) * weight::<T>(v, down))
        })
    }
}

/// What the pixel before a place, or the one behind it, counts.
#[inline(always)]
fn weight<T: Real>(at: i32, behind: i32) -> T {
    let part = at & 4095;
    T::of(f64::from(if behind == 1 { part } else { 4096 - part }) / 4096.0)
}

#[inline(always)]
fn fixed<T: Real>(transform: &[T]) -> Fixed {
    std::array::from_fn(|i| {
        let (limit, one) = if i % 3 == 2 { (16_384.0, 32_768.0) } else { (16.0, 16_384.0) };
        let clamped = transform[i].max(T::of(-limit)).min(T::of(limit));
        (clamped * T::of(one) + T::of(0.5)).floor().to_i32().unwrap_or(0)
    })
}

impl Op for Warp {
    const NAME: &'static str = "warp";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::In, self.transform), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        self.image.check_transform(self.x, self.transform, self.y)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, transforms, y) = (views.input(0), views.input(1), views.output(2));
        let ImageShape { width, channels, .. } = self.image;
        let images = x.chunks_exact(self.image.len()).zip(y.chunks_exact_mut(self.image.len()));
        for ((x, y), transform) in images.zip(transforms.chunks_exact(6)) {
            let transform = fixed(transform);
            for (at, pixel) in y.chunks_exact_mut(channels).enumerate() {
                let taps = self.image.taps::<T>(transform, at / width, at % width);
                for (channel, y) in pixel.iter_mut().enumerate() {
                    *y = T::zero();
                    for (tap, weight) in taps.iter().filter(|(_, weight)| *weight > T::zero()) {
                        let value = tap.map_or(T::of(self.fill.into()), |tap| x[tap * channels + channel]);
                        *y += *weight * value;
                    }
                }
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("augment/warp.wgsl"), self.y.len());
        self.image.joined_to(kernel.with(shader!("augment/source.wgsl"))).constant("FILL", self.fill)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let Self { transform, image, .. } = *self;
        tape.contribute(self.x, |tape, dx| tape.push(WarpGradient { dy, transform, dx, image }));
    }

    fn flops(&self) -> f64 {
        20.0 * self.y.len() as f64
    }
}

impl OpCases for Warp {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let case = |image: ImageShape| {
            let [x, y] = ["x", "y"].map(|name| tape.batched(name, image.len()));
            Self { x, transform: tape.batched("transform", 6), y, image, fill: 0.75 }
        };
        ImageShape::examples().map(case).to_vec()
    }
}

/// The gradient of [`Warp`]'s images: each pixel's goes to the four that it was made of, with the same weights and in one order.
///
/// # Shapes
/// As [`Warp`]'s.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{ImageShape, WarpGradient};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("warp gradient", 1);
/// let (dy, transform, dx) = (tape.batched("dy", 3), tape.batched("transform", 6), tape.batched("dx", 3));
/// let image = ImageShape { height: 1, width: 3, channels: 1 };
/// tape.push(WarpGradient { dy, transform, dx, image });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(dy, Values::Real(&[1.0, 2.0, 3.0]))?;
/// cpu.write(transform, Values::Real(&[1.0, 0.0, 1.0, 0.0, 1.0, 0.0]))?; // from a pixel further to the right
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(dx)?, [0.0, 1.0, 2.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WarpGradient {
    /// Gradient of the images behind the transforms.
    pub dy: Tensor,
    /// Two rows of three numbers for each image.
    pub transform: Tensor,
    /// Gradient of the images before them.
    pub dx: Tensor,
    /// Their size.
    pub image: ImageShape,
}

impl Op for WarpGradient {
    const NAME: &'static str = "warp.gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.dy), (Use::In, self.transform), (Use::Out, self.dx)]
    }

    fn check(&self) -> Result<(), OpError> {
        self.image.check_transform(self.dy, self.transform, self.dx)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (dy, transforms, dx) = (views.input(0), views.input(1), views.output(2));
        let ImageShape { width, channels, .. } = self.image;
        dx.fill(T::zero());
        let images = dy.chunks_exact(self.image.len()).zip(dx.chunks_exact_mut(self.image.len()));
        for ((dy, dx), transform) in images.zip(transforms.chunks_exact(6)) {
            let transform = fixed(transform);
            for (at, pixel) in dy.chunks_exact(channels).enumerate() {
                for (tap, weight) in self.image.taps::<T>(transform, at / width, at % width) {
                    let Some(tap) = tap.filter(|_| weight > T::zero()) else { continue };
                    for (dx, dy) in dx[tap * channels..].iter_mut().zip(pixel) {
                        *dx += weight * *dy;
                    }
                }
            }
        }
    }

    /// An invocation goes through a channel of an image, in the same order as here.
    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let channels = self.dx.rows * self.image.channels;
        let kernel = Kernel::per_element(shader!("augment/warp_gradient.wgsl"), channels);
        self.image.joined_to(kernel.with(shader!("augment/source.wgsl")))
    }

    fn flops(&self) -> f64 {
        20.0 * self.dy.len() as f64
    }
}

impl OpCases for WarpGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let case = |Warp { x, transform, y, image, .. }: Warp| Self { dy: y, transform, dx: x, image };
        Warp::cases(tape).into_iter().map(case).collect()
    }
}

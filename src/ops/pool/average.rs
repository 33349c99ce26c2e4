//! Means.

use super::{cases, channels, check, kernel};
use crate::error::OpError;
use crate::ops::Window;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// How many pixels of the image a place sees.
#[inline(always)]
fn pixels_seen<T: Real>(window: Window, place: usize) -> T {
    let [rows, columns] = window.seen_by(place);
    T::of((rows.len() * columns.len()) as f64)
}

/// `y` = the mean of the pixels that each place sees in a channel; pixels of the padding do not count, as in Keras.
///
/// # Shapes
/// `x`: batch × (height · width · channels); `y`: batch × (output height · output width · channels). Both are of reals, or of halves
/// where channels are a multiple of 4.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{AveragePool, Window};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("average pool", 1);
/// let (x, y) = (tape.batched("x", 4), tape.batched("y", 2));
/// tape.push(AveragePool { window: Window::new([1, 4], [1, 2]).stride([1, 2]), x, y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 5.0, -2.0, -3.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [3.0, -2.5]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AveragePool {
    /// Which pixels each place of the output sees.
    pub window: Window,
    /// Images, channels last.
    pub x: Tensor,
    /// The means.
    pub y: Tensor,
}

impl Op for AveragePool {
    const NAME: &'static str = "pool.average";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        check(self.window, self.x, self.y)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        let channels = channels(self.window, self.x);
        y.fill(T::zero());
        for (x, y) in x.chunks_exact(self.x.cols).zip(y.chunks_exact_mut(self.y.cols)) {
            for (place, y) in y.chunks_exact_mut(channels).enumerate() {
                let [rows, columns] = self.window.seen_by(place);
                for row in rows {
                    for column in columns.clone() {
                        let pixel = row * self.window.image[1] + column;
                        for (y, x) in y.iter_mut().zip(&x[pixel * channels..]) {
                            *y += *x;
                        }
                    }
                }
                let count = pixels_seen::<T>(self.window, place);
                for y in y {
                    *y /= count;
                }
            }
        }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let sources = vec![shader!("pool/pixels_seen.wgsl"), shader!("pool/average.wgsl")];
        kernel(sources, self.window, [self.x, self.y], device)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let window = self.window;
        tape.contribute(self.x, |tape, dx| tape.push(AveragePoolGradient { window, dy, dx }));
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((self.clone(), self.window.taps()))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        (self.y.len() * self.window.taps()) as f64
    }
}

impl OpCases for AveragePool {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        cases(tape, Element::Real).into_iter().map(|(window, [x, y])| Self { window, x, y }).collect()
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        cases(tape, Element::Half).into_iter().map(|(window, [x, y])| Self { window, x, y }).collect()
    }
}

/// `dx` = the shares of a pixel in the gradients of the places that see it.
///
/// # Shapes
/// `dy`: batch × (output height · output width · channels); `dx`: batch × (height · width · channels).
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{AveragePoolGradient, Window};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("average pool gradient", 1);
/// let (dy, dx) = (tape.batched("dy", 3), tape.batched("dx", 4));
/// tape.push(AveragePoolGradient { window: Window::new([1, 4], [1, 2]), dy, dx });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(dy, Values::Real(&[2.0, 20.0, 200.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(dx)?, [1.0, 11.0, 110.0, 100.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AveragePoolGradient {
    /// Which pixels each place of the output sees.
    pub window: Window,
    /// Gradient of the means.
    pub dy: Tensor,
    /// Gradient of the images.
    pub dx: Tensor,
}

impl Op for AveragePoolGradient {
    const NAME: &'static str = "pool.average_gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.dy), (Use::Out, self.dx)]
    }

    fn check(&self) -> Result<(), OpError> {
        check(self.window, self.dx, self.dy)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (dy, dx) = (views.input(0), views.output(1));
        let channels = channels(self.window, self.dx);
        dx.fill(T::zero());
        for (dy, dx) in dy.chunks_exact(self.dy.cols).zip(dx.chunks_exact_mut(self.dx.cols)) {
            for (place, dy) in dy.chunks_exact(channels).enumerate() {
                let count = pixels_seen::<T>(self.window, place);
                let [rows, columns] = self.window.seen_by(place);
                for row in rows {
                    for column in columns.clone() {
                        let pixel = row * self.window.image[1] + column;
                        for (dx, dy) in dx[pixel * channels..].iter_mut().zip(dy) {
                            *dx += *dy / count;
                        }
                    }
                }
            }
        }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let sources = vec![
            shader!("pool/seen_by.wgsl"),
            shader!("pool/pixels_seen.wgsl"),
            shader!("pool/average_gradient.wgsl"),
        ];
        kernel(sources, self.window, [self.dx, self.dx], device)
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((self.clone(), self.window.taps()))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        (self.dy.len() * self.window.taps()) as f64
    }
}

impl OpCases for AveragePoolGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        cases(tape, Element::Real).into_iter().map(|(window, [dx, dy])| Self { window, dy, dx }).collect()
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        cases(tape, Element::Half).into_iter().map(|(window, [dx, dy])| Self { window, dy, dx }).collect()
    }
}

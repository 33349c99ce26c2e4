//! Maxima.

use std::ops::Range;

use super::{cases, channels, check, kernel};
use crate::error::OpError;
use crate::ops::activation::{Activation, ActivationGradient};
use crate::ops::{InputGradient, Window, some};
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views, by_turns};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike};

/// Writes the largest number that each place of an image sees in each channel, the first of equal ones and NaN above all others, and
/// the number of its pixel.
#[inline(always)]
fn maxima<T: Real>(window: Window, x: &[T], channels: usize, mut write: impl FnMut(usize, usize, T)) {
    for place in 0..window.places() {
        for channel in 0..channels {
            let mut best = None;
            window.each_of(place, |_, pixel| {
                let x = x[pixel * channels + channel];
                let better = |(_, best): (usize, T)| x > best || x.is_nan() && !best.is_nan();
                if best.is_none_or(better) {
                    best = Some((pixel, x));
                }
            });
            if let Some((pixel, x)) = best {
                write(place * channels + channel, pixel * channels + channel, x);
            }
        }
    }
}

/// Channels that are computed together.
const CHANNELS: usize = 16;

/// Rows and columns of an image, which is so wide, that a place sees.
type Seen = ([Range<usize>; 2], usize);

/// The largest numbers that a place sees in `N` channels from `first` on.
#[inline(always)]
fn largest<T: Real, const N: usize>(seen: &Seen, x: &[T], [channels, first]: [usize; 2]) -> [T; N] {
    let mut all = [T::neg_infinity(); N];
    let ([rows, columns], width) = seen;
    for row in rows.clone() {
        for column in columns.clone() {
            let x: [T; N] = some(x, (row * width + column) * channels + first);
            for (largest, x) in all.iter_mut().zip(x) {
                // Without branches, so that it is done for all channels at once.
                let larger = (x > *largest) | (x.is_nan() & !largest.is_nan());
                *largest = if larger { x } else { *largest };
            }
        }
    }
    all
}

/// Adds a place's gradients in `N` channels to the pixels whose numbers are the first largest ones.
#[inline(always)]
fn give<T: Real, const N: usize>(seen: &Seen, x: &[T], dy: &[T], dx: &mut [T], at: [usize; 2]) {
    let [channels, first] = at;
    let largest: [T; N] = largest(seen, x, at);
    let mut left: [T; N] = some(dy, first);
    let ([rows, columns], width) = seen;
    for row in rows.clone() {
        for column in columns.clone() {
            let pixel = row * width + column;
            let (x, mut given): ([T; N], _) = (some(x, pixel * channels + first), [T::zero(); N]);
            for channel in 0..N {
                let (x, largest) = (x[channel], largest[channel]);
                let is_it = (x == largest) | (x.is_nan() & largest.is_nan());
                given[channel] = if is_it { left[channel] } else { T::zero() };
                left[channel] = if is_it { T::zero() } else { left[channel] };
            }
            for (dx, given) in dx[pixel * channels + first..][..N].iter_mut().zip(given) {
                *dx += given;
            }
        }
    }
}

/// `y` = the largest number that each place sees in a channel; pixels of the padding do not count.
///
/// # Shapes
/// `x`: batch × (height · width · channels); `y`: batch × (output height · output width · channels). Both are of reals, or of halves
/// where channels are a multiple of 4.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{MaxPool, Window};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("max pool", 1);
/// let (x, y) = (tape.batched("x", 4), tape.batched("y", 2));
/// tape.push(MaxPool { window: Window::new([1, 4], [1, 2]).stride([1, 2]), x, y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 5.0, -2.0, -3.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [5.0, -2.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MaxPool {
    /// Which pixels each place of the output sees.
    pub window: Window,
    /// Images, channels last.
    pub x: Tensor,
    /// The largest numbers.
    pub y: Tensor,
}

impl Op for MaxPool {
    const NAME: &'static str = "pool.maximum";

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
        for (x, y) in x.chunks_exact(self.x.cols).zip(y.chunks_exact_mut(self.y.cols)) {
            maxima(self.window, x, channels, |place, _, largest| y[place] = largest);
        }
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        let channels = channels(self.window, self.x);
        for (x, y) in x.chunks_exact(self.x.cols).zip(y.chunks_exact_mut(self.y.cols)) {
            for (place, y) in y.chunks_exact_mut(channels).enumerate() {
                let seen = (self.window.seen_by(place), self.window.image[1]);
                let (some, others) = y.as_chunks_mut::<CHANNELS>();
                for (number, y) in some.iter_mut().enumerate() {
                    *y = largest(&seen, x, [channels, number * CHANNELS]);
                }
                let first = some.len() * CHANNELS;
                for (number, y) in others.iter_mut().enumerate() {
                    [*y] = largest(&seen, x, [channels, first + number]);
                }
            }
        }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let sources = vec![shader!("pool/first_largest.wgsl"), shader!("pool/maximum.wgsl")];
        kernel(sources, self.window, [self.x, self.y], device)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let Self { window, x, .. } = *self;
        tape.contribute(x, |tape, dx| tape.push(MaxPoolGradient { window, x, dy, dx, slope: None }));
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        (self.y.len() * self.window.taps()) as f64
    }
}

impl OpCases for MaxPool {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        cases(tape, Element::Real).into_iter().map(|(window, [x, y])| Self { window, x, y }).collect()
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        cases(tape, Element::Half).into_iter().map(|(window, [x, y])| Self { window, x, y }).collect()
    }
}

/// `dx` = the sum of the gradients of the places whose largest number a pixel has; of equal ones the first counts, as in PyTorch.
///
/// # Shapes
/// `x`, `dx`: batch × (height · width · channels); `dy`: batch × (output height · output width · channels).
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{MaxPoolGradient, Window};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("max pool gradient", 1);
/// let [x, dy, dx] = [("x", 4), ("dy", 3), ("dx", 4)].map(|(name, n)| tape.batched(name, n));
/// tape.push(MaxPoolGradient { window: Window::new([1, 4], [1, 2]), x, dy, dx, slope: None });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 5.0, 5.0, -3.0]))?;
/// cpu.write(dy, Values::Real(&[1.0, 10.0, 100.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(dx)?, [0.0, 11.0, 100.0, 0.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MaxPoolGradient {
    /// Which pixels each place of the output sees.
    pub window: Window,
    /// Images.
    pub x: Tensor,
    /// Gradient of the largest numbers.
    pub dy: Tensor,
    /// Gradient of the images.
    pub dx: Tensor,
    /// The activation that made `x`, if its slope is a part of the gradient.
    pub slope: Option<Activation>,
}

impl Op for MaxPoolGradient {
    const NAME: &'static str = "pool.maximum_gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::In, self.dy), (Use::Out, self.dx)]
    }

    fn check(&self) -> Result<(), OpError> {
        alike(&[self.x, self.dx])?;
        check(self.window, self.dx, self.dy)?;
        check(self.window, self.x, self.dy)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, dy, dx) = (views.input(0), views.input(1), views.output(2));
        let channels = channels(self.window, self.x);
        dx.fill(T::zero());
        let samples = x.chunks_exact(self.x.cols).zip(dy.chunks_exact(self.dy.cols));
        for ((x, dy), dx) in samples.zip(dx.chunks_exact_mut(self.x.cols)) {
            maxima(self.window, x, channels, |place, pixel, _| dx[pixel] += dy[place]);
            self.times_slope(x, dx);
        }
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, dy, dx) = (views.input(0), views.input(1), views.output(2));
        let (window, channels) = (self.window, channels(self.window, self.x));
        let together = channels / CHANNELS * CHANNELS;
        dx.fill(T::zero());
        let samples = x.chunks_exact(self.x.cols).zip(dy.chunks_exact(self.dy.cols));
        for ((x, dy), dx) in samples.zip(dx.chunks_exact_mut(self.x.cols)) {
            for (place, dy) in dy.chunks_exact(channels).enumerate() {
                let seen = (window.seen_by(place), window.image[1]);
                for first in (0..together).step_by(CHANNELS) {
                    give::<T, CHANNELS>(&seen, x, dy, dx, [channels, first]);
                }
                for first in together..channels {
                    give::<T, 1>(&seen, x, dy, dx, [channels, first]);
                }
            }
            self.times_slope(x, dx);
        }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let epilogue = match &self.slope {
            None => shader!("pool/sum.wgsl"),
            Some(_) if channels(self.window, self.x).is_multiple_of(4) => shader!("pool/slope_four.wgsl"),
            Some(_) => shader!("pool/slope_one.wgsl"),
        };
        let mut sources = vec![shader!("pool/first_largest.wgsl"), epilogue];
        sources.extend(self.slope.iter().flat_map(Activation::sources));
        let over = if self.window.lies_apart() {
            sources.push(shader!("pool/maximum_gradient_apart.wgsl"));
            self.dy
        } else {
            sources.extend([shader!("pool/seen_by.wgsl"), shader!("pool/maximum_gradient.wgsl")]);
            self.dx
        };
        let mut kernel = kernel(sources, self.window, [self.x, over], device);
        kernel.constants.extend(self.slope.iter().flat_map(Activation::constants));
        kernel
    }

    fn domain(&self, index: usize) -> Domain {
        let slope = self.slope.as_ref().filter(|_| index == 0);
        slope.map_or(Domain::Any, Activation::values)
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        (self.dy.len() * self.window.taps()) as f64
    }
}

impl OpCases for MaxPoolGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Real)
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half)
    }
}

impl MaxPoolGradient {
    /// Cases of all windows without a slope, and of some in turn with each.
    fn of(tape: &mut Recorder, element: Element) -> Vec<Self> {
        let forward = cases(tape, element);
        let mut case = |(slope, (window, [x, dy])): (Option<Activation>, (Window, [Tensor; 2]))| Self {
            window,
            x,
            dy,
            dx: tape.tensor_like("dx", x),
            slope,
        };
        let all = by_turns(InputGradient::slopes(), &forward, &forward[..4]);
        all.into_iter().map(&mut case).collect()
    }

    /// This gradient times the slope of what made the images, instead of a step that multiplies by it.
    pub(crate) fn with_slope(&self, step: &ActivationGradient) -> Option<Self> {
        let ActivationGradient { activation, at, dy, dx } = step;
        let fits = self.slope.is_none()
            && activation.slope_from_output()
            && (*at, *dy) == (self.x, self.dx)
            && dx.element == dy.element;
        fits.then(|| Self { dx: *dx, slope: Some(activation.clone()), ..self.clone() })
    }

    #[inline(always)]
    fn times_slope<T: Real>(&self, x: &[T], dx: &mut [T]) {
        if let Some(activation) = &self.slope {
            activation.times_slope(x, dx);
        }
    }
}

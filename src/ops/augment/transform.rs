//! Affine transforms, drawn for each sample.

use crate::error::OpError;
use crate::ops::random::{Draws, cosine, sine};
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// Random numbers of a transform.
const DRAWS: u32 = 7;

/// A random affine transform for each sample, as [`Warp`](super::Warp) takes it: a flip, then a scale, a shear along the rows, a
/// rotation and a shift, all about the middle of the image and each uniform in its range. It is a function of the batch's seed and
/// epoch, of the layer and of the sample's place in the epoch.
///
/// # Shapes
/// `transform`: batch × 6.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu};
/// # use wgrad::program::Batch;
/// use wgrad::ops::RandomTransform;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("transform", 2);
/// let transform = tape.batched("transform", 6);
/// tape.push(RandomTransform { rotation: 30.0, ..RandomTransform::none(transform) });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.run(id, &[Batch::of(2)])?;
/// for row in cpu.read(transform)?.chunks(6) {
///     assert!(row[0] >= 0.866 && row[1] == -row[3]); // the cosine and the sine of an angle of at most 30°
/// }
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RandomTransform {
    /// Two rows of three numbers for each sample: where in the source a pixel comes from.
    pub transform: Tensor,
    /// The largest angle in degrees, in either direction, `0..=180`.
    pub rotation: f32,
    /// The largest shift along the rows and along the columns in pixels, in either direction.
    pub shift: [f32; 2],
    /// The least and the largest factor, `0.25..=4`: what is scaled by 2 looks twice as large.
    pub scale: [f32; 2],
    /// The largest angle in degrees by which columns are tilted, in either direction, `0..=45`.
    pub shear: f32,
    /// How probable it is that left and right, and that top and bottom, are swapped.
    pub flips: [f32; 2],
    /// Tells the transforms of several layers apart.
    pub layer: u32,
}

impl RandomTransform {
    /// One that changes nothing.
    pub fn none(transform: Tensor) -> Self {
        let (shift, flips) = ([0.0; 2], [0.0; 2]);
        Self { transform, rotation: 0.0, shift, scale: [1.0; 2], shear: 0.0, flips, layer: 0 }
    }

    /// The transform of the sample at this place in the epoch: from a pixel back to its source.
    #[inline(always)]
    fn row<T: Real>(&self, draws: Draws, sample: u32) -> [T; 6] {
        let draw = |which: u32| draws.unit::<T>(sample.wrapping_mul(DRAWS).wrapping_add(which));
        let around_0 = |which, range: f64| T::of(range) * (T::of(2.0) * draw(which) - T::one());
        let turns = around_0(0, f64::from(self.rotation) / 360.0);
        let folded = if turns.abs() > T::of(0.25) { T::of(0.5).copysign(turns) - turns } else { turns };
        let [sine_of, cosine_of] = [sine(folded), cosine(turns)];
        let tilt = around_0(1, f64::from(self.shear) / 360.0);
        let slope = sine(tilt) / cosine(tilt);
        let [x, y] = [0, 1].map(|axis| around_0(2 + axis as u32, self.shift[axis].into()));
        let [low, high] = self.scale.map(|scale| T::of(scale.into()));
        let size = low + (high - low) * draw(4);
        let swapped = |axis: usize| draw(5 + axis as u32) < T::of(self.flips[axis].into());
        let [right, down] = [0, 1].map(|axis| if swapped(axis) { -size } else { size });
        let [a, b] = [(cosine_of - slope * sine_of) / right, (sine_of + slope * cosine_of) / right];
        let [c, d] = [-sine_of / down, cosine_of / down];
        [a, b, -(a * x + b * y), c, d, -(c * x + d * y)]
    }
}

impl Op for RandomTransform {
    const NAME: &'static str = "random_transform";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::Out, self.transform)]
    }

    fn check(&self) -> Result<(), OpError> {
        let Self { transform, rotation, shift, scale: [low, high], shear, flips, .. } = self;
        let wrong = |what: String| Err(OpError::new(what));
        if !transform.is_batched() || transform.sample_len() != 6 || transform.cols != 6 {
            return wrong(format!("writes transforms to {transform}; there are 6 numbers for each sample"));
        }
        if !(0.0..=180.0).contains(rotation) {
            return wrong(format!("rotates by up to {rotation}°; it takes 0 to 180"));
        }
        if !(0.0..=45.0).contains(shear) {
            return wrong(format!("shears by up to {shear}°; it takes 0 to 45"));
        }
        if !(0.25 <= *low && low <= high && *high <= 4.0) {
            return wrong(format!("scales by {low} to {high}; it takes 0.25 to 4, the lower one first"));
        }
        if let Some(shift) = shift.iter().find(|shift| !(0.0..=2048.0).contains(*shift)) {
            return wrong(format!("shifts by up to {shift} pixels; it takes 0 to 2048"));
        }
        if let Some(flip) = flips.iter().find(|flip| !(0.0..=1.0).contains(*flip)) {
            return wrong(format!("flips with probability {flip}; it takes 0 to 1"));
        }
        Ok(())
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let transforms = views.output(0);
        let draws = Draws::of(&views.batch, self.layer);
        let first = views.batch.first as usize + views.span.start;
        for (i, row) in transforms.chunks_exact_mut(6).enumerate() {
            row.copy_from_slice(&self.row(draws, (first + i) as u32));
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        Kernel::per_element(shader!("augment/transform.wgsl"), self.transform.rows)
            .with(shader!("random.wgsl"))
            .with(shader!("function/sine.wgsl"))
            .constant("LAYER", self.layer)
            .constant("ROTATION", f64::from(self.rotation) / 360.0)
            .constant("SHEAR", f64::from(self.shear) / 360.0)
            .constant("SHIFT_X", self.shift[0])
            .constant("SHIFT_Y", self.shift[1])
            .constant("LEAST", self.scale[0])
            .constant("MOST", self.scale[1])
            .constant("FLIP_X", self.flips[0])
            .constant("FLIP_Y", self.flips[1])
    }

    fn flops(&self) -> f64 {
        60.0 * self.transform.rows as f64
    }
}

impl OpCases for RandomTransform {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut none = || Self::none(tape.batched("transform", 6));
        let all = Self {
            rotation: 180.0,
            shift: [3.0, 1.5],
            scale: [0.5, 2.0],
            shear: 45.0,
            flips: [0.5, 0.3],
            layer: 2,
            ..none()
        };
        vec![all, Self { rotation: 15.0, layer: 1, ..none() }, none()]
    }
}

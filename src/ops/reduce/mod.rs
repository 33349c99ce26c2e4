//! Reductions: many numbers become one, and the way back.

mod batch_sum;
mod maximum;
mod spread;
mod strips;

use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

pub use batch_sum::BatchSum;
pub(super) use batch_sum::sum_places;
pub use maximum::MaximumGradient;
pub use spread::Spread;
use strips::Strips;
pub(super) use strips::add_rows;

/// What many numbers become.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{Reduce, Reduction};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("reduction", 1);
/// let x = tape.batched("x", 3);
/// let results = Reduction::ALL.map(|_| tape.batched("y", 1));
/// for (reduction, y) in Reduction::ALL.into_iter().zip(results) {
///     tape.push(Reduce { reduction, x, y });
/// }
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 2.0, 6.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// for (y, expected) in results.into_iter().zip([9.0, 3.0, 6.0]) {
///     assert_eq!(cpu.read(y)?, [expected]);
/// }
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reduction {
    /// Their sum.
    Sum,
    /// Their mean: their sum, which may overflow, divided by how many they are.
    Mean,
    /// The largest of them; not a number if one of them is none.
    Maximum,
}

impl Reduction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sum, Self::Mean, Self::Maximum];

    /// What the sum of so many numbers is multiplied by.
    pub(super) fn factor(self, count: usize) -> f64 {
        if self == Self::Mean { 1.0 / count as f64 } else { 1.0 }
    }
}

/// The sum, the mean or the largest of each row's columns, or, column by column, of each sample's rows; the shape of `y` says which.
///
/// # Shapes
/// `x`: (samples · k) × n; `y`: (samples · k) × 1, over columns, or samples × n, over a sample's k rows.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{Reduce, Reduction};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("reduce", 1);
/// let x = tape.batched("x", 2 * 2).with_rows_per_sample(2);
/// let (of_rows, of_columns) = (tape.batched("y", 2).with_rows_per_sample(2), tape.batched("z", 2));
/// for y in [of_rows, of_columns] {
///     tape.push(Reduce { reduction: Reduction::Sum, x, y });
/// }
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 2.0, 3.0, 4.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!((cpu.read(of_rows)?, cpu.read(of_columns)?), (vec![3.0, 7.0], vec![4.0, 6.0]));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reduce {
    /// What becomes of many numbers.
    pub reduction: Reduction,
    /// What is reduced.
    pub x: Tensor,
    /// The sums, means or maxima.
    pub y: Tensor,
}

impl Op for Reduce {
    const NAME: &'static str = "reduce";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        strips::check(self.x, self.y)
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        let strips = Strips::of(self.x, self.y);
        let factor = T::of(self.reduction.factor(strips.count));
        for (number, y) in y.iter_mut().enumerate() {
            let strip = strips.numbers(x, number);
            *y = match self.reduction {
                Reduction::Sum | Reduction::Mean => factor * strip.sum::<T>(),
                Reduction::Maximum => maximum::first_largest(strip).1,
            };
        }
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        if self.reduction == Reduction::Maximum {
            return self.cpu(views);
        }
        let (x, y, strips) = (views.input(0), views.output(1), Strips::of(self.x, self.y));
        let factor = T::of(self.reduction.factor(strips.count));
        for (x, y) in x.chunks_exact(strips.count * strips.inner).zip(y.chunks_exact_mut(strips.inner)) {
            y.fill(T::zero());
            add_rows(x, y);
            for y in y {
                *y *= factor;
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let strips = Strips::of(self.x, self.y);
        match self.reduction {
            Reduction::Sum | Reduction::Mean => strips
                .kernel(shader!("reduce/sum.wgsl"), self.y)
                .constant("FACTOR", self.reduction.factor(strips.count)),
            Reduction::Maximum => strips
                .kernel(shader!("reduce/maximum.wgsl"), self.y)
                .with(shader!("reduce/first_largest.wgsl")),
        }
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        let Self { reduction, x, .. } = *self;
        tape.contribute(x, |tape, dx| match reduction {
            Reduction::Sum | Reduction::Mean => tape.push(Spread { reduction, x: dy, y: dx, slope: None }),
            Reduction::Maximum => tape.push(MaximumGradient { x, dy, dx }),
        });
    }

    fn sum(&self) -> Option<(Self, usize)> {
        (self.reduction != Reduction::Maximum).then(|| (self.clone(), Strips::of(self.x, self.y).count))
    }

    fn flops(&self) -> f64 {
        self.x.len() as f64
    }
}

impl OpCases for Reduce {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let shapes = strips::cases(tape);
        let each =
            Reduction::ALL.into_iter().flat_map(|reduction| shapes.iter().map(move |s| (reduction, *s)));
        each.map(|(reduction, [x, y])| Self { reduction, x, y }).collect()
    }
}

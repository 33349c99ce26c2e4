//! The sum of the parts of a gradient.

mod all;

use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{AnyOp, Op, OpCases, Split, Use, Views};
use crate::program::pool::Pool;
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

pub use all::AllFolds;

/// `sum = Σ parts`, in their order.
///
/// # Shapes
/// `parts`: k × n; `sum`: 1 × n. Neither is of the batch.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::Fold;
/// use wgrad::{Element, Recorder};
///
/// let mut tape = Recorder::new("fold", 1);
/// let parts = tape.tensor("parts", Element::Real, 3, 2);
/// let sum = tape.tensor("sum", Element::Real, 1, 2);
/// tape.push(Fold { parts, sum });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(parts, Values::Real(&[1.0, 2.0, 10.0, 20.0, 100.0, 200.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(sum)?, [111.0, 222.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Fold {
    /// A row for each part.
    pub parts: Tensor,
    /// What they come to.
    pub sum: Tensor,
}

impl Fold {
    /// Records the sum of parts that nobody else reads once a run is over.
    pub(in crate::ops) fn record(tape: &mut Recorder, parts: Tensor, sum: Tensor) {
        tape.scratch(parts);
        tape.push(Self { parts, sum: Tensor { rows: 1, cols: sum.len(), ..sum } });
    }

    /// Adds `scale` times the parts to `sum`, which is the elements `span` of the whole.
    #[inline(always)]
    fn add<T: Real>(&self, views: &Views<'_, T>, sum: &mut [T], scale: T) {
        let parts = views.input(1);
        // A single part is as long as the sum, and lent as that is.
        let within = if self.parts.rows == 1 { 0..sum.len() } else { views.span.clone() };
        for part in parts.chunks_exact(parts.len() / self.parts.rows) {
            for (sum, part) in sum.iter_mut().zip(&part[within.clone()]) {
                *sum += scale * *part;
            }
        }
    }
}

impl Op for Fold {
    const NAME: &'static str = "fold";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::Out, self.sum), (Use::In, self.parts)]
    }

    fn check(&self) -> Result<(), OpError> {
        let Self { parts, sum } = self;
        let plain = |tensor: &Tensor| !tensor.is_batched() && tensor.element == Element::Real;
        if plain(parts) && plain(sum) && sum.rows == 1 && parts.cols == sum.cols && parts.rows > 0 {
            return Ok(());
        }
        Err(OpError::new(format!("adds up the rows of {parts} to {sum}; it needs one row of as many reals")))
    }

    fn split(&self) -> Split {
        Split::Elements
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let sum = views.output(0);
        sum.fill(T::zero());
        self.add(views, sum, T::one());
    }

    const ADDS: bool = true;

    #[inline(always)]
    fn cpu_add<T: Real>(&self, views: &mut Views<'_, T>, scale: T) {
        let sum = views.output(0);
        self.add(views, sum, scale);
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let kernel = Kernel::per_element(shader!("conv/fold.wgsl"), self.sum.cols);
        kernel.size("PARTS", self.parts.rows).size("SIZE", self.sum.cols)
    }

    fn pooled(&self) -> Option<Tensor> {
        Some(self.parts)
    }

    fn for_all(all: &[&Self], pool: &mut Pool) -> Option<Box<dyn AnyOp>> {
        Some(Box::new(AllFolds::of(all, pool)?))
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((self.clone(), self.parts.rows))
    }

    fn flops(&self) -> f64 {
        self.parts.len() as f64
    }
}

impl OpCases for Fold {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let case = |(rows, cols)| Self {
            parts: tape.tensor("parts", Element::Real, rows, cols),
            sum: tape.tensor("sum", Element::Real, 1, cols),
        };
        [(8, 160), (3, 1), (1, 7), (2, 70_000)].map(case).to_vec()
    }
}

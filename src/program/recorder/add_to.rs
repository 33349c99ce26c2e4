//! A sum in place.

use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::alike;
use crate::program::tensor::{Element, Tensor};

/// `sum += part`, element by element: how the gradients of a tensor that is used twice come together.
///
/// # Shapes
/// `sum`, `part`: equal.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::AddTo;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("add to", 1);
/// let [sum, part] = ["sum", "part"].map(|name| tape.batched(name, 2));
/// tape.push(AddTo { sum, part });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(sum, Values::Real(&[1.0, 2.0]))?;
/// cpu.write(part, Values::Real(&[10.0, 20.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(sum)?, [11.0, 22.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AddTo {
    /// What is added to.
    pub sum: Tensor,
    /// What is added.
    pub part: Tensor,
}

impl Op for AddTo {
    const NAME: &'static str = "add_to";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::InOut, self.sum), (Use::In, self.part)]
    }

    fn check(&self) -> Result<(), OpError> {
        alike(&[self.sum, self.part])?;
        if self.sum.element == self.part.element {
            return Ok(());
        }
        Err(OpError::new(format!(
            "adds {:?} to {:?}; convert one of them first",
            self.part.element, self.sum.element
        )))
    }

    fn split(&self) -> Split {
        if self.sum.is_batched() { Split::Rows } else { Split::Elements }
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (sum, part) = (views.output(0), views.input(1));
        for (sum, part) in sum.iter_mut().zip(part) {
            *sum += *part;
        }
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let rows = if self.sum.is_batched() { 0 } else { self.sum.rows };
        let widths = [shader!("add_to/one.wgsl"), shader!("add_to/four.wgsl")];
        let kernel = Kernel::by_fours(shader!("add_to/elements.wgsl"), self.sum, widths, device);
        kernel.size("ROWS", rows).size("COLS", self.sum.cols)
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        self.sum.len() as f64
    }
}

impl OpCases for AddTo {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut cases: Vec<_> = [1, 13, 200]
            .map(|cols| Self { sum: tape.batched("sum", cols), part: tape.batched("part", cols) })
            .into();
        for (rows, cols) in [(1, 1), (7, 13), (67, 64)] {
            let mut tensor = |name| tape.tensor(name, Element::Real, rows, cols);
            cases.push(Self { sum: tensor("sum"), part: tensor("part") });
        }
        cases
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        let mut case = |cols| {
            let [sum, part] = ["sum", "part"].map(|name| tape.batched_of(name, Element::Half, cols));
            Self { sum, part }
        };
        [4, 52, 200].map(&mut case).into()
    }
}

//! Reals to halves and back.

use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, numbers, shader};
use crate::program::op::{Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::alike;
use crate::program::tensor::{Element, Tensor};

/// `y = x`, rounded to halves or widened to reals.
///
/// # Shapes
/// `x`, `y`: equal, one of halves and one of reals.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::Convert;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("convert", 1);
/// let (x, y) = (tape.batched("x", 4), tape.batched_of("y", Element::Half, 4));
/// tape.push(Convert { x, y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[0.0, 1.0, 1.5, 2049.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(y)?, [0.0, 1.0, 1.5, 2048.0]); // halves have 11 bits
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Convert {
    /// What is converted.
    pub x: Tensor,
    /// The same in the other element.
    pub y: Tensor,
}

impl Op for Convert {
    const NAME: &'static str = "convert";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        alike(&[self.x, self.y])?;
        match (self.x.element, self.y.element) {
            (Element::Real, Element::Half) | (Element::Half, Element::Real) => Ok(()),
            (from, to) => {
                Err(OpError::new(format!("converts a {} tensor of {from:?} to one of {to:?}", self.x)))
            }
        }
    }

    fn split(&self) -> Split {
        if self.x.is_batched() { Split::Rows } else { Split::Elements }
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (x, y) = (views.input(0), views.output(1));
        y.copy_from_slice(x);
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let converted = match self.y.element {
            Element::Half => shader!("convert/to_halves.wgsl"),
            _ => shader!("convert/to_reals.wgsl"),
        };
        let rows = if self.x.is_batched() { 0 } else { self.x.rows };
        let kernel = Kernel::per_element(shader!("convert/rows.wgsl"), self.x.len() / 4);
        let kernel = kernel.with(converted).with(numbers(Element::Half, device));
        kernel.size("ROWS", rows).size("COLS", self.x.cols)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        tape.contribute(self.x, |tape, dx| tape.push(Convert { x: dy, y: dx }));
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        0.0
    }
}

impl OpCases for Convert {
    /// Of halves alone: in `cases` of reals there would be nothing to convert.
    fn cases(_: &mut Recorder) -> Vec<Self> {
        Vec::new()
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        let mut cases = Vec::new();
        for [from, to] in [[Element::Real, Element::Half], [Element::Half, Element::Real]] {
            for cols in [4, 52, 784] {
                cases.push(Self { x: tape.batched_of("x", from, cols), y: tape.batched_of("y", to, cols) });
            }
            let (x, y) = (tape.tensor("x", from, 7, 64), tape.tensor("y", to, 7, 64));
            cases.push(Self { x, y });
        }
        cases
    }
}

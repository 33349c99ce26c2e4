//! Sums, differences and products of two tensors, element by element.

use super::batch_norm::BatchNorm;
use super::conv::Conv2d;
use super::elementary::{Elementary, Function};
use super::of_one_element;
use super::reduce::{BatchSum, Reduce, Reduction};
use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, Source, shader};
use crate::program::op::{AnyOp, Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, alike};

/// What becomes of two numbers.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::ops::{Binary, Operation};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("operation", 1);
/// let [a, b] = ["a", "b"].map(|name| tape.batched(name, 1));
/// let results = Operation::ALL.map(|_| tape.batched("y", 1));
/// for (operation, y) in Operation::ALL.into_iter().zip(results) {
///     tape.push(Binary { operation, a, b, y });
/// }
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(a, Values::Real(&[6.0]))?;
/// cpu.write(b, Values::Real(&[2.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// for (y, expected) in results.into_iter().zip([8.0, 4.0, 12.0]) {
///     assert_eq!(cpu.read(y)?, [expected]);
/// }
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// `a + b`.
    Sum,
    /// `a - b`.
    Difference,
    /// `a · b`.
    Product,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sum, Self::Difference, Self::Product];

    #[inline(always)]
    fn of<T: Real>(self, a: T, b: T) -> T {
        match self {
            Self::Sum => a + b,
            Self::Difference => a - b,
            Self::Product => a * b,
        }
    }

    fn source(self) -> Source {
        match self {
            Self::Sum => shader!("binary/sum.wgsl"),
            Self::Difference => shader!("binary/difference.wgsl"),
            Self::Product => shader!("binary/product.wgsl"),
        }
    }
}

/// The numbers of `b` that stand beside those of `a`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Beside {
    /// One for each.
    Element,
    /// One for each row.
    Row,
    /// One for each column, the same for all rows.
    Column,
}

/// `y = a ∘ b`, element by element, where `∘` is a sum, a difference or a product.
///
/// # Shapes
/// `a`, `y`: batch × n; `b`: batch × n, or batch × 1, a number for each row, or 1 × n and not of the batch, such as a parameter, for
/// all rows. A matrix that is the same for all samples is such a row where `a` and `y` are seen with one row a sample, by
/// [`Tensor::with_rows_per_sample`].
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::{Binary, Operation};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("binary", 2);
/// let [a, y] = ["a", "y"].map(|name| tape.batched(name, 2));
/// let b = tape.tensor("b", Element::Real, 1, 2); // one row for all samples
/// tape.push(Binary { operation: Operation::Sum, a, b, y });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(a, Values::Real(&[1.0, 2.0, 3.0, 4.0]))?;
/// cpu.write(b, Values::Real(&[10.0, 20.0]))?;
/// cpu.run(id, &[Batch::of(2)])?;
/// assert_eq!(cpu.read(y)?, [11.0, 22.0, 13.0, 24.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Binary {
    /// `∘`.
    pub operation: Operation,
    /// The left operand.
    pub a: Tensor,
    /// The right operand.
    pub b: Tensor,
    /// What becomes of both.
    pub y: Tensor,
}

impl Binary {
    fn beside(&self) -> Option<Beside> {
        let Self { a, b, .. } = self;
        match (b.rows, b.cols) {
            (1, cols) if !b.is_batched() => (cols == a.cols).then_some(Beside::Column),
            _ if b.per_sample != a.per_sample => None,
            (_, cols) if cols == a.cols => Some(Beside::Element),
            (_, 1) => Some(Beside::Row),
            _ => None,
        }
    }

    /// Where the gradient of `b` is before it is summed up: that of `y`, or a new tensor.
    fn terms(&self, tape: &mut Recorder, dy: Tensor) -> Tensor {
        if self.operation == Operation::Sum {
            return dy;
        }
        let terms = tape.tensor_like("binary.terms", self.y);
        self.push_terms(tape, dy, terms);
        terms
    }

    /// `dy ∂y/∂b` of a difference or a product, for each number of `y`.
    fn push_terms(&self, tape: &mut Recorder, dy: Tensor, terms: Tensor) {
        match self.operation {
            Operation::Product => tape.push(Self { a: dy, b: self.a, y: terms, ..self.clone() }),
            _ => tape.push(Elementary { function: Function::Scaled(-1.0), x: dy, y: terms }),
        }
    }
}

impl Binary {
    /// What it adds to these numbers, if it is their sum with others of the same shape and element.
    pub(crate) fn added_to(&self, numbers: Tensor) -> Option<Tensor> {
        let Self { operation, a, b, y } = *self;
        let other = if a == numbers { b } else { a };
        let fits = operation == Operation::Sum
            && (a == numbers) != (b == numbers)
            && alike(&[a, b, y]).is_ok()
            && of_one_element(&[a, b, y]).is_ok();
        fits.then_some(other)
    }
}

impl Op for Binary {
    const NAME: &'static str = "binary";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.a), (Use::In, self.b), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        let Self { a, b, y, .. } = *self;
        alike(&[a, y])?;
        if a.is_batched() && self.beside().is_some() {
            return Ok(());
        }
        Err(OpError::new(format!(
            "takes {b} beside {a} of the batch; it needs the same shape, a number a row, or a row for all"
        )))
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        let (a, b, y) = (views.input(0), views.input(1), views.output(2));
        let (cols, beside) = (self.a.cols, self.beside());
        for (row, (a, y)) in a.chunks_exact(cols).zip(y.chunks_exact_mut(cols)).enumerate() {
            for (col, (a, y)) in a.iter().zip(y).enumerate() {
                let b = match beside {
                    Some(Beside::Row) => b[row],
                    Some(Beside::Column) => b[col],
                    _ => b[row * cols + col],
                };
                *y = self.operation.of(*a, b);
            }
        }
    }

    fn gpu(&self, _: &DeviceProfile) -> Kernel {
        let beside = match self.beside() {
            Some(Beside::Row) => shader!("binary/by_row.wgsl"),
            Some(Beside::Column) => shader!("binary/by_column.wgsl"),
            _ => shader!("binary/by_element.wgsl"),
        };
        let kernel = Kernel::per_element(shader!("binary/elements.wgsl"), self.y.len());
        kernel.with(beside).with(self.operation.source()).size("COLS", self.y.cols)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dy) = tape.gradient(self.y) else { return };
        match self.operation {
            Operation::Sum | Operation::Difference => tape.contribute_same(self.a, dy),
            Operation::Product => {
                tape.contribute(self.a, |tape, da| tape.push(Self { a: dy, y: da, ..self.clone() }));
            }
        }
        if self.operation == Operation::Sum && self.beside() == Some(Beside::Element) {
            return tape.contribute_same(self.b, dy);
        }
        tape.contribute(self.b, |tape, db| {
            if self.beside() == Some(Beside::Element) {
                return self.push_terms(tape, dy, db);
            }
            let terms = self.terms(tape, dy);
            match self.beside() {
                Some(Beside::Column) => tape.push(BatchSum { x: terms, y: db }),
                _ => tape.push(Reduce { reduction: Reduction::Sum, x: terms, y: db }),
            }
        });
    }

    fn fused(&self, earlier: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        let earlier = earlier.as_any();
        if let Some(convolution) = earlier.downcast_ref::<Conv2d>() {
            return Some(Box::new(convolution.with_sum(self)?));
        }
        Some(Box::new(earlier.downcast_ref::<BatchNorm>()?.with_sum(self)?))
    }

    fn flops(&self) -> f64 {
        self.y.len() as f64
    }
}

impl OpCases for Binary {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let mut cases = Vec::new();
        for operation in Operation::ALL {
            for cols in [1, 13, 200] {
                let [a, b, y] = ["a", "b", "y"].map(|name| tape.batched(name, cols));
                let (column, row) = (tape.batched("b", 1), tape.tensor("b", Element::Real, 1, cols));
                cases.extend([b, column, row].map(|b| Self { operation, a, b, y }));
            }
        }
        cases
    }
}

//! The derivative of a dense layer with respect to its weights and bias.

use super::kernel::{Sizes, by_fours, of_one};
use super::{Fast, Gradients, InputGradient, Into, Matrix, Multiply, Plain, Shape, bias_rows};
use crate::error::OpError;
use crate::ops::of_one_element;
use crate::program::kernel::{DeviceProfile, Kernel, numbers, shader};
use crate::program::op::{AnyOp, Op, OpCases, Split, Use, Views};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, equal_rows_per_sample};

/// `dW = xᵀ · dz` and, as a further row if the layer has a bias, the column sums of `dz`.
///
/// # Shapes
/// `x`: batch × inputs; `dz`: batch × outputs, both of reals or both of halves; `dw`: (inputs + 1 or 0) × outputs, reals.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::WeightGradient;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("weight gradient", 1);
/// let (x, dz) = (tape.batched("x", 2), tape.batched("dz", 1));
/// let dw = tape.tensor("dw", Element::Real, 3, 1);
/// tape.push(WeightGradient { x, dz, dw });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 2.0]))?;
/// cpu.write(dz, Values::Real(&[3.0]))?;
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(dw)?, [3.0, 6.0, 3.0]); // the last is the bias's
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WeightGradient {
    /// The layer's input.
    pub x: Tensor,
    /// Gradient before the layer's activation.
    pub dz: Tensor,
    /// Gradient of the weights and the bias.
    pub dw: Tensor,
}

impl WeightGradient {
    pub(super) fn sizes(&self) -> Sizes {
        Sizes { rows: self.dw.rows, inner: self.x.rows, cols: self.dz.cols }
    }

    /// Cases of inputs, outputs and 1 or 0 for a bias.
    fn of_sizes(tape: &mut Recorder, element: Element, sizes: &[Shape]) -> Vec<Self> {
        let case = |(inputs, outputs, bias): &Shape| Self {
            x: tape.batched_of("x", element, *inputs),
            dz: tape.batched_of("dz", element, *outputs),
            dw: tape.tensor("dw", Element::Real, inputs + bias, *outputs),
        };
        sizes.iter().map(case).collect()
    }

    #[inline(always)]
    fn on_cpu<T: Real, M: Multiply>(&self, views: &mut Views<'_, T>, how: Into<T>) {
        let (x, dz, dw) = (views.input(0), views.input(1), views.output(2));
        let (inputs, outputs) = (self.x.cols, self.dz.cols);
        let weights = views.span.start..views.span.end.min(inputs);
        let (dw, db) = dw.split_at_mut(weights.len() * outputs);
        let x = Matrix::new(x, inputs).transpose().some_rows(weights.start, weights.len());
        M::product(dw, how, x, Matrix::new(dz, outputs));
        if !db.is_empty() {
            let scale = match how {
                Into::Replace => {
                    db.fill(T::zero());
                    T::one()
                }
                Into::Add(scale) => scale,
            };
            for row in dz.chunks_exact(outputs) {
                for (sum, dz) in db.iter_mut().zip(row) {
                    *sum += scale * *dz;
                }
            }
        }
    }

    /// 1 if the layer has a bias, else 0.
    pub(super) fn bias(&self) -> usize {
        self.dw.rows - self.x.cols
    }
}

impl Op for WeightGradient {
    const NAME: &'static str = "dense.weight_gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::In, self.dz), (Use::Out, self.dw)]
    }

    fn check(&self) -> Result<(), OpError> {
        bias_rows(self.x.cols, self.dw)?;
        of_one_element(&[self.x, self.dz])?;
        equal_rows_per_sample(&[self.x, self.dz])?;
        if self.dw.element != Element::Real {
            return Err(OpError::new(format!(
                "adds up {:?}; gradients of weights are reals",
                self.dw.element
            )));
        }
        if self.dz.cols != self.dw.cols {
            return Err(OpError::new(format!(
                "writes the product of {} and {} to {}",
                self.x, self.dz, self.dw
            )));
        }
        Ok(())
    }

    fn split(&self) -> Split {
        Split::Output
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        self.on_cpu::<T, Plain>(views, Into::Replace);
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        self.on_cpu::<T, Fast>(views, Into::Replace);
    }

    const ADDS: bool = true;

    #[inline(always)]
    fn cpu_add<T: Real>(&self, views: &mut Views<'_, T>, scale: T) {
        self.on_cpu::<T, Fast>(views, Into::Add(scale));
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let sources = if by_fours(self.x.cols, self.dz.cols) {
            let numbers = numbers(self.x.element, device);
            vec![numbers, shader!("dense/dw.wgsl"), shader!("dense/weight_gradient.wgsl")]
        } else {
            vec![
                shader!("dense/scalar/dw.wgsl"),
                shader!("dense/scalar/weight_gradient.wgsl"),
                shader!("dense/scalar/blocks.wgsl"),
            ]
        };
        let kernel = of_one(sources, self.sizes(), device);
        kernel.size("INPUTS", self.x.cols).size("OUTPUTS", self.dz.cols).size("BIAS", self.bias())
    }

    fn merged(&self, later: &dyn AnyOp) -> Option<Box<dyn AnyOp>> {
        let input: &InputGradient = later.as_any().downcast_ref()?;
        let pair = Gradients { input: input.clone(), weight: self.clone() };
        pair.fits().then(|| Box::new(pair) as Box<dyn AnyOp>)
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((self.clone(), self.x.rows))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        2.0 * (self.x.len() * self.dz.cols) as f64
    }
}

impl OpCases for WeightGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let odd = [(1, 1, 1), (1, 1, 0), (13, 7, 1), (67, 37, 1)];
        let by_fours = [(128, 64, 0), (36, 516, 1), (68, 6404, 1)];
        Self::of_sizes(tape, Element::Real, &[&odd[..], &by_fours[..]].concat())
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of_sizes(tape, Element::Half, &[(4, 4, 1), (128, 64, 0), (36, 516, 1), (68, 6404, 1)])
    }
}

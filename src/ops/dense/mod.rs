//! The dense layer's product with bias and activation, and its derivatives.

mod gradients;
mod input_gradient;
mod kernel;
mod matrix;
mod multiply;
mod product;
mod row;
mod weight_gradient;

use crate::error::OpError;
use crate::ops::activation::{Activate, Activation};
use crate::ops::of_one_element;
use crate::program::Batch;
use crate::program::kernel::{DeviceProfile, Kernel, numbers, shader};
use crate::program::op::{Op, OpCases, Scale, Split, Use, Views, by_turns};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, equal_rows_per_sample};

pub use gradients::Gradients;
pub use input_gradient::InputGradient;
use kernel::by_fours;
pub(in crate::ops) use kernel::{Sizes, of_one, of_ranges, side_of};
pub(in crate::ops) use matrix::Matrix;
pub(in crate::ops) use product::{Fast, Into, Multiply, Plain};
pub use weight_gradient::WeightGradient;

/// `y = f(x · W + b)`: one product with the bias and the activation in its epilogue.
///
/// # Shapes
/// `x`: batch × inputs; `weight`: (inputs + 1) × outputs with `b` as its last row, or inputs × outputs without a
/// bias; `y`: batch × outputs. All are of reals, or all of halves.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::layers::Relu;
/// use wgrad::ops::Dense;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("dense", 2);
/// let (x, y) = (tape.batched("x", 2), tape.batched("y", 1));
/// let weight = tape.tensor("weight", Element::Real, 3, 1);
/// tape.push(Dense { x, weight, y, activation: Relu.into() });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(x, Values::Real(&[1.0, 2.0, -1.0, 0.0]))?;
/// cpu.write(weight, Values::Real(&[10.0, 20.0, 5.0]))?; // the last is the bias
/// cpu.run(id, &[Batch::of(2)])?;
/// assert_eq!(cpu.read(y)?, [55.0, 0.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dense {
    /// The layer's input.
    pub x: Tensor,
    /// Weights, and the bias as a further row.
    pub weight: Tensor,
    /// The layer's output.
    pub y: Tensor,
    /// `f`; one whose slope is known from its output.
    pub activation: Activation,
}

/// Inputs, outputs, and 1 for a bias or 0.
type Shape = (usize, usize, usize);

/// 1 if `weight` has a row for the bias, else 0; an error if it fits neither way.
pub(in crate::ops) fn bias_rows(inputs: usize, weight: Tensor) -> Result<usize, OpError> {
    match weight.rows.checked_sub(inputs) {
        Some(bias @ 0..=1) => Ok(bias),
        _ => Err(OpError::new(format!("multiplies {inputs} inputs by a {weight} weight"))),
    }
}

impl Op for Dense {
    const NAME: &'static str = "dense";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        vec![(Use::In, self.x), (Use::In, self.weight), (Use::Out, self.y)]
    }

    fn check(&self) -> Result<(), OpError> {
        bias_rows(self.x.cols, self.weight)?;
        of_one_element(&[self.x, self.weight, self.y])?;
        equal_rows_per_sample(&[self.x, self.y])?;
        if self.y.cols != self.weight.cols {
            return Err(OpError::new(format!(
                "writes a {} weight's product to a {} tensor",
                self.weight, self.y
            )));
        }
        self.activation.check_fused()
    }

    fn split(&self) -> Split {
        Split::Rows
    }

    #[inline(always)]
    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        self.on_cpu::<T, Plain>(views);
    }

    #[inline(always)]
    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        self.on_cpu::<T, Fast>(views);
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let (inputs, outputs) = (self.x.cols, self.y.cols);
        let mut sources = self.activation.sources().to_vec();
        if by_fours(inputs, outputs) {
            sources.extend([numbers(self.x.element, device), shader!("dense/forward.wgsl")]);
        } else {
            sources.extend([shader!("dense/scalar/forward.wgsl"), shader!("dense/scalar/blocks.wgsl")]);
        }
        let sizes = Sizes { rows: self.y.rows, inner: inputs, cols: outputs };
        let mut kernel = of_one(sources, sizes, device);
        kernel.constants.extend(self.activation.constants());
        kernel.size("INPUTS", inputs).size("OUTPUTS", outputs).size("BIAS", self.weight.rows - inputs)
    }

    fn vjp(&self, tape: &mut Recorder) {
        let Some(dz) = self.activation.preactivation_gradient(tape, self.y) else { return };
        let (x, weight) = (self.x, self.weight);
        tape.contribute(weight, |tape, dw| tape.push(WeightGradient { x, dz, dw }));
        tape.contribute(x, |tape, dx| tape.push(InputGradient { dz, weight, dx, slope: None }));
    }

    fn sum(&self) -> Option<(Self, usize)> {
        let plain = Self { activation: Activation::identity(), ..self.clone() };
        Some((plain, self.x.cols + 1))
    }

    fn approximated(&self, _: usize, _: &Batch) -> Option<Scale> {
        self.activation.approximated().then_some(Scale::Of(1.0))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        2.0 * (self.x.len() * self.y.cols) as f64
    }
}

impl OpCases for Dense {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let all = [(1, 1, 0), (1, 1, 1), (13, 7, 1), (67, 37, 0), (128, 64, 1), (516, 36, 0), (4, 6404, 1)];
        Self::of_sizes(tape, Element::Real, &all, &all[3..5])
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        let all = [(4, 4, 1), (12, 8, 0), (128, 64, 1), (516, 36, 0), (4, 6404, 1)];
        Self::of_sizes(tape, Element::Half, &all, &all[1..3])
    }
}

impl Dense {
    #[inline(always)]
    fn on_cpu<T: Real, M: Multiply>(&self, views: &mut Views<'_, T>) {
        let (x, weight, y) = (views.input(0), views.input(1), views.output(2));
        let (weight, bias) = weight.split_at(self.x.cols * self.y.cols);
        let (x, weight) = (Matrix::new(x, self.x.cols), Matrix::new(weight, self.y.cols));
        if bias.is_empty() {
            M::product(y, Into::Replace, x, weight);
        } else {
            for row in y.chunks_exact_mut(bias.len()) {
                row.copy_from_slice(bias);
            }
            M::product(y, Into::Add(T::one()), x, weight);
        }
        self.activation.apply(y);
    }

    /// Cases of inputs, outputs and 1 or 0 for a bias: `all` of them, and `some` of each activation that can be fused.
    fn of_sizes(tape: &mut Recorder, element: Element, all: &[Shape], some: &[Shape]) -> Vec<Self> {
        let mut cases = Vec::new();
        let activations = Activation::examples().into_iter().filter(Activation::slope_from_output).collect();
        for (activation, (inputs, outputs, bias)) in by_turns(activations, all, some) {
            let weight = tape.tensor("weight", element, inputs + bias, outputs);
            let [x, y] = [("x", inputs), ("y", outputs)].map(|(name, n)| tape.batched_of(name, element, n));
            cases.push(Self { x, weight, y, activation });
        }
        cases
    }

    /// This product with an activation of its output in its epilogue, if that is possible.
    pub(crate) fn with_activation(&self, step: &Activate) -> Option<Self> {
        let Activate { activation, y, .. } = step;
        let fits = step.fits(&self.activation, self.y);
        fits.then(|| Self { activation: activation.clone(), y: *y, ..self.clone() })
    }
}

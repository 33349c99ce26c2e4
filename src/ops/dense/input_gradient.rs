//! The derivative of a dense layer with respect to its input.

use super::kernel::{Sizes, by_fours, of_one};
use super::{Fast, Matrix, Multiply, Plain, Shape, bias_rows};
use crate::error::OpError;
use crate::ops::activation::{Activation, ActivationGradient};
use crate::ops::of_one_element;
use crate::program::kernel::{DeviceProfile, Kernel, Source, numbers, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views, by_turns};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor, equal_rows_per_sample};

/// `dx = dz · Wᵀ`, times the slope of the activation that made `x`, if that is fused.
///
/// # Shapes
/// `dz`: batch × outputs; `weight`: (inputs + 1 or 0) × outputs; `dx`: batch × inputs. All are of reals, or all of halves.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::InputGradient;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("input gradient", 1);
/// let (dz, dx) = (tape.batched("dz", 2), tape.batched("dx", 2));
/// let weight = tape.tensor("weight", Element::Real, 3, 2);
/// tape.push(InputGradient { dz, weight, dx, slope: None });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// cpu.write(dz, Values::Real(&[1.0, 2.0]))?;
/// cpu.write(weight, Values::Real(&[1.0, 2.0, 3.0, 4.0, 9.0, 9.0]))?; // the bias counts nothing
/// cpu.run(id, &[Batch::of(1)])?;
/// assert_eq!(cpu.read(dx)?, [5.0, 11.0]);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct InputGradient {
    /// Gradient before the layer's activation.
    pub dz: Tensor,
    /// The layer's weights, and its bias as a further row.
    pub weight: Tensor,
    /// Gradient of the layer's input.
    pub dx: Tensor,
    /// The activation that made the layer's input, and that input; its slope is then part of the product.
    pub slope: Option<(Activation, Tensor)>,
}

impl InputGradient {
    /// This product times the slope of what made the layer's input, instead of a step that multiplies by it.
    pub(crate) fn with_slope(&self, step: &ActivationGradient) -> Option<Self> {
        let ActivationGradient { activation, at, dy, dx } = step;
        let fits = self.slope.is_none()
            && activation.slope_from_output()
            && *dy == self.dx
            && [at.element, dx.element] == [dy.element; 2];
        fits.then(|| Self { dx: *dx, slope: Some((activation.clone(), *at)), ..self.clone() })
    }

    /// Slopes for the tests: none, and one of each activation that can be fused.
    pub(in crate::ops) fn slopes() -> Vec<Option<Activation>> {
        let fusible = Activation::examples().into_iter().filter(Activation::slope_from_output);
        std::iter::once(None).chain(fusible.map(Some)).collect()
    }

    /// Cases of inputs, outputs and 1 or 0 for a bias: `all` of them without a slope, and `some` with each.
    fn of_sizes(tape: &mut Recorder, element: Element, all: &[Shape], some: &[Shape]) -> Vec<Self> {
        let mut cases = Vec::new();
        for (slope, (inputs, outputs, bias)) in by_turns(Self::slopes(), all, some) {
            let weight = tape.tensor("weight", element, inputs + bias, outputs);
            let mut batched = |name, cols| tape.batched_of(name, element, cols);
            let slope = slope.map(|activation| (activation, batched("y", inputs)));
            let (dz, dx) = (batched("dz", outputs), batched("dx", inputs));
            cases.push(Self { dz, weight, dx, slope });
        }
        cases
    }

    #[inline(always)]
    fn on_cpu<T: Real, M: Multiply>(&self, views: &mut Views<'_, T>) {
        let (dz, weight, dx) = (views.input(0), views.input(1), views.output(2));
        let weight = &weight[..self.dx.cols * self.dz.cols];
        let cols = self.dz.cols;
        M::product_with_transposed(dx, Matrix::new(dz, cols), Matrix::new(weight, cols));
        if let Some((activation, _)) = &self.slope {
            activation.times_slope(views.input(3), dx);
        }
    }

    pub(super) fn by_fours(&self) -> bool {
        by_fours(self.dx.cols, self.dz.cols)
    }

    pub(super) fn sizes(&self) -> Sizes {
        Sizes { rows: self.dx.rows, inner: self.dz.cols, cols: self.dx.cols }
    }

    /// The files of how numbers are stored, and of what follows the sum.
    pub(super) fn epilogue(&self, device: &DeviceProfile) -> Vec<Source> {
        let mut sources = match (&self.slope, self.by_fours()) {
            (Some(_), true) => vec![shader!("dense/slope.wgsl")],
            (Some(_), false) => vec![shader!("dense/scalar/slope.wgsl")],
            (None, true) => vec![shader!("dense/sum.wgsl")],
            (None, false) => vec![shader!("dense/scalar/sum.wgsl")],
        };
        sources.extend(self.by_fours().then(|| numbers(self.dx.element, device)));
        sources.extend(self.slope.iter().flat_map(|(activation, _)| activation.sources()));
        sources
    }

    /// The file of the layer's input.
    pub(super) fn x(&self) -> Source {
        if self.by_fours() { shader!("dense/x.wgsl") } else { shader!("dense/scalar/x.wgsl") }
    }

    pub(super) fn constants(&self) -> Vec<(&'static str, f64)> {
        let mut constants = vec![("INPUTS", self.dx.cols as f64), ("OUTPUTS", self.dz.cols as f64)];
        constants.extend(self.slope.iter().flat_map(|(activation, _)| activation.constants()));
        constants
    }
}

impl Op for InputGradient {
    const NAME: &'static str = "dense.input_gradient";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let mut operands = vec![(Use::In, self.dz), (Use::In, self.weight), (Use::Out, self.dx)];
        operands.extend(self.slope.iter().map(|(_, y)| (Use::In, *y)));
        operands
    }

    fn check(&self) -> Result<(), OpError> {
        bias_rows(self.dx.cols, self.weight)?;
        let Self { dz, weight, dx, slope } = self;
        let made = slope.as_ref().map_or(*dx, |(_, made)| *made);
        of_one_element(&[*dz, *weight, *dx, made])?;
        equal_rows_per_sample(&[*dz, *dx, made])?;
        if dz.cols != weight.cols || made.shape() != dx.shape() {
            return Err(OpError::new(format!(
                "multiplies a {dz} gradient by a {weight} weight for a {dx} gradient"
            )));
        }
        Ok(())
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
        let mut sources = self.epilogue(device);
        // The activation's output is the layer's input.
        sources.extend(self.slope.iter().map(|_| self.x()));
        if self.by_fours() {
            sources.extend([shader!("dense/dx.wgsl"), shader!("dense/input_gradient.wgsl")]);
        } else {
            sources.extend([
                shader!("dense/scalar/dx.wgsl"),
                shader!("dense/scalar/input_gradient.wgsl"),
                shader!("dense/scalar/blocks.wgsl"),
            ]);
        }
        let mut kernel = of_one(sources, self.sizes(), device);
        kernel.constants.extend(self.constants());
        kernel
    }

    fn sum(&self) -> Option<(Self, usize)> {
        Some((Self { slope: None, ..self.clone() }, self.dz.cols))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        2.0 * (self.dx.len() * self.dz.cols) as f64
    }

    fn domain(&self, index: usize) -> Domain {
        let slope = self.slope.as_ref().filter(|_| index == 3);
        slope.map_or(Domain::Any, |(activation, _)| activation.values())
    }
}

impl OpCases for InputGradient {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let all = [(1, 1, 1), (13, 7, 0), (67, 37, 1), (64, 128, 1), (36, 516, 0), (6404, 4, 1)];
        Self::of_sizes(tape, Element::Real, &all, &all[2..4])
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        let all = [(4, 4, 1), (12, 8, 0), (64, 128, 1), (36, 516, 0), (6404, 4, 1)];
        Self::of_sizes(tape, Element::Half, &all, &all[1..3])
    }
}

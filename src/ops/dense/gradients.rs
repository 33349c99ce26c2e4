//! Both derivatives of a dense layer in one step.

use super::kernel::of_both;
use super::{InputGradient, WeightGradient};
use crate::error::OpError;
use crate::program::kernel::{DeviceProfile, Kernel, shader};
use crate::program::op::{Domain, Op, OpCases, Split, Use, Views, by_turns};
use crate::program::real::Real;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// An [`InputGradient`] and the [`WeightGradient`] of the same layer, which do not depend on each other: one dispatch
/// where they would be two, and work for more of a GPU.
///
/// # Shapes
/// As theirs.
///
/// ```
/// # use wgrad::backend::{Backend, Cpu, Values};
/// # use wgrad::program::Batch;
/// use wgrad::Element;
/// use wgrad::ops::{Gradients, InputGradient, WeightGradient};
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("gradients", 2);
/// let [x, dz, dx] = ["x", "dz", "dx"].map(|name| tape.batched(name, 4));
/// let [weight, dw] = ["weight", "dw"].map(|name| tape.tensor(name, Element::Real, 4, 4));
/// let input = InputGradient { dz, weight, dx, slope: None };
/// tape.push(Gradients { input, weight: WeightGradient { x, dz, dw } });
/// let mut cpu = Cpu::<f32>::new()?;
/// let id = cpu.compile(&tape.finish()?)?;
/// for (tensor, values) in [(x, &[1.0; 8][..]), (dz, &[1.0; 8]), (weight, &[2.0; 16])] {
///     cpu.write(tensor, Values::Real(values))?;
/// }
/// cpu.run(id, &[Batch::of(2)])?;
/// assert_eq!((cpu.read(dx)?, cpu.read(dw)?), (vec![8.0; 8], vec![2.0; 16]));
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gradients {
    /// The layer's input's gradient; a slope in it is that of the activation that made the layer's input.
    pub input: InputGradient,
    /// The layer's weights' gradient.
    pub weight: WeightGradient,
}

impl Gradients {
    /// Inputs, outputs and 1 or 0 for a bias, for the tests.
    const BY_FOURS: [(usize, usize, usize); 5] =
        [(4, 4, 1), (12, 8, 0), (68, 36, 1), (36, 516, 0), (4228, 4, 1)];

    /// Cases of one element, of these sizes: `all` of them without a slope, and `some` with each.
    fn of(
        tape: &mut Recorder,
        element: Element,
        all: &[(usize, usize, usize)],
        some: &[(usize, usize, usize)],
    ) -> Vec<Self> {
        let mut cases = Vec::new();
        for (slope, (inputs, outputs, bias)) in by_turns(InputGradient::slopes(), all, some) {
            let [weight, dw] = [("w", element), ("dw", Element::Real)]
                .map(|(name, element)| tape.tensor(name, element, inputs + bias, outputs));
            let [x, dx] = ["x", "dx"].map(|name| tape.batched_of(name, element, inputs));
            let dz = tape.batched_of("dz", element, outputs);
            let slope = slope.map(|activation| (activation, x));
            let input = InputGradient { dz, weight, dx, slope };
            cases.push(Self { input, weight: WeightGradient { x, dz, dw } });
        }
        cases
    }

    /// Whether both are of one layer.
    pub(super) fn fits(&self) -> bool {
        let Self { input, weight } = self;
        let made = input.slope.as_ref().map_or(weight.x, |(_, made)| *made);
        input.dz == weight.dz && made == weight.x && input.weight.shape() == weight.dw.shape()
    }
}

impl Op for Gradients {
    const NAME: &'static str = "dense.gradients";

    fn operands(&self) -> Vec<(Use, Tensor)> {
        let Self { input, weight } = self;
        vec![
            (Use::In, input.dz),
            (Use::In, input.weight),
            (Use::Out, input.dx),
            (Use::In, weight.x),
            (Use::Out, weight.dw),
        ]
    }

    fn check(&self) -> Result<(), OpError> {
        Op::check(&self.input)?;
        Op::check(&self.weight)?;
        if self.fits() { Ok(()) } else { Err("joins the gradients of two layers".into()) }
    }

    fn split(&self) -> Split {
        Split::Whole
    }

    fn cpu<T: Real>(&self, views: &mut Views<'_, T>) {
        self.input.cpu(&mut views.some(&[0, 1, 2, 3], 0..views.batch.rows as usize));
        self.weight.cpu(&mut views.some(&[3, 0, 4], 0..self.weight.dw.rows));
    }

    fn cpu_fast<T: Real>(&self, views: &mut Views<'_, T>) {
        self.input.cpu_fast(&mut views.some(&[0, 1, 2, 3], 0..views.batch.rows as usize));
        self.weight.cpu_fast(&mut views.some(&[3, 0, 4], 0..self.weight.dw.rows));
    }

    fn gpu(&self, device: &DeviceProfile) -> Kernel {
        let mut sources = self.input.epilogue(device);
        sources.extend([self.input.x(), shader!("dense/both.wgsl")]);
        if self.input.by_fours() {
            sources.extend([
                shader!("dense/dx.wgsl"),
                shader!("dense/dw.wgsl"),
                shader!("dense/gradients.wgsl"),
            ]);
        } else {
            sources.extend([
                shader!("dense/scalar/dx.wgsl"),
                shader!("dense/scalar/dw.wgsl"),
                shader!("dense/scalar/gradients.wgsl"),
                shader!("dense/scalar/blocks.wgsl"),
            ]);
        }
        let mut kernel = of_both(sources, self.input.sizes(), self.weight.sizes(), device);
        kernel.constants.extend(self.input.constants());
        kernel.size("BIAS", self.weight.bias())
    }

    fn sum(&self) -> Option<(Self, usize)> {
        let ((input, terms), (weight, samples)) = (Op::sum(&self.input)?, Op::sum(&self.weight)?);
        Some((Self { input, weight }, terms.max(samples)))
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn flops(&self) -> f64 {
        Op::flops(&self.input) + Op::flops(&self.weight)
    }

    fn domain(&self, index: usize) -> Domain {
        Op::domain(&self.input, index)
    }
}

impl OpCases for Gradients {
    fn cases(tape: &mut Recorder) -> Vec<Self> {
        let odd = [(1, 1, 1), (13, 7, 0), (128, 10, 1), (67, 37, 1)];
        let mut cases = Self::of(tape, Element::Real, &Self::BY_FOURS, &Self::BY_FOURS[1..3]);
        cases.extend(Self::of(tape, Element::Real, &odd, &odd[2..3]));
        cases
    }

    fn half_cases(tape: &mut Recorder) -> Vec<Self> {
        Self::of(tape, Element::Half, &Self::BY_FOURS, &Self::BY_FOURS[1..3])
    }
}

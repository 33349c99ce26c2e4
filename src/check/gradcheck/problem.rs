//! A program as a function of the elements of its inputs, and the check of its gradients.

use super::difference::{Estimate, derivative};
use super::table::{BOUND, GradCheck, Row};
use crate::backend::{Backend, Cpu, ProgramId, Values};
use crate::error::Result;
use crate::program::tensor::{Element, Tensor};
use crate::program::{Batch, Program};
use crate::random::Stream;

/// Of the largest element of a gradient: differences count relative to at least this, so that the rounding of the loss
/// does not count where a gradient vanishes.
const FLOOR: f64 = 1e-2;

/// What a program is differentiated by.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) tensor: Tensor,
    /// Where the tape leaves its gradient; without one it claims that nothing depends on the variable.
    pub(super) gradient: Option<Tensor>,
}

/// Outputs and the weights of their elements, which make the number `Σ weight · output`.
pub(super) type Objective = Vec<(Tensor, Vec<f64>)>;

/// A program, the values of its inputs, and the number that is differentiated.
pub(super) struct Problem {
    /// Forward and backward.
    pub(super) program: Program,
    pub(super) values: Vec<(Tensor, Vec<f32>)>,
    pub(super) objective: Objective,
    pub(super) variables: Vec<Variable>,
    pub(super) batch: Batch,
}

impl Problem {
    /// Compares gradients with differences at up to `most` elements of each variable.
    pub(super) fn check(&self, most: usize, stream: &mut Stream) -> Result<GradCheck> {
        let mut function = Function::new(self)?;
        let rows: Result<_> =
            self.variables.iter().map(|variable| function.row(variable, most, stream)).collect();
        Ok(GradCheck { rows: rows?, constants: Vec::new() })
    }

    /// The gradients of all variables as a backend computes them.
    pub(super) fn gradients(&self, backend: &mut dyn Backend) -> Result<Vec<Vec<f32>>> {
        let program = self.start(backend)?;
        let read = |variable: &Variable| match variable.gradient {
            Some(gradient) => backend.read(gradient),
            None => Ok(vec![0.0; variable.tensor.len()]),
        };
        let gradients = self.variables.iter().map(read).collect();
        backend.release(program);
        gradients
    }

    /// Compiles, sets the inputs, runs once.
    fn start(&self, backend: &mut dyn Backend) -> Result<ProgramId> {
        let program = backend.compile(&self.program)?;
        for (tensor, values) in &self.values {
            if tensor.element == Element::U32 {
                let integers: Vec<u32> = values.iter().map(|value| *value as u32).collect();
                backend.write(*tensor, Values::U32(&integers))?;
                continue;
            }
            backend.write(*tensor, Values::Real(values))?;
        }
        backend.run(program, &[self.batch])?;
        Ok(program)
    }

    /// The steps up to the last that writes what the number is made of.
    fn forward(&self) -> Program {
        let writes = |tensor: Tensor| self.objective.iter().any(|(output, _)| *output == tensor);
        let last = self.program.steps().iter().rposition(|step| step.outputs().any(writes));
        let steps = self.program.steps()[..last.map_or(0, |last| last + 1)].to_vec();
        Program { steps, ..self.program.clone() }
    }
}

/// The number as a function of one element after the other.
struct Function<'a> {
    problem: &'a Problem,
    backend: Cpu<f64>,
    forward: ProgramId,
}

/// An element of a gradient, both ways.
struct Compared {
    place: usize,
    analytical: f64,
    numerical: Estimate,
}

impl<'a> Function<'a> {
    fn new(problem: &'a Problem) -> Result<Self> {
        let mut backend = Cpu::with_threads(1)?;
        problem.start(&mut backend)?;
        let forward = backend.compile(&problem.forward())?;
        Ok(Self { problem, backend, forward })
    }

    fn row(&mut self, variable: &Variable, most: usize, stream: &mut Stream) -> Result<Row> {
        let tensor = variable.tensor;
        let count = tensor.live(&self.problem.batch).len();
        let analytical = match variable.gradient {
            Some(gradient) => self.backend.values(gradient)?.to_vec(),
            None => vec![0.0; count],
        };
        let mut places: Vec<usize> = (0..count).collect();
        if count > most {
            stream.shuffle(&mut places);
            places.truncate(most);
        }
        let here = self.values()?;
        let mut elements = Vec::with_capacity(places.len());
        for place in places {
            let numerical = self.derivative(tensor, place, &here)?;
            elements.push(Compared { place, analytical: analytical[place], numerical });
        }
        let size = here.iter().map(|term| term.abs()).sum();
        Ok(row(variable, &elements, size))
    }

    fn derivative(&mut self, tensor: Tensor, place: usize, here: &[f64]) -> Result<Estimate> {
        let x = self.backend.values(tensor)?[place];
        let estimate = derivative(x, here, |x| {
            self.backend.values_mut(tensor)?[place] = x;
            self.values()
        })?;
        self.backend.values_mut(tensor)?[place] = x;
        Ok(estimate)
    }

    /// The terms of the number.
    fn values(&mut self) -> Result<Vec<f64>> {
        self.backend.run(self.forward, &[self.problem.batch])?;
        let mut terms = Vec::new();
        for (output, weights) in &self.problem.objective {
            let values = self.backend.values(*output)?;
            terms.extend(values.iter().zip(weights).map(|(value, weight)| value * weight));
        }
        Ok(terms)
    }
}

/// Sums up the elements of a gradient of a number whose terms are of this size together.
fn row(variable: &Variable, elements: &[Compared], terms: f64) -> Row {
    let size = |e: &Compared| e.analytical.abs().max(e.numerical.value.abs());
    // A gradient that is 0, such as that of a bias before a norm, is known as exactly as the number is rounded.
    let rounding = 4.0 * f64::EPSILON * terms / BOUND;
    let floor = rounding.max(FLOOR * elements.iter().map(size).fold(0.0, f64::max));
    let tensor = variable.tensor;
    let mut row = Row::new(&variable.name, tensor.shape());
    for element in elements {
        let scale = size(element).max(floor);
        let Estimate { value, error, kink } = element.numerical;
        if kink || error.is_nan() || error > 0.5 * BOUND * scale {
            row.unclear += 1;
            continue;
        }
        let at = [element.place / tensor.cols, element.place % tensor.cols];
        row.compare(at, element.analytical, value, scale);
    }
    row
}

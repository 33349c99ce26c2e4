//! The problem of an op: a random weighted sum of its outputs as a function of its inputs.

use super::problem::{Objective, Problem, Variable};
use super::table::GradCheck;
use crate::error::{Error, Result};
use crate::program::op::{Domain, NO_DERIVATIVE, Use};
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};
use crate::program::{Batch, Program};
use crate::random::{Purpose, Stream};

/// Checks the derivatives of a program's ops, such as [`ops::cases_of`](crate::ops::cases_of) gives, with respect to
/// every real input; `None` if an op has no derivative.
///
/// Inputs are drawn from the ops' domains; integers are 0. Batches have one sample less than the program's capacity, so
/// that the number of samples matters.
///
/// ```
/// use wgrad::gradcheck::check_program;
/// use wgrad::ops::{Softmax, cases_of};
///
/// for program in cases_of::<Softmax>(3)? {
///     assert!(check_program(&program, 0)?.is_some_and(|check| check.passes()));
/// }
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Errors
/// Threads that the system does not start.
pub fn check_program(program: &Program, seed: u64) -> Result<Option<GradCheck>> {
    let mut stream = Stream::new(seed, Purpose::Checking);
    let problem = match problem(program, &mut stream) {
        Err(Error::Program { why, .. }) if why == NO_DERIVATIVE => return Ok(None),
        problem => problem?,
    };
    let mut check = problem.check(usize::MAX, &mut stream)?;
    let checked = |name: &String| problem.variables.iter().any(|variable| variable.name == *name);
    check.constants =
        inputs(program).into_iter().map(|input| input.name).filter(|name| !checked(name)).collect();
    Ok(Some(check))
}

/// A real tensor that the program reads and does not write.
struct Input {
    name: String,
    tensor: Tensor,
    domain: Domain,
}

fn inputs(program: &Program) -> Vec<Input> {
    let written: Vec<Tensor> = program.steps().iter().flat_map(|step| step.outputs()).collect();
    let mut inputs: Vec<Input> = Vec::new();
    for step in program.steps() {
        for (index, (used, tensor)) in step.operands().iter().enumerate() {
            let known = written.contains(tensor) || inputs.iter().any(|input| input.tensor == *tensor);
            if *used == Use::In && tensor.element == Element::Real && !known {
                let name = program.buffers()[&tensor.buffer].name.clone();
                inputs.push(Input { name, tensor: *tensor, domain: step.op().domain(index) });
            }
        }
    }
    inputs
}

fn problem(program: &Program, stream: &mut Stream) -> Result<Problem> {
    let inputs = inputs(program);
    let batch = Batch { epoch: 1, seed: stream.word(), ..Batch::of((program.capacity() - 1).max(1)) };
    let mut values: Vec<_> = inputs.iter().map(|input| (input.tensor, input.draw(stream))).collect();
    let (tape, objective) = of_outputs(program, &inputs, batch, stream, &mut values);
    let variable = |Input { name, tensor, .. }: Input| {
        tape.gradient(tensor).map(|gradient| Variable { name, tensor, gradient: Some(gradient) })
    };
    let variables = inputs.into_iter().filter_map(variable).collect();
    let buffers = tape.buffers().clone();
    let program = Program { buffers, ..tape.finish()? };
    Ok(Problem { program, values, objective, variables, batch })
}

/// A random weighted sum of the last op's outputs; the weights are the outputs' gradients.
fn of_outputs(
    program: &Program,
    inputs: &[Input],
    batch: Batch,
    stream: &mut Stream,
    values: &mut Vec<(Tensor, Vec<f32>)>,
) -> (Recorder, Objective) {
    let mut tape = record(program, inputs);
    let outputs = program.steps().last().into_iter().flat_map(|step| step.outputs());
    let gradients: Vec<_> = outputs.map(|output| (output, tape.tensor_like("gradient", output))).collect();
    tape.backward_from(&gradients);
    let mut objective = Vec::new();
    for (output, gradient) in gradients {
        let weights = uniform(stream, output.len(), -2.0, 2.0);
        let count = output.live(&batch).len();
        objective.push((output, weights[..count].iter().map(|weight| f64::from(*weight)).collect()));
        values.push((gradient, weights));
    }
    (tape, objective)
}

/// The program's steps on a tape that wants the gradients of its inputs.
fn record(program: &Program, inputs: &[Input]) -> Recorder {
    let mut tape = Recorder::new(program.name(), program.capacity()).share(program.buffers());
    inputs.iter().for_each(|input| tape.watch(input.tensor));
    program.steps().iter().for_each(|step| tape.push_step(step.clone()));
    tape
}

impl Input {
    /// Values away from the ends of the domain, where losses have their clamps.
    fn draw(&self, stream: &mut Stream) -> Vec<f32> {
        let len = self.tensor.len();
        match self.domain {
            Domain::Any => uniform(stream, len, -2.0, 2.0),
            Domain::Unit => uniform(stream, len, 0.05, 0.95),
            Domain::Signed => uniform(stream, len, -0.95, 0.95),
            Domain::Scale => vec![256.0; len],
            Domain::NonNegative | Domain::Positive => uniform(stream, len, 0.1, 2.0),
            Domain::Below(bound) => (0..len).map(|_| stream.below(bound) as f32).collect(),
        }
    }
}

fn uniform(stream: &mut Stream, count: usize, low: f64, high: f64) -> Vec<f32> {
    (0..count).map(|_| stream.uniform(low, high) as f32).collect()
}

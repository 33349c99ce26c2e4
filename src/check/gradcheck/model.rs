//! The problem of a model: the mean loss as a function of its parameters and inputs.

use super::problem::{Problem, Variable};
use crate::error::Result;
use crate::nn::graph::Graph;
use crate::nn::init::Init;
use crate::nn::layers::Mode;
use crate::nn::losses::Losses;
use crate::nn::optimizer::Optimizer;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};
use crate::program::{Batch, Program};
use crate::random::Stream;
use crate::train::dataset::{Dataset, Samples};
use crate::train::model::{Layout, Trainable};
use crate::train::target::Target;

/// Samples that are taken at most: each brings its own kinks.
const MOST_SAMPLES: usize = 8;

pub(super) fn problem(net: &Graph, losses: &Losses, data: &Dataset, stream: &mut Stream) -> Result<Problem> {
    let objective = losses.of(net)?;
    data.check_any_weight()?;
    let given = net.check_inputs(&data.named_inputs(), &vec![true; net.vertices.len()])?;
    let wanted = objective.check(net, data, false, 0)?;
    // The optimizer never runs; it decides what moments there are, and the plainest has none.
    let layout = Layout::new(net, &Optimizer::sgd(1.0), &Trainable::default())?;
    let samples = data.len().min(MOST_SAMPLES);
    let mut tape = layout.tape("gradcheck", samples);
    let inputs: Vec<_> = given.iter().map(|samples| input(&mut tape, samples)).collect();
    let target = |target: &Target<'_>| tape.batched_of("targets", target.element(), target.width());
    let targets: Vec<_> = wanted.iter().map(target).collect();
    let weights = data.weights().map(|_| tape.batched("weights", 1));
    tape.arena(layout.arenas.parameters, layout.arenas.gradients);
    inputs.iter().filter(|x| x.element == Element::Real).for_each(|x| tape.watch(*x));
    let forward = net.forward(&mut tape, &inputs, &layout.entries, Mode::Train)?;
    let outputs = forward.of(&objective.places())?;
    let losses = objective.record(&mut tape, &outputs, &targets, &forward.added, weights)?.losses;
    tape.backward(losses);

    let mut variables: Vec<Variable> = Vec::new();
    let mut values: Vec<(Tensor, Vec<f32>)> = Vec::new();
    for entry in layout.entries.iter() {
        let init = if entry.init == Init::Zeros { Init::Normal(0.1) } else { entry.init };
        values.push((entry.tensor, init.values(stream, &entry.shape)));
        if entry.state {
            continue;
        }
        let gradient = Some(Tensor { buffer: layout.arenas.gradients.buffer, ..entry.tensor });
        variables.push(Variable { name: entry.name.clone(), tensor: entry.tensor, gradient });
    }
    for ((x, samples), input) in inputs.iter().zip(&given).zip(net.inputs()) {
        if x.element == Element::Real {
            let name = if inputs.len() == 1 { "inputs" } else { input.name };
            variables.push(Variable { name: name.into(), tensor: *x, gradient: tape.gradient(*x) });
        }
        values.push((*x, samples.take(x.rows).to_array().into_iter().collect()));
    }
    for (tensor, target) in targets.iter().zip(&wanted) {
        values.push((*tensor, target.numbers(tensor.len())));
    }
    if let Some((tensor, weights)) = weights.zip(data.weights()) {
        values.push((tensor, weights[..tensor.len()].to_vec()));
    }

    // All buffers stay: a parameter that no step uses has a place in the arenas, and a gradient of 0 there.
    let buffers = tape.buffers().clone();
    let program = Program { buffers, ..tape.finish()? };
    let objective = vec![(losses, vec![1.0 / samples as f64; samples])];
    let batch = Batch { epoch: 1, seed: stream.word(), ..Batch::of(samples) };
    Ok(Problem { program, values, objective, variables, batch })
}

/// A tensor for the samples of an input.
fn input(tape: &mut Recorder, samples: &Samples) -> Tensor {
    let element = if samples.are_integers() { Element::U32 } else { Element::Real };
    tape.batched_of("inputs", element, samples.width())
}

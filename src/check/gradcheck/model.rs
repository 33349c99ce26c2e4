//! The problem of a model: the mean loss as a function of its parameters and inputs.

use super::problem::{Problem, Variable};
use crate::error::Result;
use crate::nn::graph::Graph;
use crate::nn::init::Init;
use crate::nn::layers::Mode;
use crate::nn::loss::Loss;
use crate::nn::optimizer::Optimizer;
use crate::program::tensor::{Element, Tensor};
use crate::program::{Batch, Program};
use crate::random::Stream;
use crate::train::dataset::Dataset;
use crate::train::model::Layout;

/// Samples that are taken at most: each brings its own kinks.
const MOST_SAMPLES: usize = 8;

pub(super) fn problem(net: &Graph, loss: Loss, data: &Dataset, stream: &mut Stream) -> Result<Problem> {
    net.check_inputs(data.inputs())?;
    loss.check(data, net.outputs()?)?;
    // The optimizer never runs; it decides what moments there are, and the plainest has none.
    let layout = Layout::new(net, &Optimizer::sgd(1.0), &Default::default())?;
    let samples = data.len().min(MOST_SAMPLES);
    let mut tape = layout.tape("gradcheck", samples);
    let element = if data.inputs().are_integers() { Element::U32 } else { Element::Real };
    let x = tape.batched_of("inputs", element, data.inputs().width());
    let target = tape.batched("targets", data.target_width());
    tape.arena(layout.arenas.parameters, layout.arenas.gradients);
    if element == Element::Real {
        tape.watch(x);
    }
    let output = net.forward(&mut tape, x, &layout.entries, net.output_place(), Mode::Train)?;
    loss.check_output(&tape, net.output_name(), output)?;
    let losses = loss.record(&mut tape, output, target);
    tape.backward(losses);

    let mut variables: Vec<Variable> = Vec::new();
    let mut values: Vec<(Tensor, Vec<f32>)> = Vec::new();
    for entry in layout.entries.iter() {
        let [rows, cols] = entry.tensor.shape();
        let init = if entry.init == Init::Zeros { Init::Normal(0.1) } else { entry.init };
        values.push((entry.tensor, init.values(stream, rows, cols)));
        let gradient = Some(Tensor { buffer: layout.arenas.gradients.buffer, ..entry.tensor });
        variables.push(Variable { name: entry.name.clone(), tensor: entry.tensor, gradient });
    }
    if element == Element::Real {
        variables.push(Variable { name: "inputs".into(), tensor: x, gradient: tape.gradient(x) });
    }
    let inputs = data.inputs().take(samples).to_array();
    let targets = data.target_values().unwrap_or_else(|| inputs.iter().copied().collect());
    values.push((x, inputs.into_iter().collect()));
    values.push((target, targets[..target.len()].to_vec()));

    // All buffers stay: a parameter that no step uses has a place in the arenas, and a gradient of 0 there.
    let buffers = tape.buffers().clone();
    let program = Program { buffers, ..tape.finish()? };
    let objective = vec![(losses, vec![1.0 / samples as f64; samples])];
    let batch = Batch { epoch: 1, seed: stream.word(), ..Batch::of(samples) };
    Ok(Problem { program, values, objective, variables, batch })
}

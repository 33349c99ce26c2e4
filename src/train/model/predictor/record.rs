//! The program that a predictor runs: from rows of the batch to rows of the batch, without an index list and tables.

use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::nn::graph::Graph;
use crate::nn::layers::Mode;
use crate::ops::Activate;
use crate::ops::activation::Activation;
use crate::program::Program;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;
use crate::train::inputs::Inputs;
use crate::train::model::layout::Layout;
use crate::train::model::programs::lean;

/// A recorded program and the tensors through which callers meet it.
pub(super) struct Recorded {
    pub(super) program: Program,
    pub(super) inputs: Vec<Tensor>,
    pub(super) outputs: Vec<Tensor>,
}

impl Recorded {
    /// What a net gives for up to so many rows of these inputs.
    pub(super) fn new(net: &Graph, layout: &Layout, backend: &dyn Backend, max_rows: usize) -> Result<Self> {
        let mut tape = layout.tape("serve", max_rows);
        if let Some(halves) = &layout.arenas.halves {
            tape.use_halves(layout.arenas.parameters, halves.copy);
        }
        let places = net.output_places();
        let needed = net.needed(&places);
        let mut inputs = Vec::new();
        for input in net.inputs().filter(|input| needed[input.at]) {
            let width = input.shape.iter().product();
            inputs.push(tape.batched_of("x", net.input_element(input), width));
        }
        let forward = net.forward_to(&mut tape, &inputs, &layout.entries, &needed, Mode::Infer)?;
        let outputs = forward.of(&places)?.into_iter().map(|output| given(&mut tape, output)).collect();
        Ok(Self { program: lean(tape.finish()?, backend), inputs, outputs })
    }
}

/// An output as callers get it: reals that a step writes.
fn given(tape: &mut Recorder, output: Tensor) -> Tensor {
    let reals = tape.reals(output);
    let written = tape.writer(reals).is_some();
    let output = if written { reals } else { tape.tensor_like("output", reals) };
    if !written {
        tape.push(Activate { activation: Activation::identity(), x: reals, y: output });
    }
    tape.keep(output);
    output
}

/// The program that rounds parameters to their copy in halves, if there is one: it runs once, as they do not change any more.
pub(super) fn rounding(layout: &Layout) -> Result<Option<Program>> {
    let Some(halves) = &layout.arenas.halves else { return Ok(None) };
    let mut tape = layout.tape("round", 1);
    tape.copy_in_halves(layout.arenas.parameters, halves.copy);
    tape.finish().map(Some)
}

/// The inputs that a net's outputs need; an error where it has none.
pub(super) fn accepted(net: &Graph) -> Result<Inputs> {
    let accepted = net.accepted(&net.needed(&net.output_places()))?;
    if accepted.needed.is_empty() {
        return Err(Error::Graph { why: "the graph has 0 inputs; Graph::input adds one".into() });
    }
    Ok(accepted)
}

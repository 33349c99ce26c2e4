//! A graph's forward pass on a tape.

use super::{Graph, Input, Kind, Named, Vertex};
use crate::error::{Error, LayerError, Result};
use crate::nn::layers::{Context, Mode, Shaped};
use crate::nn::parameters::{AddedLoss, Entry, Notes, Parameters, StateUpdate, Table};
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};

/// What was recorded of a graph.
#[derive(Debug)]
pub(crate) struct Recording {
    /// What each vertex is, as far as it was needed.
    pub(crate) values: Vec<Option<Shaped>>,
    /// Numbers of parameters that each vertex has brought.
    pub(crate) counts: Vec<usize>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) notes: Notes,
}

/// A forward pass.
#[derive(Debug)]
pub(crate) struct Forward {
    /// The tensor of each vertex that was recorded.
    values: Vec<Option<Tensor>>,
    /// What layers add to the loss.
    pub(crate) added: Vec<AddedLoss>,
    /// What becomes of state in a training step.
    pub(crate) updates: Vec<StateUpdate>,
}

impl Forward {
    /// The tensors of vertices.
    ///
    /// # Errors
    /// One that was not recorded.
    pub(crate) fn of(&self, places: &[usize]) -> Result<Vec<Tensor>> {
        let value = |at: &usize| self.values.get(*at).copied().flatten();
        let values: Option<Vec<_>> = places.iter().map(value).collect();
        values.ok_or_else(|| Error::Bug { what: "a node of the net was not recorded".into() })
    }
}

impl Graph {
    /// Records the whole net on a tape of its own, to learn its shapes and parameters.
    ///
    /// # Errors
    /// The first layer that does not fit, with what comes to it.
    pub(crate) fn dry_recording(&self) -> Result<Recording> {
        self.record_alone(&mut Recorder::new("shapes", 1), Mode::Train)
    }

    /// Records the whole net on a tape that knows nothing of it.
    pub(crate) fn record_alone(&self, tape: &mut Recorder, mode: Mode) -> Result<Recording> {
        let needed = vec![true; self.vertices.len()];
        self.record(tape, Parameters::declared(), mode, &needed, |tape, input| Ok(self.alone(tape, input)))
    }

    /// An input that is a tensor of the tape's own.
    fn alone(&self, tape: &mut Recorder, input: Input<'_>) -> Tensor {
        tape.batched_of(input.name, self.input_element(input), input.shape.iter().product())
    }

    /// What the numbers of an input are kept as: as halves only where each layer that reads them takes those, since numbers of other
    /// sizes than a net's own have too few digits there.
    pub(crate) fn input_element(&self, input: Input<'_>) -> Element {
        let takes_halves = |vertex: &Vertex| match &vertex.kind {
            Kind::Call { layer, inputs } if inputs.contains(&input.at) => {
                self.layers[*layer].layer.takes_halves()
            }
            _ => true,
        };
        match input.integers {
            true => Element::U32,
            false if self.vertices.iter().all(takes_halves) => {
                self.precision.element(input.shape.iter().product())
            }
            false => Element::Real,
        }
    }

    /// The first table with the fewest rows that the integers of the input at this place are looked up in, if there is one.
    pub(crate) fn smallest_table(&self, at: usize) -> Result<Option<Table>> {
        let Recording { values, notes, .. } = self.dry_recording()?;
        let ids = values[at].as_ref().map(|value| value.tensor().buffer);
        let tables = notes.tables.into_iter().filter(|table| Some(table.ids) == ids);
        Ok(tables.min_by_key(|table| table.rows))
    }

    /// Numbers that a sample has in a vertex.
    pub(crate) fn width(&self, at: usize) -> Result<usize> {
        self.shape(at).map(|shape| shape.iter().product())
    }

    /// The shape of a sample in a vertex.
    pub(crate) fn shape(&self, at: usize) -> Result<Vec<usize>> {
        let value = self.dry_recording()?.values.into_iter().nth(at).flatten();
        value
            .map(|value| value.shape().to_vec())
            .ok_or_else(|| Error::Graph { why: "a net without an input".into() })
    }

    /// Records the whole net on these inputs, in their order.
    pub(crate) fn forward(
        &self,
        tape: &mut Recorder,
        inputs: &[Tensor],
        entries: &[Entry],
        mode: Mode,
    ) -> Result<Forward> {
        self.forward_to(tape, inputs, entries, &vec![true; self.vertices.len()], mode)
    }

    /// Records the vertices that are needed, on the inputs that are among them, in their order.
    pub(crate) fn forward_to(
        &self,
        tape: &mut Recorder,
        inputs: &[Tensor],
        entries: &[Entry],
        needed: &[bool],
        mode: Mode,
    ) -> Result<Forward> {
        let mut inputs = inputs.iter();
        let next = |_: &mut Recorder, input: Input<'_>| {
            let without = || Error::Bug { what: format!("the input {} has no samples", input.name) };
            inputs.next().copied().ok_or_else(without)
        };
        let Recording { values, notes, .. } =
            self.record(tape, Parameters::of(entries), mode, needed, next)?;
        let values = values.into_iter().map(|value| value.map(|value| value.tensor())).collect();
        Ok(Forward { values, added: notes.losses, updates: notes.updates })
    }

    fn record(
        &self,
        tape: &mut Recorder,
        mut parameters: Parameters,
        mode: Mode,
        needed: &[bool],
        mut input: impl FnMut(&mut Recorder, Input<'_>) -> Result<Tensor>,
    ) -> Result<Recording> {
        if let Some((name, why)) = &self.fault {
            return Err(Error::LayerName { name: name.clone(), why: why.clone() });
        }
        let mut values: Vec<Option<Shaped>> = Vec::new();
        let mut counts = Vec::new();
        for (at, needed) in (0..self.vertices.len()).zip(needed) {
            let before = parameters.entries().len();
            let value = match needed {
                false => None,
                true => Some(self.record_one(at, &values, tape, &mut parameters, mode, &mut input)?),
            };
            values.push(value);
            let new = &parameters.entries()[before..];
            counts.push(new.iter().map(|entry| entry.tensor.len()).sum());
        }
        let (entries, notes) = parameters.into_parts();
        Ok(Recording { values, counts, entries, notes })
    }

    /// Records a vertex behind those that it is made of.
    fn record_one(
        &self,
        at: usize,
        values: &[Option<Shaped>],
        tape: &mut Recorder,
        parameters: &mut Parameters,
        mode: Mode,
        input: &mut impl FnMut(&mut Recorder, Input<'_>) -> Result<Tensor>,
    ) -> Result<Shaped> {
        let vertex = &self.vertices[at];
        match &vertex.kind {
            Kind::Input { shape, integers } => {
                check_input(shape)?;
                let given = Input { at, name: &vertex.name, shape, integers: *integers };
                let tensor = input(tape, given)?;
                Shaped::new(tensor, shape.clone()).map_err(|error| failed(&vertex.name, &[], error))
            }
            Kind::Call { layer, inputs } => {
                let inputs: Vec<Shaped> = inputs.iter().filter_map(|at| values[*at].clone()).collect();
                self.layers[*layer].record(tape, parameters, mode, vertex, &inputs)
            }
        }
    }

    /// Which vertices some are made of, these included.
    pub(crate) fn needed(&self, wanted: &[usize]) -> Vec<bool> {
        let mut needed: Vec<bool> = (0..self.vertices.len()).map(|at| wanted.contains(&at)).collect();
        for (at, vertex) in self.vertices.iter().enumerate().rev() {
            if let (true, Kind::Call { inputs, .. }) = (needed[at], &vertex.kind) {
                inputs.iter().for_each(|input| needed[*input] = true);
            }
        }
        needed
    }
}

/// The shapes of a net to which layers are still added.
#[cfg(feature = "onnx")]
#[derive(Debug)]
pub(crate) struct Growing {
    tape: Recorder,
    parameters: Parameters,
    values: Vec<Option<Shaped>>,
}

#[cfg(feature = "onnx")]
impl Growing {
    /// Those of a net without a vertex.
    pub(crate) fn new() -> Self {
        Self { tape: Recorder::new("shapes", 1), parameters: Parameters::declared(), values: Vec::new() }
    }

    /// Records what the net has more than at the last call.
    ///
    /// # Errors
    /// The first layer that does not fit, with what comes to it.
    pub(crate) fn follow(&mut self, net: &Graph) -> Result<()> {
        for at in self.values.len()..net.vertices.len() {
            let Self { tape, parameters, values } = self;
            let mut input = |tape: &mut Recorder, input: Input<'_>| Ok(net.alone(tape, input));
            let value = net.record_one(at, values, tape, parameters, Mode::Infer, &mut input)?;
            values.push(Some(value));
        }
        Ok(())
    }

    /// The shape of a sample in a vertex.
    pub(crate) fn shape(&self, at: usize) -> &[usize] {
        self.values.get(at).and_then(Option::as_ref).map_or(&[], Shaped::shape)
    }
}

impl Named {
    fn record(
        &self,
        tape: &mut Recorder,
        parameters: &mut Parameters,
        mode: Mode,
        vertex: &Vertex,
        inputs: &[Shaped],
    ) -> Result<Shaped> {
        let mut context = Context::new(tape, parameters, mode, self.name.clone());
        let output = context.record(&*self.layer, inputs);
        let output = output.map_err(|error| failed(&self.name, inputs, error))?;
        check_size(&format!("the output of layer {}", vertex.name), output.shape().iter().copied())?;
        Ok(output)
    }
}

fn failed(layer: &str, inputs: &[Shaped], error: LayerError) -> Error {
    match error {
        LayerError::TooLarge { what } => Error::TooLarge { what },
        LayerError::Refused { within, why } => Error::LayerShape {
            layer: within.map_or_else(|| layer.to_string(), |path| format!("{layer}.{path}")),
            input: inputs.first().map_or_else(Vec::new, |input| input.shape().to_vec()),
            why,
        },
    }
}

fn check_input(shape: &[usize]) -> Result<()> {
    if shape.contains(&0) {
        return Err(Error::EmptyInput { shape: shape.to_vec() });
    }
    check_size("a sample", shape.iter().copied())
}

/// An error if a device could not count the numbers of such a shape.
fn check_size(what: &str, shape: impl IntoIterator<Item = usize>) -> Result<()> {
    let numbers =
        shape.into_iter().try_fold(1, |product: u32, size| product.checked_mul(size.try_into().ok()?));
    numbers.map(|_| ()).ok_or_else(|| Error::TooLarge { what: what.to_string() })
}

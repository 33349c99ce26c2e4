//! A graph's forward pass on a tape.

use super::{Graph, Kind, Named, Vertex};
use crate::error::{Error, LayerError, Result};
use crate::nn::layers::{Context, Mode, Shaped};
use crate::nn::parameters::{Entry, Parameters};
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
    /// The layers that look the input's integers up, and the rows of their tables.
    pub(crate) tables: Vec<(String, usize)>,
}

impl Graph {
    /// Records the whole net on a tape of its own, to learn its shapes and parameters.
    ///
    /// # Errors
    /// The first layer that does not fit, with what comes to it.
    pub(crate) fn dry_recording(&self) -> Result<Recording> {
        let mut tape = Recorder::new("shapes", 1);
        let inputs = |tape: &mut Recorder, name: &str, shape: &[usize], integers: bool| {
            let width = shape.iter().product();
            tape.batched_of(name, self.input_element(integers, width), width)
        };
        let needed = vec![true; self.vertices.len()];
        self.record(&mut tape, Parameters::declared(), Mode::Train, &needed, inputs)
    }

    /// What the numbers of an input are kept as.
    pub(crate) fn input_element(&self, integers: bool, width: usize) -> Element {
        if integers { Element::U32 } else { self.precision.element(width) }
    }

    /// The first table that an input's integers are looked up in with the fewest rows, and these.
    pub(crate) fn smallest_table(&self) -> Result<Option<(String, usize)>> {
        let tables = self.dry_recording()?.tables;
        Ok(tables.into_iter().min_by_key(|(_, rows)| *rows))
    }

    /// Numbers that the net gives for a sample.
    pub(crate) fn outputs(&self) -> Result<usize> {
        self.width(self.output_place())
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
            .ok_or_else(|| Error::Setting { why: "a net without an input".into() })
    }

    /// Records what a vertex needs and returns its tensor; `x` is the only input.
    pub(crate) fn forward(
        &self,
        tape: &mut Recorder,
        x: Tensor,
        entries: &[Entry],
        at: usize,
        mode: Mode,
    ) -> Result<Tensor> {
        let needed = self.needed(at);
        let recording = self.record(tape, Parameters::of(entries), mode, &needed, |_, _, _, _| x)?;
        let value = recording.values.into_iter().nth(at).flatten();
        value
            .map(|value| value.tensor())
            .ok_or_else(|| Error::Setting { why: "a net without an input".into() })
    }

    fn record(
        &self,
        tape: &mut Recorder,
        mut parameters: Parameters,
        mode: Mode,
        needed: &[bool],
        mut input: impl FnMut(&mut Recorder, &str, &[usize], bool) -> Tensor,
    ) -> Result<Recording> {
        if let Some((name, why)) = &self.fault {
            return Err(Error::LayerName { name: name.clone(), why: why.clone() });
        }
        let mut values: Vec<Option<Shaped>> = Vec::new();
        let mut counts = Vec::new();
        for (vertex, needed) in self.vertices.iter().zip(needed) {
            let before = parameters.entries().len();
            let value = match &vertex.kind {
                _ if !*needed => None,
                Kind::Input { shape, integers } => {
                    check_input(shape)?;
                    let tensor = input(tape, &vertex.name, shape, *integers);
                    Some(
                        Shaped::new(tensor, shape.clone())
                            .map_err(|error| failed(&vertex.name, &[], error))?,
                    )
                }
                Kind::Call { layer, inputs } => {
                    let inputs: Vec<Shaped> = inputs.iter().filter_map(|at| values[*at].clone()).collect();
                    Some(self.layers[*layer].record(tape, &mut parameters, mode, vertex, &inputs)?)
                }
            };
            values.push(value);
            let new = &parameters.entries()[before..];
            counts.push(new.iter().map(|entry| entry.tensor.len()).sum());
        }
        let tables = parameters.take_tables();
        Ok(Recording { values, counts, entries: parameters.into_entries(), tables })
    }

    /// Which vertices one is made of.
    fn needed(&self, wanted: usize) -> Vec<bool> {
        let mut needed: Vec<bool> = (0..self.vertices.len()).map(|at| at == wanted).collect();
        for (at, vertex) in self.vertices.iter().enumerate().rev() {
            if let (true, Kind::Call { inputs, .. }) = (needed[at], &vertex.kind) {
                inputs.iter().for_each(|input| needed[*input] = true);
            }
        }
        needed
    }
}

/// What a layer makes of what.
#[cfg(feature = "onnx")]
pub(crate) struct Call<'a> {
    pub(crate) at: usize,
    pub(crate) name: &'a str,
    pub(crate) layer: &'a Named,
    /// The names of its inputs; the graph's input has none.
    pub(crate) inputs: Vec<Option<&'a str>>,
}

#[cfg(feature = "onnx")]
impl Graph {
    /// The calls that a vertex is made of, in order.
    pub(crate) fn calls_behind(&self, at: usize) -> impl Iterator<Item = Call<'_>> {
        let name = |at: &usize| {
            let vertex = &self.vertices[*at];
            matches!(vertex.kind, Kind::Call { .. }).then_some(vertex.name.as_str())
        };
        let needed = self.needed(at);
        let vertices = self.vertices.iter().enumerate().filter(move |(at, _)| needed[*at]);
        vertices.filter_map(move |(at, vertex)| match &vertex.kind {
            Kind::Input { .. } => None,
            Kind::Call { layer, inputs } => Some(Call {
                at,
                name: &vertex.name,
                layer: &self.layers[*layer],
                inputs: inputs.iter().map(name).collect(),
            }),
        })
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

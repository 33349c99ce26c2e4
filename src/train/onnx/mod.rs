//! Models as ONNX files, for runtimes that only predict, and nets from such files of any origin.

mod file;
mod layers;
mod nodes;
mod read;

use std::path::Path;

use serde_json::Value as Json;

use crate::error::{Error, Result};
use crate::file::whole_file::write_whole;
use crate::nn::graph::{Graph, Kind, Vertex};
use crate::nn::parameters::Entry;
use crate::train::model::Model;
use layers::Layer;
use nodes::{Constant, NEW, Nodes, Numbers, USUAL, Value};

pub use read::{OnnxNet, load_onnx};

impl Model {
    /// Writes the model as an ONNX file, which runtimes since 2019 read, or since 2024 where it has a GELU or Mish.
    ///
    /// ```
    /// use wgrad::backend::Cpu;
    /// use wgrad::layers::{Concat, Dense, Embedding, Flatten};
    /// use wgrad::{Graph, Optimizer, losses};
    ///
    /// let mut net = Graph::new();
    /// let (words, size) = (net.integers("words", [3]), net.input("size", [1]));
    /// let rows = net.add(Embedding::new(100, 8), [words]);
    /// let rows = net.add(Flatten, [rows]);
    /// let both = net.add(Concat, [rows, size]);
    /// net.add_named("age", Dense::new(1), [both]);
    /// let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::adam(0.01), 0)?;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("model.onnx");
    /// model.save_onnx(&path)?; // takes words, int64 [samples, 3], and size, float32 [samples, 1]; gives age
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Shapes
    /// Each input has its name in the net, which is `input` for a [`Sequential`](crate::Sequential). Each output has its layer's name.
    /// Both are samples × the shape of one. Numbers are `float32`, as the model sees them (images from 0 to 1). Integers are `int64`,
    /// the type that exporters of other frameworks give tokens. The file leaves out an input that no output depends on. It knows a layer
    /// by its kind, so a layer of your own needs a kind of its own.
    ///
    /// # Errors
    /// A layer of a kind that is not of this crate, also within a [`Residual`](crate::layers::Residual); a layer that has the name
    /// of an input or of a parameter, since a file has one value of a name; a softmax of samples of shape `[]`; a file that
    /// cannot be written; a lost device.
    pub fn save_onnx(&mut self, path: impl AsRef<Path>) -> Result<()> {
        self.write_onnx(&self.net().output_places(), path.as_ref())
    }

    /// The same up to the layer with this name: an encoder, whose outputs are latents. It takes the inputs that the layer depends on.
    ///
    /// # Errors
    /// As [`Model::save_onnx`], and a name that no layer has.
    pub fn save_encoder_onnx(&mut self, layer: &str, path: impl AsRef<Path>) -> Result<()> {
        self.write_onnx(&[self.net().position(layer)?], path.as_ref())
    }

    fn write_onnx(&mut self, outputs: &[usize], path: &Path) -> Result<()> {
        let entries = self.net().dry_recording()?.entries;
        let (mut nodes, outputs) = written(self.net(), outputs)?;
        for Entry { name, shape, .. } in entries {
            if nodes.parameters.contains(&name) {
                let numbers = Numbers::Reals(self.parameter(&name)?.into_iter().collect());
                nodes.constants.push(Constant { name, shape, numbers });
            }
        }
        write_whole(path, &file::encoded(&mut nodes, &outputs))
    }
}

/// The nodes that make some vertices of a net, and the values of those.
fn written(net: &Graph, outputs: &[usize]) -> Result<(Nodes, Vec<Value>)> {
    let needed = net.needed(outputs);
    let mut nodes = Nodes::new(if needs_new(net, &needed) { NEW } else { USUAL });
    let mut values: Vec<Option<Value>> = Vec::new();
    for (vertex, needed) in net.vertices.iter().zip(needed) {
        let value = if needed { Some(write(net, vertex, &values, &mut nodes)?) } else { None };
        values.push(value);
    }
    let outputs = outputs.iter().filter_map(|at| values[*at].clone()).collect();
    Ok((nodes, outputs))
}

/// Whether a layer that is called has no operator in the usual set.
fn needs_new(net: &Graph, needed: &[bool]) -> bool {
    let called = |(vertex, needed): (&Vertex, &bool)| match &vertex.kind {
        Kind::Call { layer, .. } if *needed => Some(&net.layers[*layer].layer),
        _ => None,
    };
    let mut called = net.vertices.iter().zip(needed).filter_map(called);
    called.any(|layer| layers::needs_new(layer.kind(), &Json::Object(layer.settings())))
}

/// Adds an input, or the nodes of a call on earlier values, and gives back its value.
fn write(net: &Graph, vertex: &Vertex, values: &[Option<Value>], nodes: &mut Nodes) -> Result<Value> {
    match &vertex.kind {
        Kind::Input { shape, integers } => {
            nodes.input(Value { name: vertex.name.clone(), shape: shape.clone(), integers: *integers })
        }
        Kind::Call { layer, inputs } => {
            let named = &net.layers[*layer];
            let settings = Json::Object(named.layer.settings());
            let layer = Layer::new(&vertex.name, &named.name, named.layer.kind(), &settings);
            let inputs: Vec<_> = inputs.iter().filter_map(|at| values[*at].clone()).collect();
            layers::write(nodes, &layer, &inputs)
        }
    }
}

//! Models as files describe them: the layers, what goes into which, and what they are trained with.

use std::path::Path;

use serde_json::{Value, json};

use crate::error::{LayerError, Result};
use crate::file::json::{flag, list, sizes, text};
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::nn::graph::{Graph, Kind, Named, SharedLayer, Vertex};
use crate::nn::layers::{self, Layer};
use crate::nn::precision::Precision;
use crate::nn::sequential::Sequential;

/// The version of descriptions of stacks, which wgrad 0.1 reads as well.
const STACK: u64 = 1;

/// The version of descriptions of graphs.
const GRAPH: u64 = 2;

/// Makes a layer of one's own from its kind and settings, if it knows the kind.
pub type Build<'a> = &'a dyn Fn(&str, &Value) -> Option<Result<Box<dyn Layer>, LayerError>>;

impl Sequential {
    /// The layers of a saved model, without its weights.
    ///
    /// # Errors
    /// A file that cannot be read or does not describe a stack of layers; a layer of a kind that is not of this crate.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::load_with(path, &|_, _| None)
    }

    /// The same for a model with layers of one's own, which `build` makes from their kind and
    /// [`settings`](Layer::settings).
    ///
    /// # Errors
    /// As [`Sequential::load`].
    pub fn load_with(path: impl AsRef<Path>, build: Build<'_>) -> Result<Self> {
        read(path.as_ref(), |model| Self::described(model, build))
    }

    fn described(model: &Value, build: Build<'_>) -> Result<Self, String> {
        if model["version"] == GRAPH {
            return Err("it is of a graph; Graph::load reads it".into());
        }
        if model["version"] != STACK {
            return Err(format!("it is of version {}, and this is {STACK}", model["version"]));
        }
        let net = Self::new(sizes(model, "input")?).precision(precision(model)?);
        list(model, "layers")?.iter().try_fold(net, |net, described| {
            let (name, layer) = layer(described, build)?;
            Ok(net.add_boxed(name, layer))
        })
    }
}

impl Graph {
    /// The net of a saved model, without its weights.
    ///
    /// # Errors
    /// A file that cannot be read or does not describe a net; a layer of a kind that is not of this crate.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::load_with(path, &|_, _| None)
    }

    /// The same for a model with layers of one's own, which `build` makes from their kind and
    /// [`settings`](Layer::settings).
    ///
    /// # Errors
    /// As [`Graph::load`].
    pub fn load_with(path: impl AsRef<Path>, build: Build<'_>) -> Result<Self> {
        read(path.as_ref(), |model| Self::of_description(model, build))
    }

    /// Everything that its outputs depend on, beside the weights.
    pub(crate) fn describe(&self) -> Value {
        let layers = self.layers.iter().map(|Named { name, layer }| {
            json!({ "name": name, "kind": layer.kind(), "settings": layer.settings() })
        });
        let layers: Vec<_> = layers.collect();
        let mut model = match self.stack_input() {
            Some(shape) => json!({ "version": STACK, "input": shape, "layers": layers }),
            None => {
                let nodes: Vec<_> = self.vertices.iter().map(|vertex| self.describe_node(vertex)).collect();
                json!({ "version": GRAPH, "layers": layers, "nodes": nodes, "outputs": self.output_places() })
            }
        };
        if self.precision != Precision::F32 {
            model["precision"] = json!(self.precision.name());
        }
        model
    }

    fn describe_node(&self, vertex: &Vertex) -> Value {
        match &vertex.kind {
            Kind::Input { shape, integers } => {
                json!({ "input": vertex.name, "shape": shape, "integers": integers })
            }
            Kind::Call { layer, inputs } => json!({ "layer": layer, "inputs": inputs }),
        }
    }

    /// The net that a file describes.
    pub(crate) fn described(model: &Value, build: Build<'_>) -> Result<Self, FileFault> {
        Self::of_description(model, build).map_err(|why| FileFault::Description { why })
    }

    fn of_description(model: &Value, build: Build<'_>) -> Result<Self, String> {
        if model["version"] != GRAPH {
            return Sequential::described(model, build).map(Self::from);
        }
        let mut net = Self::new();
        net.set_precision(precision(model)?);
        let mut layers: Vec<SharedLayer> = Vec::new();
        for described in list(model, "layers")? {
            let (name, layer) = layer(described, build)?;
            layers.push(net.shared_boxed(name, layer));
        }
        for node in list(model, "nodes")? {
            net.add_described(node, &layers)?;
        }
        for output in list(model, "outputs")? {
            let at = place(output, net.vertices.len())?;
            net.output(net.node(at));
        }
        Ok(net)
    }

    fn add_described(&mut self, node: &Value, layers: &[SharedLayer]) -> Result<(), String> {
        if node["layer"].is_null() {
            let (name, shape) = (text(node, "input")?, sizes(node, "shape")?);
            let integers = flag(node, "integers")?;
            if integers {
                self.integers(name, shape)
            } else {
                self.input(name, shape)
            };
            return Ok(());
        }
        let layer = layers[place(&node["layer"], layers.len())?];
        let before = self.vertices.len();
        let inputs = list(node, "inputs")?.iter().map(|input| place(input, before).map(|at| self.node(at)));
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        self.call(layer, inputs);
        Ok(())
    }
}

fn read<N>(path: &Path, net: impl Fn(&Value) -> Result<N, String>) -> Result<N> {
    let described = TensorFile::read(path)?.description();
    let made = described.and_then(|model| net(&model).map_err(|why| FileFault::Description { why }));
    made.map_err(|fault| fault.of(path))
}

/// A number below `count`.
fn place(value: &Value, count: usize) -> Result<usize, String> {
    let place = value.as_u64().and_then(|place| usize::try_from(place).ok()).filter(|place| *place < count);
    place.ok_or_else(|| format!("{value} is no number of a layer or a node before; there are {count}"))
}

fn precision(model: &Value) -> Result<Precision, String> {
    match &model["precision"] {
        Value::Null => Ok(Precision::F32),
        _ => text(model, "precision")?.parse(),
    }
}

fn layer(described: &Value, build: Build<'_>) -> Result<(String, Box<dyn Layer>), String> {
    let (kind, settings) = (text(described, "kind")?, &described["settings"]);
    let known = build(kind, settings).or_else(|| layers::described(kind, settings));
    let made = known.ok_or_else(|| format!("there is no layer of kind {kind:?}"))?;
    Ok((text(described, "name")?.to_string(), made.map_err(|why| format!("{kind}: {why}"))?))
}

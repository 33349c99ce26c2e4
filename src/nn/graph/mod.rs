//! Nets as graphs: layers with names, and what goes into which. A [`Sequential`](crate::Sequential) is the simplest one.

mod record;
mod summary;

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};
use crate::nn::layers::Layer;
use crate::nn::precision::Precision;
use crate::nn::sequential::INPUT;

#[cfg(feature = "onnx")]
pub(crate) use record::Growing;
pub use summary::Summary;

/// A layer and its name.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) layer: Box<dyn Layer>,
}

/// A value in a graph: an input, or what a layer makes of others.
#[derive(Debug)]
pub(crate) struct Vertex {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// Samples of this shape, of integers or of other numbers.
    Input { shape: Vec<usize>, integers: bool },
    /// What a layer makes of earlier vertices.
    Call { layer: usize, inputs: Vec<usize> },
}

/// An input of a graph.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<'g> {
    pub(crate) at: usize,
    pub(crate) name: &'g str,
    /// The shape of a sample.
    pub(crate) shape: &'g [usize],
    pub(crate) integers: bool,
}

/// A value in a [`Graph`]: an input, or what a layer makes of others.
///
/// ```
/// use wgrad::Graph;
/// use wgrad::layers::{Concat, Dense};
///
/// let mut net = Graph::new();
/// let (left, right) = (net.input("left", [3]), net.input("right", [2]));
/// let both = net.add(Concat, [left, right]);
/// net.add(Dense::new(1), [both]);
/// assert_eq!(net.summary()?.parameters(), 5 + 1);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    graph: u64,
    at: usize,
}

/// A layer of a [`Graph`] that may serve several times, with the same weights.
///
/// ```
/// use wgrad::Graph;
/// use wgrad::layers::{Add, Dense};
///
/// let mut net = Graph::new();
/// let (left, right) = (net.input("left", [3]), net.input("right", [3]));
/// let encoder = net.shared("encoder", Dense::new(2));
/// let [left, right] = [left, right].map(|side| net.call(encoder, [side]));
/// net.add(Add, [left, right]);
/// assert_eq!(net.summary()?.parameters(), 3 * 2 + 2); // once for both
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedLayer {
    graph: u64,
    layer: usize,
}

/// A net of layers with names, whose outputs go wherever they are wanted: skip connections, branches, weights that serve
/// twice. The first fault is kept until [`Graph::compile`].
///
/// ```
/// use wgrad::Graph;
/// use wgrad::layers::{Add, Dense, Relu};
///
/// let mut net = Graph::new();
/// let x = net.input("image", [784]);
/// let hidden = net.add(Dense::new(64), [x]);
/// let hidden = net.add(Relu, [hidden]);
/// let inner = net.add(Dense::new(64), [hidden]);
/// let sum = net.add(Add, [hidden, inner]);
/// let scores = net.add_named("scores", Dense::new(10), [sum]);
/// net.output(scores);
/// println!("{}", net.summary()?);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "it is only a description; `compile` makes a model of it"]
pub struct Graph {
    id: u64,
    pub(crate) precision: Precision,
    pub(crate) layers: Vec<Named>,
    pub(crate) vertices: Vec<Vertex>,
    outputs: Vec<usize>,
    fault: Option<(String, String)>,
}

impl Default for Graph {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let (layers, vertices, outputs) = (Vec::new(), Vec::new(), Vec::new());
        Self { id, precision: Precision::F32, layers, vertices, outputs, fault: None }
    }
}

impl Graph {
    /// No input and no layer yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets in how many bits products read and write their numbers; 32, if nothing is said.
    pub fn set_precision(&mut self, precision: Precision) {
        self.precision = precision;
    }

    /// Adds an input for samples of this shape.
    pub fn input(&mut self, name: impl Into<String>, shape: impl Into<Vec<usize>>) -> Node {
        self.vertex(name.into(), Kind::Input { shape: shape.into(), integers: false })
    }

    /// Adds an input for samples of integers of this shape: tokens, categories.
    pub fn integers(&mut self, name: impl Into<String>, shape: impl Into<Vec<usize>>) -> Node {
        self.vertex(name.into(), Kind::Input { shape: shape.into(), integers: true })
    }

    /// Adds a layer on these inputs, named by its kind and number: `dense_1`.
    pub fn add(&mut self, layer: impl Layer, inputs: impl IntoIterator<Item = Node>) -> Node {
        let name = self.next_name(layer.kind());
        self.add_named(name, layer, inputs)
    }

    /// Adds a layer on these inputs under a name.
    pub fn add_named(
        &mut self,
        name: impl Into<String>,
        layer: impl Layer,
        inputs: impl IntoIterator<Item = Node>,
    ) -> Node {
        let layer = self.shared(name, layer);
        self.call(layer, inputs)
    }

    /// Adds a layer that may serve several times, with the same weights; [`Graph::call`] says on what.
    pub fn shared(&mut self, name: impl Into<String>, layer: impl Layer) -> SharedLayer {
        self.shared_boxed(name.into(), Box::new(layer))
    }

    /// What a layer makes of these inputs.
    pub fn call(&mut self, layer: SharedLayer, inputs: impl IntoIterator<Item = Node>) -> Node {
        let inputs = inputs.into_iter().map(|node| self.place(node)).collect();
        if layer.graph != self.id {
            self.refuse("a layer", "is of another graph");
            return Node { graph: self.id, at: 0 };
        }
        let SharedLayer { layer, .. } = layer;
        let serves =
            |vertex: &&Vertex| matches!(vertex.kind, Kind::Call { layer: other, .. } if other == layer);
        let name = match self.vertices.iter().filter(serves).count() {
            0 => self.layers[layer].name.clone(),
            times => format!("{}_{}", self.layers[layer].name, times + 1),
        };
        self.vertex(name, Kind::Call { layer, inputs })
    }

    /// Says what the net gives; the last node, if nothing is said. Each call adds an output, whose name is that of the node.
    pub fn output(&mut self, node: Node) {
        let at = self.place(node);
        if self.outputs.contains(&at) {
            return self.refuse(&self.vertices[at].name.clone(), "is an output twice");
        }
        self.outputs.push(at);
    }

    pub(crate) fn shared_boxed(&mut self, name: String, layer: Box<dyn Layer>) -> SharedLayer {
        self.layers.push(Named { name, layer });
        SharedLayer { graph: self.id, layer: self.layers.len() - 1 }
    }

    /// The name of a further layer of a kind.
    pub(crate) fn next_name(&self, kind: &str) -> String {
        let same = self.layers.iter().filter(|named| named.layer.kind() == kind).count();
        format!("{kind}_{}", same + 1)
    }

    /// The node made last.
    pub(crate) fn last(&self) -> Node {
        Node { graph: self.id, at: self.vertices.len().saturating_sub(1) }
    }

    pub(crate) fn node(&self, at: usize) -> Node {
        Node { graph: self.id, at }
    }

    /// The place of a node of this graph.
    #[cfg(feature = "onnx")]
    pub(crate) fn place_of(&self, node: Node) -> usize {
        node.at
    }

    /// The places of what the net gives.
    pub(crate) fn output_places(&self) -> Vec<usize> {
        match (self.outputs.is_empty(), self.vertices.len()) {
            (true, count) if count > 0 => vec![count - 1],
            _ => self.outputs.clone(),
        }
    }

    /// The name of its only input.
    ///
    /// # Errors
    /// Several, where `instead` says what to call.
    pub(crate) fn only_input(&self, instead: &str) -> Result<&str> {
        let names: Vec<_> = self.inputs().map(|input| input.name).collect();
        match names[..] {
            [name] => Ok(name),
            _ => Err(Error::Graph { why: format!("the net has the inputs {}; {instead}", names.join(", ")) }),
        }
    }

    /// The place of its only output.
    ///
    /// # Errors
    /// No output, or several.
    pub(crate) fn only_output(&self) -> Result<usize> {
        match self.output_places()[..] {
            [at] => Ok(at),
            [] => Err(Error::Graph { why: "a net without a node; add an input and a layer".into() }),
            ref several => {
                let names: Vec<_> = several.iter().map(|at| self.vertices[*at].name.as_str()).collect();
                let why =
                    format!("the net has the outputs {}; predict_named gives them all", names.join(", "));
                Err(Error::Graph { why })
            }
        }
    }

    /// Whether it is a stack: one input, and each layer serves once, on what the one before gives.
    pub(crate) fn is_stack(&self) -> bool {
        let Some((first, calls)) = self.vertices.split_first() else { return false };
        let follows = |(at, vertex): (usize, &Vertex)| matches!(&vertex.kind, Kind::Call { layer, inputs } if *layer == at && inputs[..] == [at]);
        matches!(first.kind, Kind::Input { .. })
            && calls.len() == self.layers.len()
            && calls.iter().enumerate().all(follows)
            && self.output_places() == [calls.len()]
    }

    /// The shape of its input if files describe it as a stack.
    pub(crate) fn stack_input(&self) -> Option<&[usize]> {
        match &self.vertices.first()? {
            Vertex { name, kind: Kind::Input { shape, integers: false } }
                if name == INPUT && self.is_stack() =>
            {
                Some(shape)
            }
            _ => None,
        }
    }

    /// Its inputs, in their order.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = Input<'_>> {
        self.vertices.iter().enumerate().filter_map(|(at, vertex)| match &vertex.kind {
            Kind::Input { shape, integers } => {
                Some(Input { at, name: &vertex.name, shape, integers: *integers })
            }
            Kind::Call { .. } => None,
        })
    }

    /// The first that reads a vertex.
    pub(crate) fn reader(&self, at: usize) -> Option<&Vertex> {
        let reads =
            |vertex: &&Vertex| matches!(&vertex.kind, Kind::Call { inputs, .. } if inputs.contains(&at));
        self.vertices.iter().find(reads)
    }

    /// The place of a node by its name.
    ///
    /// # Errors
    /// A name that no node has, with those that there are.
    pub(crate) fn position(&self, name: &str) -> Result<usize> {
        let calls = |vertex: &&Vertex| matches!(vertex.kind, Kind::Call { .. });
        let found = self.vertices.iter().position(|vertex| vertex.name == name && calls(&vertex));
        found.ok_or_else(|| {
            let names: Vec<_> =
                self.vertices.iter().filter(calls).map(|vertex| vertex.name.as_str()).collect();
            Error::LayerName {
                name: name.into(),
                why: format!("is no layer; there are {}", names.join(", ")),
            }
        })
    }

    fn vertex(&mut self, name: String, kind: Kind) -> Node {
        let alike = |other: &Kind| matches!(other, Kind::Input { .. }) == matches!(kind, Kind::Input { .. });
        if self.vertices.iter().any(|vertex| vertex.name == name && alike(&vertex.kind)) {
            self.refuse(&name, "names two layers");
        }
        self.vertices.push(Vertex { name, kind });
        self.last()
    }

    fn place(&mut self, node: Node) -> usize {
        if node.graph == self.id {
            return node.at;
        }
        self.refuse("a node", "is of another graph; take the nodes that this graph's methods return");
        0
    }

    fn refuse(&mut self, name: &str, why: &str) {
        self.fault.get_or_insert((name.to_string(), why.to_string()));
    }
}

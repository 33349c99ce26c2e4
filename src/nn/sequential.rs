//! A stack of layers, before it has a backend.

use crate::error::Result;
use crate::nn::graph::{Graph, Summary};
use crate::nn::layers::Layer;
use crate::nn::precision::Precision;

/// Layers, one after the other: the simplest [`Graph`].
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, Relu, Sigmoid};
///
/// let net = Sequential::new([784])
///     .add_named("latent", Dense::new(32))
///     .add(Relu)
///     .add(Dense::new(784))
///     .add(Sigmoid);
/// println!("{}", net.summary()?);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "it is only a description; `compile` makes a model of it"]
pub struct Sequential {
    pub(crate) graph: Graph,
    input: Vec<usize>,
}

impl Sequential {
    /// No layer yet, for samples of this shape.
    pub fn new(input: impl Into<Vec<usize>>) -> Self {
        let (mut graph, input) = (Graph::new(), input.into());
        graph.input(INPUT, input.clone());
        Self { graph, input }
    }

    /// No layer yet, for samples of integers of this shape: tokens, categories.
    pub fn integers(input: impl Into<Vec<usize>>) -> Self {
        let (mut graph, input) = (Graph::new(), input.into());
        graph.integers(INPUT, input.clone());
        Self { graph, input }
    }

    /// Sets in how many bits products read and write their numbers; 32, if nothing is said.
    pub fn precision(mut self, precision: Precision) -> Self {
        self.graph.set_precision(precision);
        self
    }

    /// Adds a layer, named by its kind and number: `dense_1`.
    #[expect(clippy::should_implement_trait, reason = "the field's own word, and there is nothing to add up")]
    pub fn add(self, layer: impl Layer) -> Self {
        let name = self.graph.next_name(layer.kind());
        self.add_named(name, layer)
    }

    /// Adds a layer under a name.
    pub fn add_named(self, name: impl Into<String>, layer: impl Layer) -> Self {
        self.add_boxed(name.into(), Box::new(layer))
    }

    pub(crate) fn add_boxed(mut self, name: String, layer: Box<dyn Layer>) -> Self {
        let (last, layer) = (self.graph.last(), self.graph.shared_boxed(name, layer));
        self.graph.call(layer, [last]);
        self
    }

    /// The shape of a sample.
    pub fn input_shape(&self) -> &[usize] {
        &self.input
    }

    /// The shape of each layer's output.
    ///
    /// # Errors
    /// The layer that cannot take what comes to it, and that shape; two layers of one name.
    pub fn output_shapes(&self) -> Result<Vec<Vec<usize>>> {
        let values = self.graph.dry_recording()?.values;
        Ok(values.into_iter().skip(1).flatten().map(|value| value.shape().to_vec()).collect())
    }

    /// The place of a layer.
    ///
    /// # Errors
    /// A name that no layer has, with those that there are.
    pub fn position(&self, name: &str) -> Result<usize> {
        self.graph.position(name).map(|at| at - 1)
    }

    /// A table of the layers with output shapes and numbers of parameters.
    ///
    /// # Errors
    /// A layer that does not fit.
    pub fn summary(&self) -> Result<Summary> {
        self.graph.summary()
    }
}

/// The name of a stack's input.
pub(crate) const INPUT: &str = "input";

impl From<Sequential> for Graph {
    fn from(net: Sequential) -> Self {
        net.graph
    }
}

impl AsRef<Graph> for Sequential {
    fn as_ref(&self) -> &Graph {
        &self.graph
    }
}

impl AsRef<Graph> for Graph {
    fn as_ref(&self) -> &Graph {
        self
    }
}

//! Nets as graphs of boxes and arrows.

mod draw;
mod layout;
mod node;

use crate::error::Result;
use crate::nn::graph::{Graph, Kind};
use crate::nn::sequential::Sequential;
use crate::train::model::Model;
use draw::svg;
use layout::Layout;
use node::boxes;

impl Graph {
    /// An SVG of the net, from its inputs at the top to its outputs: a box for each node with its name, kind, shape and number
    /// of parameters, and an arrow for each input of a layer. Inputs are blue and outputs orange; a dashed box is a layer that
    /// serves several times, with the same weights.
    ///
    /// ```
    /// use wgrad::layers::{Add, Dense, Relu};
    /// use wgrad::{Graph, write_whole};
    ///
    /// let mut net = Graph::new();
    /// let x = net.input("image", [784]);
    /// let hidden = net.add(Dense::new(64), [x]);
    /// let bent = net.add(Relu, [hidden]);
    /// let sum = net.add(Add, [hidden, bent]);
    /// net.add_named("scores", Dense::new(10), [sum]);
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("net.svg");
    /// write_whole(path, net.picture()?.as_bytes())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A layer that does not fit.
    pub fn picture(&self) -> Result<String> {
        let boxes = boxes(self)?;
        let mut inputs: Vec<&[usize]> = Vec::new();
        for vertex in &self.vertices {
            inputs.push(match &vertex.kind {
                Kind::Input { .. } => &[],
                Kind::Call { inputs, .. } => inputs,
            });
        }
        let widths: Vec<f64> = boxes.iter().map(|node| node.width).collect();
        Ok(svg(&boxes, &Layout::new(&widths, &inputs)))
    }
}

impl Sequential {
    /// An SVG of the layers, one under the other; see [`Graph::picture`].
    ///
    /// # Errors
    /// A layer that does not fit.
    pub fn picture(&self) -> Result<String> {
        self.graph.picture()
    }
}

impl Model {
    /// An SVG of the net; see [`Graph::picture`].
    ///
    /// # Errors
    /// None that [`Sequential::compile`] has not met.
    pub fn picture(&self) -> Result<String> {
        self.net().picture()
    }
}

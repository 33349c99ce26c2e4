//! A net as a table.

use std::fmt;

use super::{Graph, Kind, Vertex};
use crate::error::{Result, shape_text};
use crate::nn::precision::Precision;

impl Graph {
    /// A table of the layers with output shapes and numbers of parameters; where the net is no plain stack, also with the names of
    /// what goes into each.
    ///
    /// # Errors
    /// A layer that does not fit.
    pub fn summary(&self) -> Result<Summary> {
        let recording = self.dry_recording()?;
        let mut rows = Vec::new();
        for ((vertex, value), count) in self.vertices.iter().zip(recording.values).zip(recording.counts) {
            let kind = match &vertex.kind {
                Kind::Input { integers: true, .. } => "integers",
                Kind::Input { .. } => "",
                Kind::Call { layer, .. } => self.layers[*layer].layer.kind(),
            };
            let shape = value.map_or_else(Vec::new, |value| value.shape().to_vec());
            let (name, kind, inputs) = (vertex.name.clone(), kind.to_string(), self.input_names(vertex));
            rows.push(Row { name, kind, shape, count, inputs });
        }
        Ok(Summary { rows, is_stack: self.is_stack(), precision: self.precision })
    }

    /// The names of what goes into a vertex.
    fn input_names(&self, vertex: &Vertex) -> Vec<String> {
        match &vertex.kind {
            Kind::Input { .. } => Vec::new(),
            Kind::Call { inputs, .. } => inputs.iter().map(|at| self.vertices[*at].name.clone()).collect(),
        }
    }
}

/// What [`Graph::summary`] shows.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, Relu};
///
/// let summary = Sequential::new([784]).add(Dense::new(32)).add(Relu).summary()?;
/// assert_eq!(summary.parameters(), 784 * 32 + 32);
/// println!("{summary}");
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub(crate) rows: Vec<Row>,
    is_stack: bool,
    precision: Precision,
}

/// A layer of a net, or an input.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// Nothing for an input, `integers` for one of those.
    pub(crate) kind: String,
    /// The shape of a sample.
    pub(crate) shape: Vec<usize>,
    /// Parameters that no row above has.
    pub(crate) count: usize,
    inputs: Vec<String>,
}

impl Summary {
    /// Parameters in all.
    pub fn parameters(&self) -> usize {
        self.rows.iter().map(|row| row.count).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max(5);
        write!(f, "{:<width$}  {:<12}  {:>12}  {:>11}", "layer", "kind", "output", "parameters")?;
        // What goes into a layer of a stack is the line above.
        writeln!(f, "{}", if self.is_stack { "" } else { "  inputs" })?;
        for Row { name, kind, shape, count, inputs } in &self.rows {
            write!(f, "{name:<width$}  {kind:<12}  {:>12}  {count:>11}", shape_text(shape))?;
            if !self.is_stack && !inputs.is_empty() {
                write!(f, "  {}", inputs.join(", "))?;
            }
            writeln!(f)?;
        }
        let total = self.parameters();
        write!(f, "{total} parameters, {:.1} kB", total as f64 * 4.0 / 1e3)?;
        match self.precision {
            Precision::F32 => Ok(()),
            Precision::F16 => write!(f, "; products of f16, {:.1} kB", total as f64 * 2.0 / 1e3),
        }
    }
}

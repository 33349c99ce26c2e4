//! A net as a table.

use std::fmt;

use super::{Graph, Kind};
use crate::error::{Result, shape_text};
use crate::nn::precision::Precision;

impl Graph {
    /// A table of the layers with output shapes and numbers of parameters.
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
            rows.push((vertex.name.clone(), kind.to_string(), shape, count));
        }
        Ok(Summary { rows, precision: self.precision })
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
    rows: Vec<(String, String, Vec<usize>, usize)>,
    precision: Precision,
}

impl Summary {
    /// Parameters in all.
    pub fn parameters(&self) -> usize {
        self.rows.iter().map(|row| row.3).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.0.len()).max().unwrap_or(0).max(5);
        writeln!(f, "{:<width$}  {:<12}  {:>12}  {:>11}", "layer", "kind", "output", "parameters")?;
        for (name, kind, shape, count) in &self.rows {
            let shape = shape_text(shape);
            writeln!(f, "{name:<width$}  {kind:<12}  {shape:>12}  {count:>11}")?;
        }
        let total = self.parameters();
        write!(f, "{total} parameters, {:.1} kB", total as f64 * 4.0 / 1e3)?;
        match self.precision {
            Precision::F32 => Ok(()),
            Precision::F16 => write!(f, "; products of f16, {:.1} kB", total as f64 * 2.0 / 1e3),
        }
    }
}

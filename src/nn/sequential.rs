//! A stack of layers, before it has a backend.

use std::fmt;

use crate::error::{Error, Result, shape_text};
use crate::nn::layers::{Context, Layer, Mode, Parameter};
use crate::nn::precision::Precision;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// A layer and its name.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) layer: Box<dyn Layer>,
}

/// Layers, one after the other.
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
pub struct Sequential {
    pub(crate) input: Vec<usize>,
    pub(crate) precision: Precision,
    pub(crate) layers: Vec<Named>,
}

impl Sequential {
    /// No layer yet, for samples of this shape.
    pub fn new(input: impl Into<Vec<usize>>) -> Self {
        Self { input: input.into(), precision: Precision::F32, layers: Vec::new() }
    }

    /// Sets in how many bits products read and write their numbers; 32, if nothing is said.
    pub fn precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// Adds a layer, named by its kind and number: `dense_1`.
    #[expect(clippy::should_implement_trait, reason = "the field's own word, and there is nothing to add up")]
    pub fn add(self, layer: impl Layer) -> Self {
        let same = self.layers.iter().filter(|named| named.layer.kind() == layer.kind()).count();
        let name = format!("{}_{}", layer.kind(), same + 1);
        self.add_named(name, layer)
    }

    /// Adds a layer under a name.
    pub fn add_named(self, name: impl Into<String>, layer: impl Layer) -> Self {
        self.add_boxed(name.into(), Box::new(layer))
    }

    pub(crate) fn add_boxed(mut self, name: String, layer: Box<dyn Layer>) -> Self {
        self.layers.push(Named { name, layer });
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
        let mut shapes: Vec<Vec<usize>> = Vec::new();
        if self.input.contains(&0) {
            return Err(Error::EmptyInput { shape: self.input.clone() });
        }
        check_size("a sample", self.input.iter().copied())?;
        for (number, Named { name, layer }) in self.layers.iter().enumerate() {
            if self.layers[..number].iter().any(|other| other.name == *name) {
                return Err(Error::LayerName { name: name.clone(), why: "names two layers".into() });
            }
            let input = shapes.last().unwrap_or(&self.input);
            let output = layer.output_shape(input).map_err(|why| Error::LayerShape {
                layer: name.clone(),
                input: input.clone(),
                why,
            })?;
            check_size(&format!("the output of layer {name}"), output.iter().copied())?;
            shapes.push(output);
        }
        Ok(shapes)
    }

    /// Each layer's parameters, for the layers' inferred inputs.
    pub(crate) fn parameters(&self) -> Result<Vec<Vec<Parameter>>> {
        let shapes = self.output_shapes()?;
        let inputs = std::iter::once(&self.input).chain(&shapes);
        let mut all = Vec::new();
        for (Named { name, layer }, input) in self.layers.iter().zip(inputs) {
            let parts = layer.parameters(input);
            for part in &parts {
                check_size(&format!("{name}.{}", part.name), [part.rows, part.cols])?;
            }
            check_parts(name, &parts)?;
            all.push(parts);
        }
        Ok(all)
    }

    /// The shape of the model's output.
    pub(crate) fn output_shape(&self) -> Result<Vec<usize>> {
        Ok(self.output_shapes()?.pop().unwrap_or_else(|| self.input.clone()))
    }

    /// The name of the last layer, if there is one.
    pub(crate) fn last_layer(&self) -> Option<&str> {
        self.layers.last().map(|named| named.name.as_str())
    }

    /// The place of a layer.
    ///
    /// # Errors
    /// A name that no layer has, with those that there are.
    pub fn position(&self, name: &str) -> Result<usize> {
        self.layers.iter().position(|named| named.name == name).ok_or_else(|| {
            let names: Vec<_> = self.layers.iter().map(|named| named.name.as_str()).collect();
            Error::LayerName {
                name: name.into(),
                why: format!("is no layer; there are {}", names.join(", ")),
            }
        })
    }

    /// Records the first `count` layers and returns the last one's output.
    pub(crate) fn forward(
        &self,
        tape: &mut Recorder,
        x: Tensor,
        parameters: &[Option<Tensor>],
        count: usize,
        mode: Mode,
    ) -> Tensor {
        let layers = self.layers.iter().zip(parameters).take(count).enumerate();
        layers.fold(x, |x, (number, (Named { name, layer }, parameters))| {
            let x = if layer.takes_halves() { x } else { tape.reals(x) };
            layer.forward(tape, x, &Context { name, number, parameters: *parameters, mode })
        })
    }

    /// A table of the layers with output shapes and numbers of parameters.
    ///
    /// # Errors
    /// A layer that does not fit.
    pub fn summary(&self) -> Result<Summary> {
        let mut rows = vec![("input".to_string(), String::new(), self.input.clone(), 0)];
        for ((named, shape), parts) in self.layers.iter().zip(self.output_shapes()?).zip(self.parameters()?) {
            let count = parts.iter().map(|part| part.rows * part.cols).sum();
            rows.push((named.name.clone(), named.layer.kind().to_string(), shape, count));
        }
        Ok(Summary { rows, precision: self.precision })
    }
}

/// An error if a device could not count the numbers of such a shape.
fn check_size(what: &str, shape: impl IntoIterator<Item = usize>) -> Result<()> {
    let numbers =
        shape.into_iter().try_fold(1, |product: u32, size| product.checked_mul(size.try_into().ok()?));
    numbers.map(|_| ()).ok_or_else(|| Error::TooLarge { what: what.to_string() })
}

/// An error unless a layer's parameters can lie in one tensor, each under a name of its own.
fn check_parts(layer: &str, parts: &[Parameter]) -> Result<()> {
    let twice = |(at, part): (usize, &Parameter)| parts[..at].iter().any(|other| other.name == part.name);
    let why = if parts.iter().any(|part| part.rows == 0 || part.cols == 0) {
        "one of them holds no number; leave it out"
    } else if parts.iter().any(|part| part.cols != parts[0].cols) {
        "give all of them the same number of columns, or make a layer of each"
    } else if parts.iter().enumerate().any(twice) {
        "give each a name of its own"
    } else {
        return Ok(());
    };
    let shape = |part: &Parameter| format!("{} of {}×{}", part.name, part.rows, part.cols);
    let parameters = parts.iter().map(shape).collect::<Vec<_>>().join(", ");
    Err(Error::LayerParameters { layer: layer.to_string(), parameters, why })
}

/// What [`Sequential::summary`] shows.
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

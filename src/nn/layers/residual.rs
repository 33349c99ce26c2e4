//! Layers with a skip connection around them.

use serde_json::{Map, Value, json};

use super::{Add, Context, Layer, Shaped, described, one, settings};
use crate::error::LayerError;
use crate::file::json::{list, text};

/// `x + f(x)`, where `f` is some layers one after the other (He et al., *Deep Residual Learning for Image Recognition*, 2016).
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, LayerNorm, Relu, Residual};
///
/// let block = || Residual::new().add(LayerNorm::new()).add(Dense::new(24)).add(Relu).add(Dense::new(24));
/// let net = Sequential::new([24]).add(block()).add(block()).add(Dense::new(3));
/// println!("{}", net.summary()?);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: as `f` takes it, which gives the same shape.
#[derive(Debug, Default)]
#[must_use = "it is a layer, to be added to a net"]
pub struct Residual {
    layers: Vec<(String, Box<dyn Layer>)>,
}

impl Residual {
    /// No layer yet, which gives `2 x`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a layer, named by its kind and number: `dense_1`.
    #[expect(clippy::should_implement_trait, reason = "the field's own word, and there is nothing to add up")]
    pub fn add(self, layer: impl Layer) -> Self {
        let same = self.layers.iter().filter(|(_, other)| other.kind() == layer.kind()).count();
        let name = format!("{}_{}", layer.kind(), same + 1);
        self.add_named(name, layer)
    }

    /// Adds a layer under a name.
    pub fn add_named(mut self, name: impl Into<String>, layer: impl Layer) -> Self {
        self.layers.push((name.into(), Box::new(layer)));
        self
    }

    pub(super) fn described(settings: &Value) -> Result<Self, String> {
        let mut layers = Vec::new();
        for layer in list(settings, "layers")? {
            let kind = text(layer, "kind")?;
            let known = described(kind, &layer["settings"]);
            let made = known.ok_or_else(|| format!("there is no layer of kind {kind:?}"))?;
            let made = made.map_err(|error| error.to_string())?;
            layers.push((text(layer, "name")?.to_string(), made));
        }
        Ok(Self { layers })
    }
}

impl Layer for Residual {
    fn kind(&self) -> &'static str {
        "residual"
    }

    fn settings(&self) -> Map<String, Value> {
        let layers = self
            .layers
            .iter()
            .map(|(name, layer)| json!({ "name": name, "kind": layer.kind(), "settings": layer.settings() }));
        settings([("layers", json!(layers.collect::<Vec<_>>()))])
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        let mut inner = x.clone();
        for (name, layer) in &self.layers {
            inner = cx.layer(name, &**layer, &[inner])?;
        }
        cx.layer("sum", &Add, &[x.clone(), inner])
    }
}

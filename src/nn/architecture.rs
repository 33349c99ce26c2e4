//! Models as files describe them: the layers, and what they are trained with.

use std::path::Path;

use serde_json::{Value, json};

use crate::error::Result;
use crate::file::json::{list, text};
use crate::file::tensor_file::{FileFault, TensorFile};
use crate::nn::layers::{self, Layer};
use crate::nn::precision::Precision;
use crate::nn::sequential::{Named, Sequential};

/// The version of descriptions.
const VERSION: u64 = 1;

/// Makes a layer of one's own from its kind and settings, if it knows the kind.
pub type Build<'a> = &'a dyn Fn(&str, &Value) -> Option<Result<Box<dyn Layer>, String>>;

impl Sequential {
    /// The layers of a saved model, without its weights.
    ///
    /// # Errors
    /// A file that cannot be read or does not describe a model; a layer of a kind that is not of this crate.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::load_with(path, &|_, _| None)
    }

    /// The same for a model with layers of one's own, which `build` makes from their kind and
    /// [`settings`](Layer::settings).
    ///
    /// # Errors
    /// As [`Sequential::load`].
    pub fn load_with(path: impl AsRef<Path>, build: Build<'_>) -> Result<Self> {
        let path = path.as_ref();
        let described = TensorFile::read(path)?.description();
        described.and_then(|model| Self::described(&model, build)).map_err(|fault| fault.of(path))
    }

    /// Everything that its outputs depend on, beside the weights.
    pub(crate) fn describe(&self) -> Value {
        let layers = self.layers.iter().map(|Named { name, layer }| {
            json!({ "name": name, "kind": layer.kind(), "settings": layer.settings() })
        });
        let mut model =
            json!({ "version": VERSION, "input": self.input_shape(), "layers": layers.collect::<Vec<_>>() });
        if self.precision != Precision::F32 {
            model["precision"] = json!(self.precision.name());
        }
        model
    }

    /// The layers that a file describes.
    pub(crate) fn described(model: &Value, build: Build<'_>) -> Result<Self, FileFault> {
        let read = || {
            if model["version"] != VERSION {
                return Err(format!("it is of version {}, and this is {VERSION}", model["version"]));
            }
            let input = list(model, "input")?.iter().map(|size| size.as_u64().map(|size| size as usize));
            let input = input.collect::<Option<Vec<_>>>().ok_or("the input's shape is no list of numbers")?;
            let precision = match &model["precision"] {
                Value::Null => Precision::F32,
                _ => text(model, "precision")?.parse()?,
            };
            let net = Self::new(input).precision(precision);
            list(model, "layers")?.iter().try_fold(net, |net, layer| {
                let (kind, settings) = (text(layer, "kind")?, &layer["settings"]);
                let known = build(kind, settings).or_else(|| layers::described(kind, settings));
                let made = known.ok_or_else(|| format!("there is no layer of kind {kind:?}"))?;
                let name = text(layer, "name")?.to_string();
                Ok(net.add_boxed(name, made.map_err(|why| format!("{kind}: {why}"))?))
            })
        };
        read().map_err(|why: String| FileFault::Description { why })
    }
}

//! A row of a table for each integer.

use serde_json::{Map, Value, json};

use super::{Context, Layer, Shaped, one, settings};
use crate::error::LayerError;
use crate::file::json;
use crate::nn::init::Init;
use crate::program::tensor::Element;

/// A row of a table for each integer of a sample: tokens, categories. An integer beyond the table is an error of the data.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Dense, Embedding, Flatten};
///
/// // Six of 100 tokens a sample, eight numbers for each.
/// let net = Sequential::integers([6]).add(Embedding::new(100, 8)).add(Flatten).add(Dense::new(2));
/// assert_eq!(net.output_shapes()?[0], [6, 8]);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: … → … × width, of integers under `rows`. `weight`: rows × width.
#[derive(Clone, Debug)]
#[must_use = "it is a layer, to be added to a net"]
pub struct Embedding {
    rows: usize,
    width: usize,
    init: Init,
}

impl Embedding {
    /// A table of so many rows of so many numbers, which begin by `N(0, 1)`.
    pub fn new(rows: usize, width: usize) -> Self {
        Self { rows, width, init: Init::Normal(1.0) }
    }

    /// Sets how the table begins.
    pub fn init(self, init: Init) -> Self {
        Self { init, ..self }
    }

    pub(super) fn described(settings: &Value) -> Result<Self, String> {
        let (rows, width) = (json::count(settings, "rows")?, json::count(settings, "width")?);
        Ok(Self { rows, width, init: Init::described(&settings["init"])? })
    }
}

impl Layer for Embedding {
    fn kind(&self) -> &'static str {
        "embedding"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([("rows", json!(self.rows)), ("width", json!(self.width)), ("init", self.init.describe())])
    }

    fn takes_integers(&self) -> bool {
        true
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let ids = one(inputs)?;
        if ids.tensor().element != Element::U32 {
            return Err("takes integers, and gets other numbers; give the net an input of integers".into());
        }
        cx.table(ids, self.rows);
        let table = cx.param("weight", [self.rows, self.width], self.init)?;
        let out = cx.output([ids.shape(), &[self.width]].concat());
        let (ids, rows) = (ids.tensor(), out.rows());
        cx.tape().push(crate::ops::Embedding { ids, table, out: rows });
        Ok(out)
    }
}

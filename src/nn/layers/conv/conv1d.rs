//! The one-dimensional convolution.

use serde_json::{Map, Value, json};

use super::{Conv2d, Padding};
use crate::error::LayerError;
use crate::file::json;
use crate::nn::init::Init;
use crate::nn::layers::{Context, Layer, Shaped, one, settings};

/// `y = W ⋆ x + b` along rows: the samples of a signal, the tokens of a sentence. It is a [`Conv2d`] over images of one row of pixels.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Conv1d, Padding};
///
/// let net = Sequential::new([100, 3]).add(Conv1d::new(8, 5).padding(Padding::Same)); // 100 times, 3 channels
/// assert_eq!(net.summary()?.parameters(), 5 * 3 * 8 + 8);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: length × channels → output length × filters. `weight`: kernel × channels of a group × filters, as in Keras, in a `Conv2d`'s shape of
/// 1 × kernel × channels of a group × filters; `bias`: filters.
#[derive(Clone, Debug)]
#[must_use = "it is a layer, to be added to a net"]
pub struct Conv1d {
    filters: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    groups: usize,
    padding: Padding,
    bias: bool,
    init: Init,
}

impl Conv1d {
    /// With this many filters and a kernel of this length: stride 1, no padding, a bias that begins at 0 and a weight by
    /// [`Init::GlorotUniform`].
    pub fn new(filters: usize, kernel: usize) -> Self {
        let (padding, init) = (Padding::Valid, Init::GlorotUniform);
        Self { filters, kernel, stride: 1, dilation: 1, groups: 1, padding, bias: true, init }
    }

    /// Sets how many places lie between two of the output.
    pub fn stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// Sets how many places lie between two taps of the kernel. Stride or dilation is 1, as in Keras.
    pub fn dilation(self, dilation: usize) -> Self {
        Self { dilation, ..self }
    }

    /// Splits channels and filters into so many groups, as [`Conv2d::groups`].
    pub fn groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }

    /// Sets the zeros around a row; of [`Padding::Explicit`] those on the left and on the right.
    pub fn padding(self, padding: Padding) -> Self {
        let padding = match padding {
            Padding::Explicit([_, left, _, right]) => Padding::Explicit([0, left, 0, right]),
            other => other,
        };
        Self { padding, ..self }
    }

    /// Sets how the weight begins.
    pub fn init(self, init: Init) -> Self {
        Self { init, ..self }
    }

    /// Leaves the bias out.
    pub fn without_bias(self) -> Self {
        Self { bias: false, ..self }
    }

    pub(in crate::nn::layers) fn described(settings: &Value) -> Result<Self, String> {
        Ok(Self {
            filters: json::count(settings, "filters")?,
            kernel: json::count(settings, "kernel")?,
            stride: json::count(settings, "stride")?,
            dilation: json::count(settings, "dilation")?,
            groups: json::count(settings, "groups")?,
            padding: Padding::described(settings)?,
            bias: json::flag(settings, "bias")?,
            init: Init::described(&settings["init"])?,
        })
    }

    /// The same over images of one row.
    fn of_images(&self) -> Conv2d {
        let conv = Conv2d::new(self.filters, [1, self.kernel]).stride([1, self.stride]);
        let conv =
            conv.dilation([1, self.dilation]).groups(self.groups).padding(self.padding).init(self.init);
        if self.bias { conv } else { conv.without_bias() }
    }
}

impl Layer for Conv1d {
    fn kind(&self) -> &'static str {
        "conv1d"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([
            ("filters", json!(self.filters)),
            ("kernel", json!(self.kernel)),
            ("stride", json!(self.stride)),
            ("dilation", json!(self.dilation)),
            ("groups", json!(self.groups)),
            ("padding", self.padding.describe()),
            ("bias", json!(self.bias)),
            ("init", self.init.describe()),
        ])
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let x = one(inputs)?;
        let [length, channels] = *x.shape() else {
            return Err(LayerError::new(format!(
                "takes samples of length × channels, and gets {:?}; put a Reshape before it",
                x.shape()
            )));
        };
        let rows = Shaped::new(x.tensor(), [1, length, channels])?;
        let y = self.of_images().forward(cx, &[rows])?;
        Shaped::new(y.tensor(), &y.shape()[1..])
    }
}

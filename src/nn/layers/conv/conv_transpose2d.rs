//! The two-dimensional transposed convolution.

use serde_json::{Map, Value, json};

use super::{Padding, Sides, image};
use crate::error::LayerError;
use crate::file::json;
use crate::nn::init::Init;
use crate::nn::layers::{Context, Layer, Shaped, settings};
use crate::ops::Window;
use crate::ops::activation::Activation;
use crate::program::op::Op;
use crate::program::tensor::Element;

/// `y = Wᵀ ⋆ x + b`, which makes images larger: each pixel of the input adds `filters` kernels, times its numbers, to the pixels around its
/// place in the output (Zeiler et al., *Deconvolutional Networks*, 2010). It is what [`Conv2d`](super::Conv2d) of the same settings does
/// to gradients on their way back.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{ConvTranspose2d, Padding, Relu, Sigmoid};
///
/// let decoder = Sequential::new([7, 7, 32])
///     .add(ConvTranspose2d::new(16, 3).stride(2).padding(Padding::Same)) // 14 × 14
///     .add(Relu) // is fused into the convolution
///     .add(ConvTranspose2d::new(1, 3).stride(2).padding(Padding::explicit(1)).output_padding(1)) // 28 × 28
///     .add(Sigmoid);
/// let summary = decoder.summary()?;
/// assert_eq!(summary.parameters(), 3 * 3 * 16 * 32 + 16 + 3 * 3 * 16 + 1);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: height × width × channels → output height × output width × filters. Along a side there are `(size - 1) · stride + kernel` pixels,
/// less the padding of both ends and with the output padding, as in PyTorch; with [`Padding::Same`] `size · stride`, as in Keras.
/// `weight`: kernel height × kernel width × filters × channels, as in Keras; PyTorch has it as channels × filters × kernel height ×
/// kernel width. `bias`: filters.
///
/// # Half precision
/// In a model of [`Precision::F16`](crate::Precision::F16) its weights and input are halves where channels are a multiple of 4, and its
/// output as well where filters are.
#[derive(Clone, Debug)]
#[must_use = "it is a layer, to be added to a net"]
pub struct ConvTranspose2d {
    filters: usize,
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: Padding,
    output_padding: [usize; 2],
    bias: bool,
    init: Init,
}

impl ConvTranspose2d {
    /// With this many filters and a kernel of this height and width: stride 1, no padding, a bias that begins at 0 and a weight by
    /// [`Init::GlorotUniform`].
    pub fn new(filters: usize, kernel: impl Into<Sides>) -> Self {
        let (Sides(kernel), padding, init) = (kernel.into(), Padding::Valid, Init::GlorotUniform);
        Self { filters, kernel, stride: [1; 2], padding, output_padding: [0; 2], bias: true, init }
    }

    /// Sets how many pixels of the output lie between two of the input.
    pub fn stride(self, stride: impl Into<Sides>) -> Self {
        Self { stride: stride.into().0, ..self }
    }

    /// Sets what is cut off around the output: what a convolution with this padding has there.
    pub fn padding(self, padding: Padding) -> Self {
        Self { padding, ..self }
    }

    /// Sets how many rows the output has below, and columns on the right, beside those that the other sizes give: fewer than the stride.
    pub fn output_padding(self, pixels: impl Into<Sides>) -> Self {
        Self { output_padding: pixels.into().0, ..self }
    }

    /// Sets how the weight begins; `fan_in` counts the taps of the kernel times filters, `fan_out` times channels, as in Keras and PyTorch.
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
            kernel: Sides::described(settings, "kernel")?,
            stride: Sides::described(settings, "stride")?,
            padding: Padding::described(settings)?,
            output_padding: Sides::described(settings, "output_padding")?,
            bias: json::flag(settings, "bias")?,
            init: Init::described(&settings["init"])?,
        })
    }

    /// The window of the convolution whose derivative it is, for images of these sides.
    pub(super) fn window(&self, sides: [usize; 2]) -> Result<Window, LayerError> {
        self.padding.transposed(sides, self.kernel, self.stride, self.output_padding)
    }
}

impl Layer for ConvTranspose2d {
    fn kind(&self) -> &'static str {
        "conv_transpose2d"
    }

    fn settings(&self) -> Map<String, Value> {
        settings([
            ("filters", json!(self.filters)),
            ("kernel", json!(self.kernel)),
            ("stride", json!(self.stride)),
            ("padding", self.padding.describe()),
            ("output_padding", json!(self.output_padding)),
            ("bias", json!(self.bias)),
            ("init", self.init.describe()),
        ])
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        let (x, sides, channels) = image(inputs)?;
        if self.filters == 0 {
            return Err("it has 0 filters; give it at least 1".into());
        }
        let window = self.window(sides)?;
        let [height, width] = self.kernel;
        let parameters = cx.param("weight", [height, width, self.filters, channels], self.init)?;
        let bias = self.bias.then(|| cx.param("bias", [self.filters], Init::Zeros)).transpose()?;
        let (name, tape) = (cx.name().to_string(), cx.tape());
        let weight = tape.copy_of(parameters).filter(|_| channels.is_multiple_of(4)).unwrap_or(parameters);
        let is_half = weight != parameters;
        let x = if is_half { tape.halves(x.tensor()) } else { tape.reals(x.tensor()) };
        let element = if self.filters.is_multiple_of(4) { weight.element } else { Element::Real };
        let [down, across] = window.image;
        let y = tape.batched_of(name, element, down * across * self.filters);
        let op =
            crate::ops::ConvTranspose2d { window, x, weight, bias, y, activation: Activation::identity() };
        op.check()?;
        tape.push(op);
        Shaped::new(y, [down, across, self.filters])
    }
}

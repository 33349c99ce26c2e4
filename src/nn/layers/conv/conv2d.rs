//! The two-dimensional convolution.

use serde_json::{Map, Value, json};

use super::{Padding, Sides, image};
use crate::error::LayerError;
use crate::file::json;
use crate::nn::init::Init;
use crate::nn::layers::{Context, Layer, Shaped, settings};
use crate::ops::activation::Activation;
use crate::ops::{self, GroupedConv2d, Window};
use crate::program::op::Op;
use crate::program::recorder::Recorder;

/// `y = W ⋆ x + b`: each place of the output is the product of the pixels that it sees with `filters` kernels (LeCun et al., 1998).
/// As in other libraries it is a cross-correlation: kernels are not turned around.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::{Conv2d, Dense, Flatten, MaxPool2d, Padding, Relu};
///
/// let net = Sequential::new([28, 28, 1])
///     .add(Conv2d::new(16, 3).padding(Padding::Same)) // 3 × 3 kernels
///     .add(Relu) // is fused into the convolution
///     .add(MaxPool2d::new(2))
///     .add(Flatten)
///     .add(Dense::new(10));
/// assert_eq!(net.summary()?.parameters(), 3 * 3 * 16 + 16 + 14 * 14 * 16 * 10 + 10);
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: height × width × channels → output height × output width × filters. `weight`: kernel height × kernel width × channels of
/// a group × filters, as in Keras; `bias`: filters.
///
/// # Half precision
/// In a model of [`Precision::F16`](crate::Precision::F16) its weights and outputs are halves where filters are a multiple of 4, and
/// its input as well where channels are. In groups both must be, and the filters of a group as well, or there is one for each channel.
#[derive(Clone, Debug)]
#[must_use = "it is a layer, to be added to a net"]
pub struct Conv2d {
    filters: usize,
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    groups: usize,
    padding: Padding,
    bias: bool,
    init: Init,
}

impl Conv2d {
    /// With this many filters and a kernel of this height and width: stride 1, no padding, a bias that begins at 0 and a weight by
    /// [`Init::GlorotUniform`].
    pub fn new(filters: usize, kernel: impl Into<Sides>) -> Self {
        let (Sides(kernel), [stride, dilation]) = (kernel.into(), [[1; 2]; 2]);
        let (padding, init) = (Padding::Valid, Init::GlorotUniform);
        Self { filters, kernel, stride, dilation, groups: 1, padding, bias: true, init }
    }

    /// Sets how many pixels lie between two places of the output.
    pub fn stride(self, stride: impl Into<Sides>) -> Self {
        Self { stride: stride.into().0, ..self }
    }

    /// Sets how many pixels lie between two taps of the kernel. Stride or dilation is 1, as in Keras.
    pub fn dilation(self, dilation: impl Into<Sides>) -> Self {
        Self { dilation: dilation.into().0, ..self }
    }

    /// Splits channels and filters into so many groups, which both must be a multiple of: each filter sees the channels of its group.
    /// With as many groups as channels it is a depthwise convolution.
    ///
    /// ```
    /// use wgrad::Sequential;
    /// use wgrad::layers::{Conv2d, Padding, Relu};
    ///
    /// let net = Sequential::new([28, 28, 16])
    ///     .add(Conv2d::new(16, 3).groups(16).padding(Padding::Same).without_bias()) // depthwise
    ///     .add(Conv2d::new(32, 1)) // pointwise
    ///     .add(Relu);
    /// assert_eq!(net.summary()?.parameters(), 3 * 3 * 16 + 16 * 32 + 32);
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    pub fn groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }

    /// Sets the zeros around the image.
    pub fn padding(self, padding: Padding) -> Self {
        Self { padding, ..self }
    }

    /// Sets how the weight begins; `fan_in` counts the taps of the kernel times channels of a group, `fan_out` times filters.
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
            dilation: Sides::described(settings, "dilation")?,
            groups: json::count(settings, "groups")?,
            padding: Padding::described(settings)?,
            bias: json::flag(settings, "bias")?,
            init: Init::described(&settings["init"])?,
        })
    }
}

impl Layer for Conv2d {
    fn kind(&self) -> &'static str {
        "conv2d"
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
        let (x, sides, channels) = image(inputs)?;
        if self.filters == 0 {
            return Err("it has 0 filters; give it at least 1".into());
        }
        let window =
            Window { stride: self.stride, dilation: self.dilation, ..Window::new(sides, self.kernel) };
        let window = self.padding.around(window)?;
        let [height, width] = self.kernel;
        let size = [height, width, self.inputs(channels)?, self.filters];
        let parameters = if self.bias {
            cx.param_with_bias(size, self.init)
        } else {
            cx.param("weight", size, self.init)
        }?;
        let (name, tape) = (cx.name().to_string(), cx.tape());
        let [of_weight, of_x] = self.halves(channels);
        let weight = tape.copy_of(parameters).filter(|_| of_weight).unwrap_or(parameters);
        let is_half = weight != parameters && of_x;
        let x = if is_half { tape.halves(x.tensor()) } else { tape.reals(x.tensor()) };
        let [down, across] = window.output;
        let y = tape.batched_of(name, weight.element, down * across * self.filters);
        let (groups, activation) = (self.groups, Activation::identity());
        if groups > 1 {
            pushed(tape, GroupedConv2d { window, groups, x, weight, y, activation })?;
        } else {
            pushed(tape, ops::Conv2d { window, x, weight, y, added: None, activation })?;
        }
        Shaped::new(y, [down, across, self.filters])
    }
}

impl Conv2d {
    /// Channels of a group.
    fn inputs(&self, channels: usize) -> Result<usize, LayerError> {
        let Self { groups, filters, .. } = self;
        if *groups > 0 && channels.is_multiple_of(*groups) && filters.is_multiple_of(*groups) {
            return Ok(channels / groups);
        }
        Err(LayerError::new(format!(
            "splits {channels} channels and {filters} filters into {groups} groups; both must be a multiple of the groups"
        )))
    }

    /// Whether the weight and the output may be of halves, and whether the input.
    fn halves(&self, channels: usize) -> [bool; 2] {
        if self.groups > 1 {
            return [GroupedConv2d::takes_halves_of(self.groups, channels, self.filters); 2];
        }
        [self.filters, channels].map(|count| count.is_multiple_of(4))
    }
}

/// Records an op that fits.
fn pushed(tape: &mut Recorder, op: impl Op) -> Result<(), LayerError> {
    op.check()?;
    tape.push(op);
    Ok(())
}

//! Pools.

use serde_json::{Map, Value, json};

use super::{Padding, Sides, image};
use crate::error::LayerError;
use crate::nn::layers::{Context, Layer, Shaped, settings};
use crate::ops::{AveragePool, MaxPool, Window};
use crate::program::op::Op;
use crate::program::tensor::Tensor;

/// The window of a pool.
#[derive(Clone, Copy, Debug)]
struct Pool {
    size: [usize; 2],
    stride: [usize; 2],
    padding: Padding,
}

impl Pool {
    fn new(size: impl Into<Sides>) -> Self {
        let Sides(size) = size.into();
        Self { size, stride: size, padding: Padding::Valid }
    }

    fn described(settings: &Value) -> Result<Self, String> {
        Ok(Self {
            size: Sides::described(settings, "size")?,
            stride: Sides::described(settings, "stride")?,
            padding: Padding::described(settings)?,
        })
    }

    fn settings(&self) -> Map<String, Value> {
        settings([
            ("size", json!(self.size)),
            ("stride", json!(self.stride)),
            ("padding", self.padding.describe()),
        ])
    }

    fn forward<O: Op>(
        &self,
        cx: &mut Context<'_>,
        inputs: &[Shaped],
        op: impl Fn(Window, Tensor, Tensor) -> O,
    ) -> Result<Shaped, LayerError> {
        let (x, sides, channels) = image(inputs)?;
        let window = self.padding.around(Window { stride: self.stride, ..Window::new(sides, self.size) })?;
        let (name, tape) = (cx.name().to_string(), cx.tape());
        let x = if channels.is_multiple_of(4) { x.tensor() } else { tape.reals(x.tensor()) };
        let [down, across] = window.output;
        let y = tape.batched_of(name, x.element, down * across * channels);
        let op = op(window, x, y);
        op.check()?;
        tape.push(op);
        Shaped::new(y, [down, across, channels])
    }
}

/// The largest number of each window in each channel. Its gradient goes to the first of equal ones, as in PyTorch.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::MaxPool2d;
///
/// let net = Sequential::new([28, 28, 16]).add(MaxPool2d::new(2)); // windows of 2 × 2, side by side
/// assert_eq!(net.output_shapes()?.last(), Some(&vec![14, 14, 16]));
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: height × width × channels → output height × output width × channels. Padding does not count.
#[derive(Clone, Copy, Debug)]
#[must_use = "it is a layer, to be added to a net"]
pub struct MaxPool2d(Pool);

/// The mean of each window in each channel.
///
/// ```
/// use wgrad::Sequential;
/// use wgrad::layers::AvgPool2d;
///
/// let net = Sequential::new([28, 28, 16]).add(AvgPool2d::new(3).stride(2));
/// assert_eq!(net.output_shapes()?.last(), Some(&vec![13, 13, 16]));
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// # Shapes
/// A sample: height × width × channels → output height × output width × channels. Padding does not count, as in Keras; in PyTorch it
/// does, if one does not say `count_include_pad=False`.
#[derive(Clone, Copy, Debug)]
#[must_use = "it is a layer, to be added to a net"]
pub struct AvgPool2d(Pool);

impl MaxPool2d {
    /// With windows of this height and width, side by side, and no padding.
    pub fn new(size: impl Into<Sides>) -> Self {
        Self(Pool::new(size))
    }

    /// Sets how many pixels lie between two windows.
    pub fn stride(self, stride: impl Into<Sides>) -> Self {
        Self(Pool { stride: stride.into().0, ..self.0 })
    }

    /// Sets what stands around the image.
    pub fn padding(self, padding: Padding) -> Self {
        Self(Pool { padding, ..self.0 })
    }

    pub(in crate::nn::layers) fn described(settings: &Value) -> Result<Self, String> {
        Pool::described(settings).map(Self)
    }
}

impl AvgPool2d {
    /// With windows of this height and width, side by side, and no padding.
    pub fn new(size: impl Into<Sides>) -> Self {
        Self(Pool::new(size))
    }

    /// Sets how many pixels lie between two windows.
    pub fn stride(self, stride: impl Into<Sides>) -> Self {
        Self(Pool { stride: stride.into().0, ..self.0 })
    }

    /// Sets what stands around the image.
    pub fn padding(self, padding: Padding) -> Self {
        Self(Pool { padding, ..self.0 })
    }

    pub(in crate::nn::layers) fn described(settings: &Value) -> Result<Self, String> {
        Pool::described(settings).map(Self)
    }
}

impl Layer for MaxPool2d {
    fn kind(&self) -> &'static str {
        "max_pool2d"
    }

    fn settings(&self) -> Map<String, Value> {
        self.0.settings()
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        self.0.forward(cx, inputs, |window, x, y| MaxPool { window, x, y })
    }
}

impl Layer for AvgPool2d {
    fn kind(&self) -> &'static str {
        "avg_pool2d"
    }

    fn settings(&self) -> Map<String, Value> {
        self.0.settings()
    }

    fn takes_halves(&self) -> bool {
        true
    }

    fn forward(&self, cx: &mut Context<'_>, inputs: &[Shaped]) -> Result<Shaped, LayerError> {
        self.0.forward(cx, inputs, |window, x, y| AveragePool { window, x, y })
    }
}

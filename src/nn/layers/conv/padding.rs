//! Zeros around an image.

use serde_json::{Value, json};

use crate::error::LayerError;
use crate::file::json::sizes;
use crate::ops::Window;

/// What stands around an image, so that windows at its edges are whole: zeros for convolutions, nothing that counts for pools.
///
/// ```
/// use wgrad::layers::{Conv2d, Padding};
///
/// let like_pytorch = Conv2d::new(16, 3).stride(2).padding(Padding::explicit(1)); // padding=1 on all sides
/// # let _ = like_pytorch;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Padding {
    /// None: the output is smaller than the image.
    #[default]
    Valid,
    /// So much that there are `⌈size / stride⌉` places along a side, the odd row or column below or on the right: as in Keras. With
    /// stride 1 PyTorch's "same" is this too; with more, a padding in PyTorch is one of [`Explicit`](Padding::Explicit).
    Same,
    /// So many rows or columns: above, on the left, below, on the right.
    Explicit([usize; 4]),
}

impl Padding {
    /// The same on all sides.
    pub fn explicit(pixels: usize) -> Self {
        Padding::Explicit([pixels; 4])
    }

    /// A window with this padding.
    pub(super) fn around(self, window: Window) -> Result<Window, LayerError> {
        let (padding, output) = match self {
            Padding::Valid => ([0; 2], window.outputs([0; 2])),
            Padding::Same => {
                let output = [0, 1].map(|side| window.image[side].div_ceil(window.stride[side].max(1)));
                let total = [0, 1].map(|side| {
                    let spanned = output[side].saturating_sub(1) * window.stride[side] + window.span()[side];
                    spanned.saturating_sub(window.image[side])
                });
                (total.map(|total| total / 2), output)
            }
            Padding::Explicit([above, left, below, right]) => {
                ([above, left], window.outputs([above + below, left + right]))
            }
        };
        check(window)?;
        let Window { image: [height, width], .. } = window;
        if output.contains(&0) {
            let [down, across] = window.span();
            return Err(LayerError::new(format!(
                "spans {down}×{across} pixels, more than the image of {height}×{width} and its padding; take a smaller kernel, or \
                 Padding::Same"
            )));
        }
        Ok(window.padding(padding, output))
    }

    /// The window of a transposed convolution of an image of these sides, which are its places; `further` rows and columns of pixels
    /// are below and on the right.
    pub(super) fn transposed(
        self,
        places: [usize; 2],
        kernel: [usize; 2],
        stride: [usize; 2],
        further: [usize; 2],
    ) -> Result<Window, LayerError> {
        let window = Window { stride, ..Window::new(kernel, kernel) };
        check(window)?;
        if self == Padding::Same {
            if further != [0; 2] {
                return Err(
                    "has Padding::Same, which says how large the output is; leave the output padding out"
                        .into(),
                );
            }
            return self.around(Window { image: [0, 1].map(|side| places[side] * stride[side]), ..window });
        }
        if (0..2).any(|side| further[side] >= stride[side]) {
            return Err(LayerError::new(format!(
                "has an output padding of {further:?} with stride {stride:?}; it must be less than the stride"
            )));
        }
        let [above, left, below, right] = if let Padding::Explicit(sides) = self { sides } else { [0; 4] };
        let cut = [above + below, left + right];
        let image = [0, 1].map(|side| {
            let whole = (places[side].max(1) - 1) * stride[side] + kernel[side] + further[side];
            whole.saturating_sub(cut[side])
        });
        if image.contains(&0) {
            return Err(LayerError::new(format!(
                "cuts {cut:?} rows and columns off, which leaves nothing of the output; take less padding"
            )));
        }
        Ok(Window { image, ..window.padding([above, left], places) })
    }

    pub(super) fn describe(self) -> Value {
        match self {
            Padding::Valid => json!("valid"),
            Padding::Same => json!("same"),
            Padding::Explicit(sides) => json!(sides),
        }
    }

    /// The padding of a description.
    pub(super) fn described(settings: &Value) -> Result<Self, String> {
        match settings["padding"].as_str() {
            Some("valid") => Ok(Padding::Valid),
            Some("same") => Ok(Padding::Same),
            _ => {
                let sides = sizes(settings, "padding")?;
                let why =
                    |sides: Vec<_>| format!("the padding has {} numbers, and should have 4", sides.len());
                sides.try_into().map(Padding::Explicit).map_err(why)
            }
        }
    }
}

/// An error unless a window has taps and places apart.
fn check(window: Window) -> Result<(), LayerError> {
    let Window { kernel, stride, dilation, .. } = window;
    if [kernel, stride, dilation].iter().flatten().all(|size| *size > 0) {
        return Ok(());
    }
    Err(LayerError::new(format!(
        "has a kernel of {kernel:?}, stride {stride:?} and dilation {dilation:?}; none may be 0"
    )))
}

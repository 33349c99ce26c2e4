//! In how many bits numbers are stored.

use std::fmt;
use std::str::FromStr;

use crate::program::tensor::Element;

/// In how many bits a model stores what its products read and write.
///
/// With [`F16`](Precision::F16), weights, activations and the gradients of activations are halves where their width is a
/// multiple of 4: each product adds up in `f32` and rounds once. The optimizer keeps the weights, their gradients and its
/// moments in `f32`, and losses are scaled so that small gradients are not rounded to 0 (Micikevicius et al., 2018).
/// A step whose gradients overflow changes no weight, no moment and no bias correction of Adam's: it never happened.
/// Schedules go by batches, skipped ones among them.
///
/// ```
/// use wgrad::layers::Dense;
/// use wgrad::{Precision, Sequential};
///
/// let net = Sequential::new([784]).precision(Precision::F16).add(Dense::new(32));
/// println!("{}", net.summary()?);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Precision {
    /// 32 bits throughout.
    #[default]
    F32,
    /// 16 bits for what products read and write.
    F16,
}

impl Precision {
    /// As flags and files name it.
    pub fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::F16 => "f16",
        }
    }

    /// What a tensor of so many columns is made of.
    pub(crate) fn element(self, cols: usize) -> Element {
        if self == Precision::F16 && cols.is_multiple_of(4) { Element::Half } else { Element::Real }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = [Precision::F32, Precision::F16].into_iter().find(|precision| precision.name() == text);
        known.ok_or_else(|| format!("{text:?} is no precision; there are f32 and f16"))
    }
}

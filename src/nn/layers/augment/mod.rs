//! Augmentation: layers that change samples in training only.

mod affine;
mod erasing;
mod flip;
mod noise;

use super::{Context, Shaped, one};
use crate::error::LayerError;
use crate::ops::{ImageShape, RandomTransform, Warp};
use crate::program::op::Op;

pub use affine::RandomAffine;
pub use erasing::RandomErasing;
pub use flip::RandomFlip;
pub use noise::GaussianNoise;

/// The only input of a layer that takes images, and their size.
fn images(inputs: &[Shaped]) -> Result<(&Shaped, ImageShape), LayerError> {
    let x = one(inputs)?;
    match ImageShape::of(x.shape()) {
        Some(image) => Ok((x, image)),
        None => {
            Err("takes images of height × width or height × width × channels; put it before a Flatten, or a \
                     Reshape before it"
                .into())
        }
    }
}

/// Records a step that makes `y`.
fn step(cx: &mut Context<'_>, op: impl Op, y: Shaped) -> Result<Shaped, LayerError> {
    op.check()?;
    cx.tape().push(op);
    Ok(y)
}

/// Records each image through a transform of its own; what lies outside is `fill`.
fn warped(
    cx: &mut Context<'_>,
    (x, image): (&Shaped, ImageShape),
    random: impl FnOnce(RandomTransform) -> RandomTransform,
    fill: f32,
) -> Result<Shaped, LayerError> {
    let transform = cx.output([6]);
    let random = random(RandomTransform::none(transform.tensor()));
    let transform = step(cx, random, transform)?.tensor();
    let y = cx.output(x.shape());
    step(cx, Warp { x: x.tensor(), transform, y: y.tensor(), image, fill }, y)
}

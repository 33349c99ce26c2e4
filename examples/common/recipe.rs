//! wgrad's own recipe for latents that are easy to classify.

use wgrad::{Init, Optimizer, Schedule};

use super::autoencoder::Autoencoder;

/// Times that every image is seen.
pub const EPOCHS: usize = 12;
/// Images of a training step.
pub const BATCH: usize = 128;
/// The highest learning rate.
pub const RATE: f32 = 0.002;

/// One wide layer on each side of linear latents (rectified ones leave some of 32 dead), a tenth of the pixels hidden.
pub fn shape() -> Autoencoder {
    Autoencoder { encoder: vec![512, 32], linear: true, noise: 0.1, init: Init::HeNormal }
}

/// AdamW with an epoch of warm-up, then half a cosine.
pub fn optimizer() -> Optimizer {
    Optimizer::adam_w(RATE, 0.01).schedule(Schedule::WarmupCosine { epochs: 1, floor: 0.01 })
}

//! Everything above the ops: random numbers, layers, models, training.

mod fit;
mod history;
mod infer;
mod init;
mod input_gradient;
mod layers;
mod losses;
mod optimizers;
mod overfit;
mod probabilities;
mod properties;
mod random;
mod schedule;
mod sequential;
mod support;
mod weights;

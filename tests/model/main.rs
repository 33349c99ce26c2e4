//! Everything above the ops: random numbers, layers, models, training.

mod fit;
mod history;
mod infer;
mod init;
#[path = "../jobs/mod.rs"]
mod jobs;
mod layers;
mod losses;
mod optimizers;
mod overfit;
mod properties;
mod random;
mod schedule;
mod sequential;
mod support;
mod trajectory;
mod weights;

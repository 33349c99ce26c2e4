//! Nets: layers, losses, optimizers, and how files describe them.

pub mod architecture;
mod bound;
pub mod graph;
pub mod init;
pub mod layers;
pub mod loss;
pub mod losses;
pub mod optimizer;
pub(crate) mod parameters;
pub mod precision;
pub mod schedule;
pub mod sequential;

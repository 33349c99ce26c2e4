//! Training: models, data sets, callbacks and what is measured.

mod accepts;
pub mod callback;
pub mod dataset;
pub mod history;
mod inputs;
pub mod metrics;
pub mod model;
#[cfg(feature = "onnx")]
pub(crate) mod onnx;
mod samples;
mod scaling;
pub mod source;
pub(crate) mod target;

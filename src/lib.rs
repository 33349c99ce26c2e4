//! wgrad trains neural networks on any GPU (Vulkan, Metal or DX12, through wgpu compute shaders) and on the CPU.
//!
//! ```
//! use wgrad::ndarray::array;
//! use wgrad::backend::Cpu;
//! use wgrad::layers::{Dense, Sigmoid, Tanh};
//! use wgrad::{Dataset, Fit, Loss, Optimizer, Sequential};
//!
//! let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
//! let xor = Dataset::regression(inputs.view(), array![[0.0], [1.0], [1.0], [0.0]].view())?;
//! let net = Sequential::new([2]).add(Dense::new(4)).add(Tanh).add(Dense::new(1)).add(Sigmoid);
//! let mut model = net.compile(Cpu::<f32>::new()?, Loss::MeanSquaredError, Optimizer::adam(0.05), 0)?;
//! let history = model.fit(&xor, Fit::new().epochs(500).batch(4))?;
//! assert!(history.last().is_some_and(|epoch| epoch.metrics.loss < 0.05));
//! # Ok::<(), wgrad::Error>(())
//! ```
//!
//! # Crates whose types it takes and gives
//! Arrays are those of [`ndarray`] 0.16, numbers of ops those of [`num_traits`] 0.2, settings of layers those of
//! [`serde_json`] 1, devices those of [`wgpu`] 30. Each is re-exported, so that `wgrad::ndarray` fits whatever other
//! version a program has. [`Samples::rows`], [`Dataset::pairs`] and [`Model::set_parameter_rows`] take plain numbers.

#![deny(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod architecture;
pub mod backend;
pub mod callback;
pub mod data;
pub mod dataset;
pub mod error;
pub mod gradcheck;
pub mod history;
pub mod init;
mod json;
pub mod kernel;
pub mod layers;
mod loss;
pub mod metrics;
pub mod model;
#[cfg(feature = "onnx")]
mod onnx;
pub mod op;
pub mod ops;
mod optimizer;
mod precision;
pub mod program;
pub mod random;
mod real;
mod recorder;
#[cfg(feature = "report")]
pub mod report;
mod schedule;
pub mod self_check;
mod sequential;
#[cfg(feature = "svm")]
pub mod svm;
mod tensor;
mod tensor_file;
pub mod timeline;
mod vectorised;
mod whole_file;

pub use {ndarray, num_traits, serde_json, wgpu};

pub use architecture::Build;
pub use dataset::{Dataset, Samples};
pub use error::{Error, Result};
pub use gradcheck::gradcheck;
pub use history::History;
pub use init::Init;
pub use loss::Loss;
pub use model::{Fit, Model};
pub use op::Op;
pub use optimizer::Optimizer;
pub use precision::Precision;
pub use program::Program;
pub use real::Real;
pub use recorder::Recorder;
pub use schedule::Schedule;
pub use self_check::{SelfCheck, self_check};
pub use sequential::{Sequential, Summary};
pub use tensor::{BufferId, Element, Tensor};
pub use tensor_file::{FileFault, TensorFile};
pub use timeline::Timeline;
pub use whole_file::{check_writable, write_whole};

/// The programs of README.md, for `cargo test` to run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

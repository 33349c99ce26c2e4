//! wgrad trains neural networks on any GPU (Vulkan, Metal or DX12, through wgpu compute shaders) and on the CPU.
//!
//! ```
//! use wgrad::ndarray::array;
//! use wgrad::backend::Cpu;
//! use wgrad::layers::{Dense, Sigmoid, Tanh};
//! use wgrad::{Dataset, Fit, Optimizer, Sequential, losses};
//!
//! let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
//! let xor = Dataset::regression(inputs.view(), array![[0.0], [1.0], [1.0], [0.0]].view())?;
//! let net = Sequential::new([2]).add(Dense::new(4)).add(Tanh).add(Dense::new(1)).add(Sigmoid);
//! let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::adam(0.05), 0)?;
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
#![warn(missing_debug_implementations)]

pub mod backend;
mod check;
mod clock;
pub mod data;
pub mod error;
mod file;
mod nn;
pub mod ops;
pub mod program;
pub mod random;
#[cfg(feature = "report")]
pub mod report;
#[cfg(feature = "svm")]
pub mod svm;
mod train;

pub use {ndarray, num_traits, serde_json, wgpu};

pub use backend::timeline::Timeline;
pub use check::gradcheck::{self, gradcheck};
pub use check::self_check::{self, SelfCheck, self_check};
pub use error::{Error, LayerError, OpError, Result};
pub use file::tensor_file::{FileFault, TensorFile};
pub use file::whole_file::{check_writable, write_whole};
pub use nn::architecture::Build;
pub use nn::graph::{Graph, Node, SharedLayer, Summary};
pub use nn::init::{self, Init};
pub use nn::layers;
#[doc(inline)]
pub use nn::loss as losses;
pub use nn::loss::Loss;
pub use nn::losses::Losses;
#[doc(inline)]
pub use nn::optimizer as optimizers;
pub use nn::optimizer::Optimizer;
pub use nn::precision::Precision;
pub use nn::schedule::Schedule;
pub use nn::sequential::Sequential;
pub use program::Program;
pub use program::op::Op;
pub use program::real::Real;
pub use program::recorder::Recorder;
pub use program::tensor::{BufferId, Element, Tensor};
pub use train::dataset::{self, Dataset, DatasetBuilder, Samples};
pub use train::history::{self, History};
pub use train::model::{self, Fit, Model, Predictor, Training};
#[cfg(feature = "onnx")]
pub use train::onnx::{OnnxNet, load_onnx};
pub use train::source::{self, Source, Streamed};
pub use train::{callback, metrics};
#[doc(inline)]
pub use {backend::timeline, program::kernel, program::op};

/// The programs of README.md, for `cargo test` to run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

/// Those of docs/images.md.
#[cfg(doctest)]
#[doc = include_str!("../docs/images.md")]
mod images {}

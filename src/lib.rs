//! wgrad trains neural networks on any GPU.

pub mod error;
pub mod kernel;
pub mod op;
pub mod ops;
pub mod program;
pub mod real;
pub mod recorder;
pub mod tensor;

pub use error::{Error, Result};
pub use op::Op;

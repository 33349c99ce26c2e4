//! Files: tensors by name, JSON, and writing whole or not at all.

pub mod json;
pub mod tensor_file;
pub mod whole_file;

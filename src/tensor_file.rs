//! Arrays in the safetensors format, which NumPy, PyTorch and Keras users read with the package of that name.

use std::path::Path;

use ndarray::ArrayView2;
use safetensors::tensor::{Dtype, TensorView, serialize};

use crate::error::{Error, Result};

/// Named arrays on their way to a file.
#[derive(Clone, Debug, Default)]
pub struct TensorFile {
    entries: Vec<(String, Dtype, Vec<usize>, Vec<u8>)>,
}

impl TensorFile {
    /// No array yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds numbers as `F32`, rows × columns.
    pub fn reals(self, name: &str, values: ArrayView2<'_, f32>) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.with(name, Dtype::F32, values.shape().to_vec(), bytes)
    }

    /// Adds integers as `U32`.
    pub fn integers(self, name: &str, values: &[u32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.with(name, Dtype::U32, vec![values.len()], bytes)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let failed = |source| Error::Write { path: path.to_path_buf(), source };
        let views = self.entries.iter().map(|(name, dtype, shape, bytes)| {
            TensorView::new(*dtype, shape.clone(), bytes).map(|view| (name.as_str(), view))
        });
        let views = views
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|e| failed(std::io::Error::other(e)))?;
        let bytes = serialize(views, None).map_err(|error| failed(std::io::Error::other(error)))?;
        std::fs::write(path, bytes).map_err(failed)
    }

    fn with(mut self, name: &str, dtype: Dtype, shape: Vec<usize>, bytes: Vec<u8>) -> Self {
        self.entries.push((name.to_string(), dtype, shape, bytes));
        self
    }
}

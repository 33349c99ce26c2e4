//! Fitted machines in files.

use std::path::Path;

use ndarray::{Ix1, Ix2, array};
use serde_json::json;

use super::{RbfSvm, RbfSvmParts};
use crate::error::Result;
use crate::tensor_file::{FileFault, TensorFile};

/// What the description says that the file holds.
const KIND: &str = "rbf_svm";

impl RbfSvm {
    /// Writes the machine to a safetensors file.
    ///
    /// # Shapes
    /// The arrays are the fields of [`RbfSvmParts`]: `support_vectors` (support vectors × features), `coefficients`
    /// (support vectors × pairs) and `rho` (pairs) as `F32`, `gamma` and `c` (1) as `F64`, `classes` as `U32`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let RbfSvmParts { support_vectors, coefficients, rho, gamma, c, classes } = self.parts();
        TensorFile::new()
            .with_reals("support_vectors", support_vectors.view())
            .with_reals("coefficients", coefficients.view())
            .with_reals("rho", rho.view())
            .with_doubles("gamma", array![*gamma].view())
            .with_doubles("c", array![*c].view())
            .with_integers("classes", classes)
            .with_description(&json!({ "version": 1, "kind": KIND }))
            .write(path)
    }

    /// Reads a machine, whose decisions are, bit for bit, those of the saved one.
    ///
    /// # Errors
    /// A file that cannot be read or holds something else; parts that do not fit together.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let parts = TensorFile::read(path)?;
        let parts = parts_in(&parts).map_err(|fault| fault.of(path))?;
        Ok(Self::from_parts(parts)?)
    }
}

fn parts_in(file: &TensorFile) -> std::result::Result<RbfSvmParts, FileFault> {
    let described = file.description()?;
    if described["kind"] != KIND || described["version"] != 1 {
        return Err(FileFault::Description { why: format!("it is no {KIND} of version 1") });
    }
    let number = |name| match file.doubles(name)?.as_slice() {
        Some([number]) => Ok(*number),
        _ => Err(FileFault::Format { why: format!("{name} is not one number") }),
    };
    let matrix = |name| file.reals(name)?.into_dimensionality::<Ix2>().map_err(FileFault::format);
    Ok(RbfSvmParts {
        support_vectors: matrix("support_vectors")?,
        coefficients: matrix("coefficients")?,
        rho: file.reals("rho")?.into_dimensionality::<Ix1>().map_err(FileFault::format)?,
        gamma: number("gamma")?,
        c: number("c")?,
        classes: file.integers("classes")?,
    })
}

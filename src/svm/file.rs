//! Fitted machines in files.

use std::path::Path;

use ndarray::{Ix1, Ix2, array};
use serde_json::json;

use super::old_file::OldParts;
use super::{RbfSvm, RbfSvmParts};
use crate::error::Result;
use crate::file::tensor_file::{FileFault, TensorFile};

/// What the description says that the file holds.
const KIND: &str = "rbf_svm";

impl RbfSvm {
    /// Writes the machine to a safetensors file.
    ///
    /// # Shapes
    /// The arrays are the fields of [`RbfSvmParts`]: `support_vectors` (support vectors × features) as `F32`, `coefficients`
    /// (support vectors × (classes − 1)), `rho` (pairs), `gamma` and `c` (1) as `F64`, `support_labels` (support vectors) and
    /// `classes` as `U32`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let RbfSvmParts { support_vectors, support_labels, coefficients, rho, gamma, c, classes } =
            self.parts();
        TensorFile::new()
            .with_reals("support_vectors", support_vectors.view())
            .with_integers("support_labels", support_labels)
            .with_doubles("coefficients", coefficients.view())
            .with_doubles("rho", rho.view())
            .with_doubles("gamma", array![*gamma].view())
            .with_doubles("c", array![*c].view())
            .with_integers("classes", classes)
            .with_description(&json!({ "version": 2, "kind": KIND }))
            .write(path)
    }

    /// Reads a machine, whose decisions are, bit for bit, those of the saved one. Files of wgrad 0.1 are read too.
    ///
    /// # Errors
    /// A file that cannot be read or holds something else; parts that do not fit together.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let parts = TensorFile::read(path)?;
        let parts = parts_in(&parts).map_err(|fault| fault.of(path))?;
        Self::from_parts(parts).map_err(|error| FileFault::Format { why: error.to_string() }.of(path))
    }
}

fn parts_in(file: &TensorFile) -> std::result::Result<RbfSvmParts, FileFault> {
    let described = file.description()?;
    let version = described["version"].as_u64().filter(|version| [1, 2].contains(version));
    let Some(version) = version.filter(|_| described["kind"] == KIND) else {
        return Err(FileFault::Description { why: format!("it is no {KIND} of version 1 or 2") });
    };
    let number = |name| match file.doubles(name)?.as_slice() {
        Some([number]) => Ok(*number),
        _ => Err(FileFault::Format { why: format!("{name} is not one number") }),
    };
    let support_vectors =
        file.reals("support_vectors")?.into_dimensionality::<Ix2>().map_err(FileFault::format)?;
    let (gamma, c, classes) = (number("gamma")?, number("c")?, file.integers("classes")?);
    if version == 1 {
        let coefficients =
            file.reals("coefficients")?.into_dimensionality::<Ix2>().map_err(FileFault::format)?;
        let rho = file.reals("rho")?.into_dimensionality::<Ix1>().map_err(FileFault::format)?;
        let old = OldParts { support_vectors, coefficients, rho, gamma, c, classes };
        return old.renew().map_err(|error| FileFault::Format { why: error.to_string() });
    }
    Ok(RbfSvmParts {
        support_vectors,
        support_labels: file.integers("support_labels")?,
        coefficients: file
            .doubles("coefficients")?
            .into_dimensionality::<Ix2>()
            .map_err(FileFault::format)?,
        rho: file.doubles("rho")?.into_dimensionality::<Ix1>().map_err(FileFault::format)?,
        gamma,
        c,
        classes,
    })
}

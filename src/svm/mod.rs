//! A support vector machine with a radial basis function kernel, for any number of classes and tens of thousands of
//! rows.
//!
//! One binary machine is fitted per pair of classes (one-versus-one: Knerr, Personnaz and Dreyfus, "Single-Layer
//! Learning Revisited", 1990). linfa's solver does the optimisation, on subsets of the rows that grow until the
//! optimality conditions hold on all of them, so that the result is the exact one at a fraction of the memory.
//!
//! ```
//! use wgrad::ndarray::array;
//! use wgrad::svm::RbfSvm;
//!
//! let latents = array![[0.0, 0.1], [0.2, 0.0], [3.0, 3.1], [3.2, 2.9]];
//! let svm = RbfSvm::params().c(10.0).fit(latents.view(), &[7, 7, 9, 9])?;
//! assert_eq!(svm.predict(array![[0.1, 0.1], [3.0, 3.0]].view())?, [7, 9]);
//! # Ok::<(), wgrad::svm::SvmError>(())
//! ```

mod binary;
mod error;
mod file;
mod kernel;
mod one_vs_one;
mod optimality;
mod params;
mod parts;
mod predict;

pub use error::SvmError;
pub use params::RbfSvmParams;
pub use parts::RbfSvmParts;

use kernel::{Embedding, Expansion};

/// A fitted support vector machine with the kernel `K(x, s) = exp(−γ‖x − s‖²)`.
#[derive(Debug, Clone)]
pub struct RbfSvm {
    parts: RbfSvmParts,
    embedding: Embedding,
    expansion: Expansion,
}

impl RbfSvm {
    /// Starts a fit with C = 1, γ = 1 / (features × variance) and subsets of at most 8192 rows.
    pub fn params() -> RbfSvmParams {
        RbfSvmParams::default()
    }

    /// Puts a machine together from its parts, for example from a file.
    ///
    /// # Errors
    /// [`SvmError::Parts`] (or the error of the one number) if shapes, order or ranges do not fit together.
    pub fn from_parts(parts: RbfSvmParts) -> Result<Self, SvmError> {
        parts.check()?;
        let embedding = Embedding::new(parts.support_vectors.view(), parts.gamma);
        let support = embedding.apply(parts.support_vectors.view());
        let expansion = Expansion::new(&support, parts.coefficients.view(), parts.rho.view());
        Ok(Self { parts, embedding, expansion })
    }

    /// Everything the machine consists of, for example to save it.
    pub fn parts(&self) -> &RbfSvmParts {
        &self.parts
    }

    /// The number of rows that the decision of at least one pair of classes needs.
    pub fn support_vectors(&self) -> usize {
        self.parts.support_vectors.nrows()
    }

    /// The number of features of a row.
    pub fn features(&self) -> usize {
        self.parts.support_vectors.ncols()
    }

    /// γ of the kernel.
    pub fn gamma(&self) -> f64 {
        self.parts.gamma
    }

    /// The penalty C of the fit.
    pub fn c(&self) -> f64 {
        self.parts.c
    }

    /// The labels, ascending.
    pub fn classes(&self) -> &[u32] {
        &self.parts.classes
    }
}

//! A support vector machine with a radial basis function kernel, for any number of classes and tens of thousands of
//! rows.
//!
//! One binary machine is fitted per pair of classes (one-versus-one: Knerr, Personnaz and Dreyfus, "Single-Layer
//! Learning Revisited", 1990), and its answers are libsvm's: the same optimum, to the same tolerance, for any data, C and γ.
//! linfa's solver makes a first guess on a sample of many rows. Sequential minimal optimisation goes on from there, on a
//! working set of rows that grows and shrinks, with a cache of kernel rows that bounds the memory.
//!
//! Coefficients, gradients and decisions are f64. Where rows are many, f32 products sort out those that need no closer look:
//! only where a computed bound of their error shows that f64 would say the same.
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
mod cache;
mod class_weights;
mod decision;
mod file;
mod kernel;
mod lanes;
mod old_file;
mod one_vs_one;
mod params;
mod parts;
mod predict;
mod product;
mod scan;
mod selection;
mod smo;
mod start;
mod watch;

pub use crate::error::svm::SvmError;
pub use crate::error::svm_warning::SvmWarning;
pub use class_weights::ClassWeights;
pub use params::RbfSvmParams;
pub use parts::RbfSvmParts;
pub use predict::Classified;
pub use watch::SvmProgress;

use decision::Decisions;
use product::Product;

/// A fitted support vector machine with the kernel `K(x, s) = exp(−γ‖x − s‖²)`.
///
/// ```
/// use wgrad::ndarray::array;
/// use wgrad::svm::RbfSvm;
///
/// let latents = array![[0.0, 0.1], [0.2, 0.0], [3.0, 3.1], [3.2, 2.9]];
/// let svm = RbfSvm::params().fit(latents.view(), &[7, 7, 9, 9])?;
/// assert_eq!((svm.classes(), svm.features()), (&[7, 9][..], 2));
/// assert_eq!(svm.predict(latents.view())?, [7, 7, 9, 9]);
/// # Ok::<(), wgrad::svm::SvmError>(())
/// ```
#[derive(Debug, Clone)]
pub struct RbfSvm {
    parts: RbfSvmParts,
    warnings: Vec<SvmWarning>,
    decisions: Decisions,
    product: Option<Product>,
}

impl RbfSvm {
    /// Starts a fit with C = 1, γ = 1 / (features × variance), a tolerance of 0.001 and 200 MB of cached kernel rows.
    pub fn params() -> RbfSvmParams {
        RbfSvmParams::default()
    }

    /// Puts a machine together from its parts, for example from a file.
    ///
    /// # Errors
    /// [`SvmError::Parts`] (or the error of the one number) if shapes, order or ranges do not fit together.
    pub fn from_parts(parts: RbfSvmParts) -> Result<Self, SvmError> {
        parts.check()?;
        let (decisions, product) = (Decisions::new(&parts), Product::new(&parts));
        Ok(Self { parts, warnings: Vec::new(), decisions, product })
    }

    /// Everything the machine consists of, for example to save it.
    pub fn parts(&self) -> &RbfSvmParts {
        &self.parts
    }

    /// The pairs of classes that were not solved to the tolerance, each with the best machine found; none after a fit
    /// that went well. They are not saved.
    pub fn warnings(&self) -> &[SvmWarning] {
        &self.warnings
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

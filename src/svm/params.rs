//! The choices of a fit and the checks of its input.

use ndarray::ArrayView2;

use super::watch::SvmProgress;
use super::{ClassWeights, RbfSvm, SvmError, one_vs_one};
use crate::backend::{Backend, Cpu};
use crate::train::callback::Flow;

/// What to fit: made by [`RbfSvm::params`], used up by [`RbfSvmParams::fit`].
///
/// ```
/// use wgrad::ndarray::array;
/// use wgrad::svm::RbfSvm;
///
/// let latents = array![[0.0, 0.1], [0.2, 0.0], [3.0, 3.1], [3.2, 2.9]];
/// let params = RbfSvm::params().c(10.0).gamma(Some(0.5));
/// let svm = params.fit(latents.view(), &[7, 7, 9, 9])?;
/// assert_eq!((svm.c(), svm.gamma()), (10.0, 0.5));
/// assert!(params.c(-1.0).check_settings().is_err());
/// # Ok::<(), wgrad::svm::SvmError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "`fit` makes a support vector machine with them"]
pub struct RbfSvmParams {
    pub(super) c: f64,
    pub(super) gamma: Option<f64>,
    pub(super) class_weights: ClassWeights,
    pub(super) tolerance: f64,
    pub(super) cache_megabytes: usize,
    pub(super) max_iterations: Option<u64>,
    pub(super) require_convergence: bool,
}

impl Default for RbfSvmParams {
    fn default() -> Self {
        Self {
            c: 1.0,
            gamma: None,
            class_weights: ClassWeights::Equal,
            tolerance: 1e-3,
            cache_megabytes: 200,
            max_iterations: None,
            require_convergence: false,
        }
    }
}

impl RbfSvmParams {
    /// Sets the penalty C of a margin violation (1 if not set): larger fits the training rows more closely.
    pub fn c(mut self, c: f64) -> Self {
        self.c = c;
        self
    }

    /// Sets γ of the kernel `exp(−γ‖x − s‖²)`; `None` (as if not set) is `1 / (features × variance)`, the variance
    /// being that of all features of all rows together.
    pub fn gamma(mut self, gamma: Option<f64>) -> Self {
        self.gamma = gamma;
        self
    }

    /// Sets what C is multiplied with for the rows of each class (all alike if not set).
    pub fn class_weights(mut self, weights: ClassWeights) -> Self {
        self.class_weights = weights;
        self
    }

    /// Sets by how much the optimality conditions of two rows may be violated (0.001 if not set; below 2).
    ///
    /// With the gradients `g = y − Σ α K` of the dual objective, this bounds the largest g of rows whose α can rise minus
    /// the least g of rows whose α can fall, as in libsvm. Support vectors between the bounds are on their margin to within
    /// it.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Sets how much memory kernel rows may take in all, in units of 2²⁰ bytes (200 if not set), though at least two rows a
    /// thread. More of it saves time where a pair of classes has many thousands of support vectors.
    pub fn cache_megabytes(mut self, megabytes: usize) -> Self {
        self.cache_megabytes = megabytes;
        self
    }

    /// Sets after how many iterations a pair of classes is left as it is, with a warning; `None` (as if not set) is
    /// 10 million, or 100 per row if that is more. An iteration moves the coefficients of two rows.
    pub fn max_iterations(mut self, iterations: Option<u64>) -> Self {
        self.max_iterations = iterations;
        self
    }

    /// Makes a pair of classes that does not converge an error (if not set, it is one of [`RbfSvm::warnings`]).
    pub fn require_convergence(mut self, required: bool) -> Self {
        self.require_convergence = required;
        self
    }

    /// Fits one binary machine per pair of classes, in parallel on rayon's threads; their number does not change
    /// the result.
    ///
    /// # Shapes
    /// `latents` is rows × features, `labels` has one entry per row. Any two or more different labels will do.
    ///
    /// # Errors
    /// [`SvmError`] if the input is empty, not finite, of one class or of differing lengths, if a parameter is out of
    /// range, or, where that is [required](Self::require_convergence), if a pair of classes does not converge.
    pub fn fit(&self, latents: ArrayView2<'_, f32>, labels: &[u32]) -> Result<RbfSvm, SvmError> {
        self.fit_with_progress(latents, labels, |_| Flow::Continue)
    }

    /// Fits as [`RbfSvmParams::fit`] does and calls `on_progress` after every pair of classes and every 100 ms, from
    /// several threads, but one at a time. [`Flow::Stop`] ends the fit, unless it is done. The calls hold up the fit, and must
    /// not wait for work on rayon's threads, which the fit runs on.
    ///
    /// ```
    /// # use wgrad::ndarray::array;
    /// # use wgrad::svm::RbfSvm;
    /// use wgrad::callback::Flow;
    ///
    /// let rows = array![[0.0], [1.0], [2.0]];
    /// let svm = RbfSvm::params().fit_with_progress(rows.view(), &[0, 1, 2], |progress| {
    ///     println!("{} of {} pairs of classes", progress.pairs_done, progress.pairs);
    ///     Flow::Continue
    /// })?;
    /// # Ok::<(), wgrad::svm::SvmError>(())
    /// ```
    ///
    /// # Errors
    /// As [`RbfSvmParams::fit`], and [`SvmError::Interrupted`].
    pub fn fit_with_progress(
        &self,
        latents: ArrayView2<'_, f32>,
        labels: &[u32],
        on_progress: impl Fn(&SvmProgress) -> Flow + Sync,
    ) -> Result<RbfSvm, SvmError> {
        self.fit_on(|| Cpu::<f32>::with_threads(1), latents, labels, on_progress)
    }

    /// The same with the f32 products from backends of one's own: `backend` is called for every pair of classes with
    /// rows enough, by several threads. The pairs are solved on the processor all the same.
    ///
    /// ```no_run
    /// # use wgrad::backend::gpu::{AdapterChoice, Gpu};
    /// # use wgrad::callback::Flow;
    /// # use wgrad::svm::RbfSvm;
    /// # let (latents, labels) = (wgrad::ndarray::Array2::zeros((2, 2)), [0, 1]);
    /// let gpu = Gpu::new(&AdapterChoice::default())?;
    /// let svm = RbfSvm::params().fit_on(|| gpu.another(), latents.view(), &labels, |_| Flow::Continue)?;
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`RbfSvmParams::fit_with_progress`], and a device that cannot run it.
    pub fn fit_on<B: Backend + 'static>(
        &self,
        backend: impl Fn() -> crate::error::Result<B> + Sync,
        latents: ArrayView2<'_, f32>,
        labels: &[u32],
        on_progress: impl Fn(&SvmProgress) -> Flow + Sync,
    ) -> Result<RbfSvm, SvmError> {
        self.check(latents, labels)?;
        let gamma = match self.gamma {
            Some(gamma) => gamma,
            None => scale_gamma(latents)?,
        };
        let backend = || backend().map(|backend| Box::new(backend) as Box<dyn Backend>);
        let (parts, warnings) = one_vs_one::fit(self, gamma, latents, labels, &backend, &on_progress)?;
        Ok(RbfSvm { warnings, ..RbfSvm::from_parts(parts)? })
    }

    /// Checks the settings alone, before there are rows to fit.
    ///
    /// # Errors
    /// [`SvmError`] if a parameter is out of range.
    pub fn check_settings(&self) -> Result<(), SvmError> {
        check_positive(self.c).map_err(|value| SvmError::InvalidC { value })?;
        check_positive(self.gamma.unwrap_or(1.0)).map_err(|value| SvmError::InvalidGamma { value })?;
        if !(self.tolerance > 0.0 && self.tolerance < 2.0) {
            return Err(SvmError::InvalidTolerance { value: self.tolerance });
        }
        if self.cache_megabytes == 0 {
            return Err(SvmError::NoCache);
        }
        if self.max_iterations == Some(0) {
            return Err(SvmError::NoIterations);
        }
        self.class_weights.check()
    }

    fn check(&self, latents: ArrayView2<'_, f32>, labels: &[u32]) -> Result<(), SvmError> {
        self.check_settings()?;
        let (rows, features) = latents.dim();
        if rows == 0 || features == 0 {
            return Err(SvmError::Empty { rows, features });
        }
        if rows != labels.len() {
            return Err(SvmError::LabelCount { rows, labels: labels.len() });
        }
        check_finite(latents)
    }
}

/// Passes positive finite numbers and hands back the others as the error.
pub(super) fn check_positive(value: f64) -> Result<(), f64> {
    if value > 0.0 && value.is_finite() { Ok(()) } else { Err(value) }
}

pub(super) fn check_finite(rows: ArrayView2<'_, f32>) -> Result<(), SvmError> {
    match rows.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, feature), &value)) => Err(SvmError::NotFinite { row, feature, value }),
        None => Ok(()),
    }
}

/// `1 / (features × variance)`. Deviations are taken from the first value, so that a constant has variance 0 exactly.
fn scale_gamma(latents: ArrayView2<'_, f32>) -> Result<f64, SvmError> {
    let first = latents.first().copied().unwrap_or_default();
    let count = latents.len() as f64;
    let deviations = || latents.iter().map(|&x| f64::from(x) - f64::from(first));
    let mean = deviations().sum::<f64>() / count;
    let variance = deviations().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    if variance > 0.0 {
        Ok(1.0 / (latents.ncols() as f64 * variance))
    } else {
        Err(SvmError::ZeroVariance { rows: latents.nrows(), value: first })
    }
}

//! The choices of a fit and the checks of its input.

use ndarray::ArrayView2;

use super::one_vs_one;
use super::{RbfSvm, SvmError};
use crate::backend::{Backend, Cpu};

/// What to fit: made by [`RbfSvm::params`], used up by [`RbfSvmParams::fit`].
#[derive(Debug, Clone, PartialEq)]
pub struct RbfSvmParams {
    pub(super) c: f64,
    pub(super) gamma: Option<f64>,
    pub(super) max_subset: usize,
}

impl Default for RbfSvmParams {
    fn default() -> Self {
        Self { c: 1.0, gamma: None, max_subset: 8192 }
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

    /// Sets the most rows of one pair of classes that may be in a kernel matrix at once (8192 if not set).
    ///
    /// Such a matrix takes `8 × rows²` bytes, and every thread has one. What is needed is a little more than the
    /// support vectors of the pair, so that the limit matters only where classes overlap heavily.
    pub fn max_subset(mut self, rows: usize) -> Self {
        self.max_subset = rows;
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
    /// range, or if a pair of classes exceeds [`RbfSvmParams::max_subset`] or does not converge.
    pub fn fit(&self, latents: ArrayView2<'_, f32>, labels: &[u32]) -> Result<RbfSvm, SvmError> {
        self.fit_with_progress(latents, labels, |_, _| {})
    }

    /// Fits as [`RbfSvmParams::fit`] does and calls `on_pair(done, total)` after every pair of classes.
    ///
    /// The calls come from several threads, but one at a time and with `done` rising from 1 to `total`.
    ///
    /// # Errors
    /// As [`RbfSvmParams::fit`].
    pub fn fit_with_progress(
        &self,
        latents: ArrayView2<'_, f32>,
        labels: &[u32],
        on_pair: impl Fn(usize, usize) + Sync,
    ) -> Result<RbfSvm, SvmError> {
        self.fit_on(|| Cpu::<f32>::with_threads(1), latents, labels, on_pair)
    }

    /// The same with the kernel values that the optimality conditions need from backends of one's own: `backend` is
    /// called for every pair of classes, by several threads. The pairs are solved on the processor all the same.
    ///
    /// ```no_run
    /// # use wgrad::backend::gpu::{AdapterChoice, Gpu};
    /// # use wgrad::svm::RbfSvm;
    /// # let (latents, labels) = (wgrad::ndarray::Array2::zeros((2, 2)), [0, 1]);
    /// let gpu = Gpu::new(&AdapterChoice::default())?;
    /// let svm = RbfSvm::params().fit_on(|| gpu.another(), latents.view(), &labels, |_, _| {})?;
    /// # Ok::<(), wgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`RbfSvmParams::fit`], and a device that cannot run it.
    pub fn fit_on<B: Backend + 'static>(
        &self,
        backend: impl Fn() -> crate::Result<B> + Sync,
        latents: ArrayView2<'_, f32>,
        labels: &[u32],
        on_pair: impl Fn(usize, usize) + Sync,
    ) -> Result<RbfSvm, SvmError> {
        self.check(latents, labels)?;
        let gamma = match self.gamma {
            Some(gamma) => gamma,
            None => scale_gamma(latents)?,
        };
        let backend = || backend().map(|backend| Box::new(backend) as Box<dyn Backend>);
        RbfSvm::from_parts(one_vs_one::fit(self, gamma, latents.view(), labels, &backend, on_pair)?)
    }

    /// Checks the settings alone, before there are rows to fit.
    ///
    /// # Errors
    /// [`SvmError`] if a parameter is out of range.
    pub fn check_settings(&self) -> Result<(), SvmError> {
        check_positive(self.c).map_err(|value| SvmError::InvalidC { value })?;
        check_positive(self.gamma.unwrap_or(1.0)).map_err(|value| SvmError::InvalidGamma { value })?;
        if self.max_subset < 2 {
            return Err(SvmError::InvalidMaxSubset { value: self.max_subset });
        }
        Ok(())
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

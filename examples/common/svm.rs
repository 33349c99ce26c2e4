//! Fitting a support vector machine: flags, a bar, Ctrl-C and warnings.

use std::sync::atomic::Ordering;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use wgrad::Result;
use wgrad::callback::Flow;
use wgrad::ndarray::ArrayView2;
use wgrad::svm::{RbfSvm, RbfSvmParams, SvmProgress};

use super::{interrupt, warn};

/// How to fit.
#[derive(Args, Clone, Debug)]
pub struct SvmArgs {
    /// The support vector machine's γ [default: 1 / (features × variance)].
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub svm_gamma: Option<f64>,
    /// Memory for the support vector machine's kernel rows, in MB.
    #[arg(long, value_name = "MB", default_value_t = 200)]
    pub svm_cache: usize,
    /// Iterations after which two classes are left as they are [default: 10 million, or 100 per row].
    #[arg(long, value_name = "N")]
    pub svm_iterations: Option<u64>,
}

impl SvmArgs {
    pub fn params(&self, c: f64) -> RbfSvmParams {
        let params = RbfSvm::params().c(c).gamma(self.svm_gamma);
        params.cache_megabytes(self.svm_cache).max_iterations(self.svm_iterations)
    }
}

/// Fits a machine with a bar on the terminal. Ctrl-C ends the fit with an error. What did not converge is said once.
pub fn fit(params: &RbfSvmParams, rows: ArrayView2<f32>, labels: &[u32], quiet: bool) -> Result<RbfSvm> {
    let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::no_length() };
    // The template is a constant; were it wrong, indicatif's own style would do.
    if let Ok(style) = ProgressStyle::with_template("support vector machine {wide_bar} {msg}") {
        bar.set_style(style);
    }
    let fitted = interrupt::heed("leaving the support vector machine", |asked| {
        params.fit_with_progress(rows, labels, |progress| {
            show(&bar, progress);
            if asked.load(Ordering::Relaxed) { Flow::Stop } else { Flow::Continue }
        })
    });
    bar.finish_and_clear();
    let svm = fitted?;
    if let [first, others @ ..] = svm.warnings() {
        warn(format_args!("warning: {first}"));
        if !others.is_empty() {
            warn(format_args!("warning: so were {} more pairs of classes", others.len()));
        }
    }
    Ok(svm)
}

fn show(bar: &ProgressBar, progress: &SvmProgress) {
    let SvmProgress { pairs_done, pairs, .. } = progress;
    bar.set_length(*pairs as u64);
    bar.set_message(format!("{pairs_done} of {pairs} pairs of classes"));
    bar.set_position(*pairs_done as u64);
}

//! What a support vector machine makes of rows of features.

use wgrad::Result;
use wgrad::metrics::ClassReport;
use wgrad::ndarray::{ArrayView2, s};
use wgrad::serde_json::{Value, json};
use wgrad::svm::RbfSvm;

use crate::common::{say, svm};
use crate::lab::{Lab, timed};

/// A fitted machine and how it did on the test images.
pub struct Judged {
    pub report: ClassReport,
    pub predictions: Vec<u32>,
    pub support: usize,
    pub rows: usize,
    pub c: f64,
    pub fit_seconds: f64,
    pub predict_seconds: f64,
}

impl Judged {
    /// Fits a machine on the first rows of the training images' features, and asks it about the test images'.
    pub fn new(lab: &Lab, [train, test]: [ArrayView2<f32>; 2], rows: usize, c: f64) -> Result<Self> {
        let (images, rows) = (&lab.images, rows.min(train.nrows()));
        let (fitted, labels) = (train.slice(s![..rows, ..]), &images.train.labels[..rows]);
        let fit = || svm::fit(&RbfSvm::params().c(c), fitted, labels, lab.flags.quiet);
        let (svm, fit_seconds) = timed(fit)?;
        let (predictions, predict_seconds) = timed(|| Ok(svm.predict(test)?))?;
        let names = images.class_names();
        let report =
            ClassReport::new(&images.test.labels, &predictions)?.named(|class| names[&class].clone());
        let share = 100.0 * report.accuracy();
        let cols = train.ncols();
        say(format_args!("{rows} rows of {cols} numbers, C = {c}: {share:.2} % right, {fit_seconds:.1} s"))?;
        let support = svm.support_vectors();
        Ok(Self { report, predictions, support, rows, c, fit_seconds, predict_seconds })
    }

    /// Percent of the test images.
    pub fn percent(&self) -> f64 {
        100.0 * self.report.accuracy()
    }

    /// Microseconds for a prediction.
    pub fn microseconds(&self) -> f64 {
        1e6 * self.predict_seconds / self.predictions.len() as f64
    }

    pub fn json(&self) -> Value {
        json!({
            "rows": self.rows, "c": self.c, "accuracy": self.report.accuracy(), "support_vectors": self.support,
            "fit_seconds": self.fit_seconds, "predict_seconds": self.predict_seconds,
        })
    }
}

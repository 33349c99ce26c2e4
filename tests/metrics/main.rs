//! Metrics and the classification report: against numbers from scikit-learn (`record.py`) and worked out by hand, in trainings, in
//! early stopping and on several outputs; classes of samples and binary sets.

mod binary;
mod faults;
mod recorded;
mod report;
mod stopping;
mod training;

#[path = "../gpu/support.rs"]
#[expect(dead_code, reason = "devices alone are used here")]
mod support;

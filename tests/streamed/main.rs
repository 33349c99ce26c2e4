//! Samples that are read while a model is trained on those before: the same training as on a dataset that a device holds.

mod divergence;
mod faults;
mod resume;
mod same;
mod shuffling;
mod source;
mod validation;
mod waiting;
mod weights;

#[path = "../gpu/support.rs"]
#[expect(dead_code, reason = "devices alone are used here")]
mod support;

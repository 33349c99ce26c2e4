//! Models in files, trainings that are left and resumed, and what can go wrong with either.

mod kill;
mod resume;
mod save;

#[path = "../gpu/support.rs"]
#[expect(dead_code, reason = "the device alone is used here")]
mod support;

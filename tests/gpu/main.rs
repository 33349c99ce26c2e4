//! The GPU backend on a real adapter. `WGRAD_GPU=require` makes a missing one a failure; `WGRAD_ADAPTER` chooses, and
//! `WGRAD_LIMITS` takes from it what weak devices lack.

mod adapters;
mod dropout;
mod faults;
mod limits;
#[cfg(target_os = "linux")]
mod memory;
mod models;
mod noop;
mod programs;
mod sharing;
#[allow(dead_code, reason = "the tests of ops use the rest")]
mod support;
#[cfg(feature = "svm")]
mod svm;

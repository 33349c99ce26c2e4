//! The GPU backend on a real adapter. `WGRAD_GPU=require` makes a missing one a failure; `WGRAD_ADAPTER` chooses.

mod adapters;
mod faults;
#[path = "../jobs/mod.rs"]
mod jobs;
mod limits;
mod programs;
mod sharing;
mod support;
mod training;

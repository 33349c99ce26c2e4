//! The GPU backend on a real adapter. `WGRAD_GPU=require` makes a missing one a failure; `WGRAD_ADAPTER` chooses.

mod adapters;
mod dropout;
mod faults;
mod limits;
mod programs;
mod sharing;
mod support;

//! Optimizers and schedules against numbers from PyTorch (`record.py`), on every backend, and what their settings may be.

#[allow(dead_code, reason = "the tests of the GPU backend use the rest")]
#[path = "../gpu/support.rs"]
mod support;

mod averages;
mod plateau;
mod recorded;
mod settings;

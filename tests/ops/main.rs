//! Every op on a GPU held against the CPU, and the check itself held against planted faults.

mod catalogue;
mod devices;
mod faults;
mod halves;
mod meanings;
mod mutant;
mod norms;
#[allow(dead_code, reason = "the tests of the GPU backend use the rest")]
#[path = "../gpu/support.rs"]
mod support;
mod verify;

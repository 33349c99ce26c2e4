//! What tests programs and devices.

pub mod gradcheck;
pub mod self_check;

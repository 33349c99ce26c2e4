//! The support vector machine.

mod errors;
mod file;
mod hard;
mod solution;

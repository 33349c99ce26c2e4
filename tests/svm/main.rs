//! The support vector machine.

mod case;
mod errors;
mod file;
mod hard;
mod made_up;
mod recorded;
mod solution;

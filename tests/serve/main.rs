//! Predictors: what they give on every backend, to many threads, in one queue, and when something fails.

mod answers;
mod faults;
mod models;
mod queue;
#[allow(dead_code, reason = "the tests of the GPU backend use the rest")]
#[path = "../gpu/support.rs"]
mod support;
mod watched;

use wgrad::Predictor;

/// What a server asks of a predictor, when the compiler looks at it.
const fn is_shared<T: Send + Sync + Clone + std::fmt::Debug>() {}
const _: () = is_shared::<Predictor>();

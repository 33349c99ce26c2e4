//! The ops: each file has an op's meaning, its kernel and its derivative; `shaders/` has the WGSL beside it.

mod accuracy;
pub mod activation;
mod add_to;
mod clip;
mod collect;
mod decay;
pub mod dense;
mod dropout;
mod gather;
pub mod loss;
pub mod optimizer;
mod softmax;

use crate::op::Op;
use crate::program::Program;
use crate::recorder::Recorder;
use crate::tensor::Tensor;

pub use accuracy::Hits;
pub use activation::{Activate, ActivationGradient};
pub use add_to::AddTo;
pub use clip::{ClipFactor, SumSquares};
pub use collect::Collect;
pub use decay::Decay;
pub use dense::{Dense, Gradients, InputGradient, WeightGradient};
pub use dropout::Dropout;
pub use gather::Gather;
pub use loss::{ElementLoss, SoftmaxCrossEntropy};
pub use optimizer::{Adam, Momentum, RmsProp, Sgd, Update};
pub use softmax::{Softmax, SoftmaxGradient};

/// Every case of an op as a program of one step, for batches of up to `capacity` samples.
///
/// # Errors
/// A case whose tensors do not fit.
pub fn cases_of<O: Op>(capacity: usize) -> crate::Result<Vec<Program>> {
    let mut tape = Recorder::new(O::NAME, capacity);
    let cases = O::cases(&mut tape);
    let program = |op: O| {
        let mut tape = Recorder::new(O::NAME, capacity).share(tape.buffers());
        tape.push(op);
        tape.finish()
    };
    cases.into_iter().map(program).collect()
}

macro_rules! catalogue {
    ($($op:ty),* $(,)?) => {
        /// Every case of every op of the crate, for batches of up to `capacity` samples: what the tests walk over.
        ///
        /// # Errors
        /// A case whose tensors do not fit.
        pub fn catalogue(capacity: usize) -> crate::Result<Vec<Program>> {
            let mut all = Vec::new();
            $(all.extend(cases_of::<$op>(capacity)?);)*
            Ok(all)
        }
    };
}

catalogue! {
    Dense, InputGradient, WeightGradient, Gradients, Activate, ActivationGradient, Softmax, SoftmaxGradient, Dropout,
    ElementLoss, SoftmaxCrossEntropy, Hits, Gather, Collect, AddTo, SumSquares, ClipFactor, Decay,
    Update<Sgd>, Update<Momentum>, Update<RmsProp>, Update<Adam>,
}

/// An error unless all tensors have the shape of the first.
pub(crate) fn alike(tensors: &[Tensor]) -> Result<(), String> {
    match tensors.iter().find(|t| t.shape() != tensors[0].shape()) {
        Some(other) => Err(format!("needs equal shapes, and has {} and {other}", tensors[0])),
        None => Ok(()),
    }
}

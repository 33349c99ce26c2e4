//! What made a tensor. A loss on probabilities is recorded on what is behind their sigmoid or softmax: of a probability
//! that was rounded to 0 or 1 no gradient is left.

use crate::ops::activation::{Activate, Activation};
use crate::ops::{Convert, Dense, Dropout, Softmax};
use crate::program::op::Domain;
use crate::program::recorder::Recorder;
use crate::program::tensor::Tensor;

/// What makes probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Squash {
    Sigmoid,
    Softmax,
}

/// What is known of a tensor's values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Output {
    /// What they may be; `None` where an op from outside made them, or none.
    pub(super) domain: Option<Domain>,
    /// What made probabilities of them, and what its arguments may be.
    pub(super) squash: Option<(Squash, Option<Domain>)>,
    /// Whether a dropout has changed them since.
    pub(super) dropped: bool,
}

impl Output {
    fn of(activation: &Activation, argument: Option<Domain>) -> Self {
        let squash = made(activation, Squash::Sigmoid).then_some((Squash::Sigmoid, argument));
        Self { domain: Some(activation.values()), squash, dropped: false }
    }
}

/// What is known of the values of `tensor`.
pub(super) fn output(tape: &Recorder, tensor: Tensor) -> Output {
    let Some(op) = tape.writer(tensor) else { return Output::default() };
    if let Some(Dense { activation, .. }) = op.downcast_ref() {
        return Output::of(activation, Some(Domain::Any));
    }
    if let Some(Softmax { x, .. }) = op.downcast_ref() {
        let squash = Some((Squash::Softmax, output(tape, *x).domain));
        return Output { domain: Some(Domain::Unit), squash, dropped: false };
    }
    if let Some(Dropout { x, .. }) = op.downcast_ref() {
        return Output { dropped: true, ..output(tape, *x) };
    }
    match (op.downcast_ref::<Activate>(), op.downcast_ref::<Convert>()) {
        (Some(Activate { activation: Activation::Identity(_), x, .. }), _) => output(tape, *x),
        (Some(Activate { activation, x, .. }), _) => Output::of(activation, output(tape, *x).domain),
        (_, Some(Convert { x, .. })) => output(tape, *x),
        _ => Output::default(),
    }
}

/// The logits that a sigmoid made probabilities from, if one did: what a loss of probabilities is recorded on, since a probability that
/// was rounded to 0 or 1 has no gradient left.
///
/// ```
/// use wgrad::losses::before_sigmoid;
/// use wgrad::ops::Activate;
/// use wgrad::ops::activation::Sigmoid;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("logits", 1);
/// let [x, y] = ["x", "y"].map(|name| tape.batched(name, 1));
/// tape.push(Activate { activation: Sigmoid.into(), x, y });
/// assert_eq!(before_sigmoid(&mut tape, y), Some(x));
/// assert_eq!(before_sigmoid(&mut tape, x), None);
/// ```
pub fn before_sigmoid(tape: &mut Recorder, probabilities: Tensor) -> Option<Tensor> {
    argument(tape, probabilities, Squash::Sigmoid)
}

/// The scores that a softmax made probabilities from, if one did.
///
/// ```
/// use wgrad::losses::before_softmax;
/// use wgrad::ops::Softmax;
/// use wgrad::Recorder;
///
/// let mut tape = Recorder::new("scores", 1);
/// let [x, y] = ["x", "y"].map(|name| tape.batched(name, 3));
/// tape.push(Softmax { x, y });
/// assert_eq!(before_softmax(&mut tape, y), Some(x));
/// ```
pub fn before_softmax(tape: &mut Recorder, probabilities: Tensor) -> Option<Tensor> {
    argument(tape, probabilities, Squash::Softmax)
}

/// What a sigmoid or a softmax made `tensor` from, if one did. A pass removes its own step where nobody reads `tensor`.
fn argument(tape: &mut Recorder, tensor: Tensor, of: Squash) -> Option<Tensor> {
    if tape.is_asked(tensor) {
        return None;
    }
    let op = tape.writer(tensor)?;
    if let Some(dense) = op.downcast_ref::<Dense>() {
        let linear = Dense { activation: Activation::identity(), ..dense.clone() };
        return made(&dense.activation, of).then(|| without_activation(tape, tensor, linear));
    }
    let through = |activation: &Activation| *activation == Activation::identity();
    let (x, found) = match (op.downcast_ref::<Activate>(), op.downcast_ref::<Convert>(), op.downcast_ref()) {
        (Some(Activate { activation, x, .. }), ..) if through(activation) => (*x, false),
        (Some(Activate { activation, x, .. }), ..) if made(activation, of) => (*x, true),
        (_, Some(Convert { x, .. }), _) => (*x, false),
        (.., Some(Softmax { x, .. })) if of == Squash::Softmax => (*x, true),
        _ => return None,
    };
    if found { Some(x) } else { argument(tape, x, of) }
}

fn made(activation: &Activation, of: Squash) -> bool {
    matches!(activation, Activation::Sigmoid(_)) && of == Squash::Sigmoid
}

/// Records a product without the activation that made `tensor` of it.
fn without_activation(tape: &mut Recorder, tensor: Tensor, linear: Dense) -> Tensor {
    let y = tape.tensor_like("logits", tensor);
    tape.push(Dense { y, ..linear });
    y
}

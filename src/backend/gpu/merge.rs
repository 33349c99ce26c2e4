//! Fewer dispatches: steps that do not depend on each other, and that one kernel can do together.

use crate::program::op::{MAX_OPERANDS, Use};
use crate::program::tensor::Tensor;
use crate::program::{Program, Step};

/// A program's steps, merged where ops offer it, the device binds `most` buffers, and the order of what depends on each
/// other stays.
pub(super) fn merged(program: &Program, most: usize) -> Program {
    let mut steps = program.steps.clone();
    let mut at = 0;
    while at < steps.len() {
        match (at + 1..steps.len()).find_map(|later| Some((later, merge(&steps, at, later, most)?))) {
            Some((later, step)) => {
                steps[at] = step;
                steps.remove(later);
            }
            None => at += 1,
        }
    }
    Program { steps, ..program.clone() }
}

/// One step for two, if the later one may as well run at once.
fn merge(steps: &[Step], at: usize, later: usize, most: usize) -> Option<Step> {
    let step = Step::of(steps[at].op().merged(steps[later].op())?.into());
    let early = steps[at + 1..later].iter().all(|between| independent(between, &steps[later]));
    (early && lawful(&step, most)).then_some(step)
}

/// Whether two steps may change places.
fn independent(one: &Step, other: &Step) -> bool {
    let touches =
        |step: &Step, written: Tensor| step.operands().iter().any(|(_, t)| t.buffer == written.buffer);
    !one.outputs().any(|written| touches(other, written))
        && !other.outputs().any(|written| touches(one, written))
}

/// Whether a step keeps the rule of the recorder: as many operands as the device binds, no buffer among them written and
/// used again.
fn lawful(step: &Step, most: usize) -> bool {
    let operands = step.operands();
    let written = operands.iter().enumerate().filter(|(_, (used, _))| *used != Use::In);
    let alone = |(number, (_, out)): (usize, &(Use, Tensor))| {
        operands.iter().enumerate().all(|(other, (_, tensor))| other == number || tensor.buffer != out.buffer)
    };
    operands.len() <= most.min(MAX_OPERANDS) && written.into_iter().all(alone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::activation::Activation;
    use crate::ops::{AddTo, Dense, InputGradient, WeightGradient};
    use crate::program::recorder::Recorder;
    use crate::program::tensor::Element;

    /// The names of the steps of a layer's backward pass, and of what is between its two gradients.
    fn names_on(most: usize, inputs: usize, between: impl Fn(&mut Recorder, Tensor)) -> Vec<&'static str> {
        let mut tape = Recorder::new("test", 3);
        let (x, y) = (tape.batched("x", inputs), tape.batched("y", 4));
        let [parameters, gradients] =
            ["parameters", "gradients"].map(|name| tape.tensor(name, Element::Real, inputs, 4));
        tape.push(Dense { x, weight: parameters, y, activation: Activation::identity() });
        let dz = tape.batched("dz", 4);
        let (dw, dx) = (gradients, tape.batched("dx", inputs));
        tape.push(WeightGradient { x, dz, dw });
        between(&mut tape, dz);
        tape.push(InputGradient { dz, weight: parameters, dx, slope: None });
        merged(&tape.finish().unwrap(), most).steps.iter().map(Step::name).collect()
    }

    fn names(inputs: usize, between: impl Fn(&mut Recorder, Tensor)) -> Vec<&'static str> {
        names_on(MAX_OPERANDS, inputs, between)
    }

    #[test]
    fn a_device_of_few_bindings_merges_only_what_they_hold() {
        let apart = ["dense", "dense.weight_gradient", "dense.input_gradient"];
        assert_eq!(names_on(4, 8, |_, _| ()), apart);
        assert_eq!(names_on(5, 8, |_, _| ()), ["dense", "dense.gradients"]);
    }

    #[test]
    fn a_layers_two_gradients_become_one_step() {
        assert_eq!(names(8, |_, _| ()), ["dense", "dense.gradients"]);
    }

    #[test]
    fn odd_sizes_stay_apart() {
        assert_eq!(names(7, |_, _| ()), ["dense", "dense.weight_gradient", "dense.input_gradient"]);
    }

    #[test]
    fn a_step_moves_past_what_it_does_not_depend_on_only() {
        let unrelated = |tape: &mut Recorder, _| {
            let [sum, part] = ["sum", "part"].map(|name| tape.batched(name, 4));
            tape.push(AddTo { sum, part });
        };
        assert_eq!(names(8, unrelated), ["dense", "dense.gradients", "add_to"]);
        let of_dz = |tape: &mut Recorder, dz| {
            let part = tape.batched("part", 4);
            tape.push(AddTo { sum: dz, part });
        };
        let apart = ["dense", "dense.weight_gradient", "add_to", "dense.input_gradient"];
        assert_eq!(names(8, of_dz), apart);
    }
}

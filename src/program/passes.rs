//! Passes over a recorded program: the same results by fewer steps. The order in which steps were recorded is no contract,
//! neither for speed nor for correctness.

use std::collections::HashSet;

use crate::program::op::{AnyOp, MAX_OPERANDS};
use crate::program::rule::one_rule;
use crate::program::tensor::{BufferId, Tensor};
use crate::program::{Program, Step};

/// One op for an earlier and a later one, if there is one.
type Join = fn(&dyn AnyOp, &dyn AnyOp) -> Option<Box<dyn AnyOp>>;

impl Program {
    /// Without the steps that only write what nobody reads: tensors of the batch that no other step uses and nobody
    /// [keeps](crate::Recorder::keep). The memory of those that nobody keeps may serve others after their last step, and a backend need not
    /// let anybody read them.
    #[must_use]
    pub fn without_unread_steps(mut self) -> Self {
        self.forget_exchanges();
        let mut read: HashSet<BufferId> = HashSet::new();
        let mut at = self.steps.len();
        while at > 0 {
            at -= 1;
            let step = &self.steps[at];
            let needed =
                step.outputs().any(|output| !self.is_private(output) || read.contains(&output.buffer));
            if needed {
                read.extend(step.inputs().map(|input| input.buffer));
            } else {
                self.steps.remove(at);
            }
        }
        self.with_passing_buffers().with_used_buffers()
    }

    /// With what nobody reads after a run known as such.
    fn with_passing_buffers(mut self) -> Self {
        let operands = self.steps.iter().flat_map(Step::operands);
        let mut lasting: HashSet<BufferId> =
            operands.filter(|(_, tensor)| !tensor.is_batched()).map(|(_, tensor)| tensor.buffer).collect();
        lasting.extend(self.kept.iter().map(|kept| kept.buffer));
        for (_, info) in self.buffers.iter_mut().filter(|(id, _)| !lasting.contains(id)) {
            info.scratch = true;
        }
        self
    }

    /// Without unread steps and fused, for a backend that joins steps of up to so many operands; as it is for others.
    pub(crate) fn lean(self, joins: Option<usize>) -> Self {
        match joins {
            Some(most_operands) => self.without_unread_steps().fused_up_to(most_operands),
            None => self,
        }
    }

    /// With steps fused where ops offer that ([`Op::fused`](crate::Op::fused)): an activation becomes part of the product before
    /// it. Tensors of the batch between two fused steps are not written any more.
    #[must_use]
    pub fn fused(self) -> Self {
        self.fused_up_to(MAX_OPERANDS)
    }

    fn fused_up_to(self, most_operands: usize) -> Self {
        self.joined(most_operands, |earlier, later| later.fused(earlier)).with_used_buffers()
    }

    /// With fewer dispatches, where ops offer that ([`Op::merged`](crate::Op::merged)) and a device binds so many operands.
    #[must_use]
    pub(crate) fn merged(self, most_operands: usize) -> Self {
        self.joined(most_operands, |earlier, later| earlier.merged(later))
    }

    /// With one step for two where `join` has one that does what both do for all others.
    fn joined(mut self, most_operands: usize, join: Join) -> Self {
        self.forget_exchanges();
        let mut at = 0;
        while at < self.steps.len() {
            let joined = |later| Some((later, self.join([at, later], most_operands, join)?));
            match (at + 1..self.steps.len()).find_map(joined) {
                Some((later, (place, step))) => {
                    self.steps[place] = step;
                    self.steps.remove(at + later - place);
                }
                None => at += 1,
            }
        }
        self
    }

    /// Steps that move leave no place between them.
    fn forget_exchanges(&mut self) {
        self.exchanges = self.exchanges.take().filter(Vec::is_empty);
    }

    /// One step for two, and the place of one of them, where nothing in between depends on it.
    fn join(&self, [at, later]: [usize; 2], most_operands: usize, join: Join) -> Option<(usize, Step)> {
        let step = Step::of(join(self.steps[at].op(), self.steps[later].op())?.into());
        let kept = |output: &Tensor| step.outputs().any(|kept| kept.extent() == output.extent());
        let mut gone =
            self.steps[at].outputs().chain(self.steps[later].outputs()).filter(|output| !kept(output));
        if !is_lawful(&step, most_operands)
            || !gone.all(|output| self.is_private(output) && !self.is_used_beside(output, [at, later]))
        {
            return None;
        }
        let can_move = |moved: usize| {
            let mut between = self.steps[at + 1..later].iter();
            between.all(|other| are_independent(other, &self.steps[moved]))
        };
        let place = if can_move(later) { at } else { later };
        (place == at || can_move(at)).then_some((place, step))
    }

    /// Whether nothing but this program's steps looks at a tensor.
    fn is_private(&self, tensor: Tensor) -> bool {
        tensor.is_batched() && !self.kept.contains(&tensor.extent())
    }

    fn is_used_beside(&self, tensor: Tensor, steps: [usize; 2]) -> bool {
        let uses = |step: &Step| step.operands().iter().any(|(_, other)| other.buffer == tensor.buffer);
        self.steps.iter().enumerate().any(|(number, step)| !steps.contains(&number) && uses(step))
    }

    fn with_used_buffers(mut self) -> Self {
        let mut used: HashSet<BufferId> =
            self.steps.iter().flat_map(Step::operands).map(|(_, tensor)| tensor.buffer).collect();
        used.extend(self.kept.iter().map(|kept| kept.buffer));
        self.buffers.retain(|id, _| used.contains(id));
        self
    }
}

/// Whether two steps may change places.
pub(super) fn are_independent(one: &Step, other: &Step) -> bool {
    let touches = |step: &Step, written: Tensor| {
        step.operands().iter().any(|(_, tensor)| tensor.extent().overlaps(&written.extent()))
    };
    !one.outputs().any(|written| touches(other, written))
        && !other.outputs().any(|written| touches(one, written))
}

/// Whether a step keeps the rule of the recorder, with as many operands as a device binds.
fn is_lawful(step: &Step, most_operands: usize) -> bool {
    step.operands().len() <= most_operands.min(MAX_OPERANDS) && one_rule(step.operands()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::activation::{Activate, Activation, Relu, Tanh};
    use crate::ops::loss::MeanSquaredError;
    use crate::ops::{AddTo, Dense, ElementLoss, InputGradient, WeightGradient};
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
        tape.finish().unwrap().merged(most).steps.iter().map(Step::name).collect()
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
    fn so_do_those_of_odd_sizes() {
        assert_eq!(names(7, |_, _| ()), ["dense", "dense.gradients"]);
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

    /// `tanh(x · W)`, read by `read`, with the gradient of its mean square; the steps that are left of it.
    fn fused_names(record: impl Fn(&mut Recorder, Tensor, Tensor)) -> Vec<&'static str> {
        let mut tape = Recorder::new("test", 3);
        let [x, z, y] = ["x", "z", "y"].map(|name| tape.batched(name, 4));
        let [weight, gradients] = ["w", "g"].map(|name| tape.tensor(name, Element::Real, 4, 4));
        tape.arena(weight, gradients);
        tape.push(Dense { x, weight, y: z, activation: Activation::identity() });
        tape.push(Activate { activation: Tanh.into(), x: z, y });
        record(&mut tape, z, y);
        let [target, losses] = [("target", 4), ("losses", 1)].map(|(name, cols)| tape.batched(name, cols));
        tape.push(ElementLoss::new(MeanSquaredError, y, target, losses));
        tape.keep(losses);
        tape.backward(losses);
        tape.finish().unwrap().lean(Some(MAX_OPERANDS)).steps.iter().map(Step::name).collect()
    }

    #[test]
    fn an_activation_goes_into_its_product_and_a_loss_keeps_its_gradient() {
        assert_eq!(fused_names(|_, _, _| ()), ["dense", "loss", "dense.weight_gradient"]);
    }

    #[test]
    fn what_somebody_reads_stays() {
        let kept = fused_names(|tape, z, _| tape.keep(z));
        assert_eq!(kept, ["dense", "activation", "loss", "dense.weight_gradient"]);
        let watched = fused_names(|tape, _, y| tape.watch(y));
        assert_eq!(watched, ["dense", "loss", "activation.gradient", "dense.weight_gradient"]);
        let read = fused_names(|tape, z, _| {
            let other = tape.batched("other", 4);
            tape.keep(other);
            tape.push(Activate { activation: Relu.into(), x: z, y: other });
        });
        assert_eq!(read, ["dense", "activation", "activation", "loss", "dense.weight_gradient"]);
        let unread = fused_names(|tape, z, _| {
            let other = tape.batched("other", 4);
            tape.push(Activate { activation: Relu.into(), x: z, y: other });
        });
        assert_eq!(unread, ["dense", "loss", "dense.weight_gradient"]);
    }
}

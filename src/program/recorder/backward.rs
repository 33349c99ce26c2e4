//! The way back: gradients by value, and the steps that give them.

use super::add_to::AddTo;
use super::seed::Seed;
use super::{Recorder, rows_in_words};
use crate::error::OpError;
use crate::program::Step;
use crate::program::tensor::{Element, Extent, Tensor};

impl Recorder {
    /// The value that a tensor is: its elements, for a copy in halves those of the parameters that it is of.
    fn value(&self, tensor: Tensor) -> Extent {
        let original = self.copies.iter().find(|(_, copy)| **copy == tensor.buffer);
        Tensor { buffer: original.map_or(tensor.buffer, |(original, _)| *original), ..tensor }.extent()
    }

    /// The gradient recorded so far for `tensor`, in its shape.
    pub fn gradient(&self, tensor: Tensor) -> Option<Tensor> {
        let Tensor { rows, cols, per_sample, .. } = tensor;
        self.gradients.get(&self.value(tensor)).map(|gradient| Tensor { rows, cols, per_sample, ..*gradient })
    }

    /// Contributes to the gradient of `tensor`, if it is wanted: `record` appends the step that writes the tensor
    /// it is given. A second contribution is added to the first.
    pub fn contribute(&mut self, tensor: Tensor, record: impl FnOnce(&mut Self, Tensor)) {
        self.contribute_beside(tensor, |tape, sum, before| {
            record(tape, sum);
            if let Some(part) = before {
                tape.push(AddTo { sum, part });
            }
        });
    }

    /// The same of a step that adds by itself what there is before, if there is something.
    pub(crate) fn contribute_beside(
        &mut self,
        tensor: Tensor,
        record: impl FnOnce(&mut Self, Tensor, Option<Tensor>),
    ) {
        if !self.wants(tensor) {
            return;
        }
        let before = self.gradient(tensor);
        let is_given = before.is_some_and(|before| self.given.contains(&before.extent()));
        match before {
            // The sum of a parameter's gradients has its place.
            Some(sum) if self.gradients_of(tensor).is_some() && !is_given => {
                let part = self.tensor_like("gradient.part", sum);
                record(self, part, None);
                self.push(AddTo { sum, part });
            }
            before => {
                let gradient = self.new_gradient(tensor);
                record(self, gradient, before);
            }
        }
    }

    /// Lets numbers that are there already be the gradient of `tensor`, if nothing else contributes to it yet. No step changes them from
    /// here on. Whether that is all there is to do.
    pub(crate) fn take_over(&mut self, tensor: Tensor, gradient: Tensor) -> bool {
        if !self.wants(tensor) {
            return true;
        }
        let alike = gradient.element == tensor.element && gradient.len() == tensor.len();
        let is_free = self.gradient(tensor).is_none() && self.gradients_of(tensor).is_none();
        if alike && is_free {
            self.given.insert(gradient.extent());
            self.gradients.insert(self.value(tensor), gradient);
        }
        alike && is_free
    }

    /// Where the first gradient of a tensor goes: beside the parameter that it is of, or to a buffer of its own.
    fn new_gradient(&mut self, tensor: Tensor) -> Tensor {
        let gradient = match self.gradients_of(tensor) {
            Some(buffer) => Tensor { buffer, element: Element::Real, ..tensor },
            None => {
                let name = format!("{}.gradient", self.buffers[&tensor.buffer].name);
                self.tensor_like(name, tensor)
            }
        };
        if self.gradients.values().any(|other| other.extent().overlaps(&gradient.extent())) {
            let name = &self.buffers[&tensor.buffer].name;
            let why = format!(
                "needs a gradient of rows {} of {name}, beside one of another part that shares some of them; use one part throughout",
                rows_in_words(tensor)
            );
            self.refuse("backward", why);
        }
        self.gradients.insert(self.value(tensor), gradient);
        gradient
    }

    /// Appends the derivative, with respect to every parameter and watched tensor, of the mean of `losses` over the samples of
    /// the whole batch. `losses` has one column. A tape is walked back once: add several losses first.
    ///
    /// This is reverse-mode differentiation; see Griewank and Walther, *Evaluating Derivatives* (2008), chapter 3.
    pub fn backward(&mut self, losses: Tensor) {
        self.backward_scaled(losses, None);
    }

    /// The same times the first number of `scale`, if there is one.
    pub fn backward_scaled(&mut self, losses: Tensor, scale: Option<Tensor>) {
        if self.begins_walk() {
            let seed = self.tensor_like("losses.gradient", losses);
            self.push(Seed { of: losses, scale, gradient: seed });
            self.walk(&[(losses, seed)]);
        }
    }

    /// The same from tensors and given gradients of them, instead of from losses: a vector-Jacobian product.
    pub fn backward_from(&mut self, gradients: &[(Tensor, Tensor)]) {
        if self.begins_walk() {
            self.walk(gradients);
        }
    }

    /// Whether this walk is the first. Another would go over the steps and the gradients of the first as well.
    fn begins_walk(&mut self) -> bool {
        let begins = !self.walked_back;
        if !begins {
            let why = "walks back a second time, and a tape is walked back once; add the losses, or give all gradients to one backward_from";
            self.refuse("backward", why);
        }
        self.walked_back = true;
        begins
    }

    fn walk(&mut self, gradients: &[(Tensor, Tensor)]) {
        for (tensor, gradient) in gradients {
            if let Err(why) = self.give(*tensor, *gradient) {
                self.refuse("backward", why.to_string());
            }
        }
        let tape: Vec<Step> = self.steps.clone();
        let mut exchanges = self.exchanges.clone();
        for (place, step) in tape.iter().enumerate().rev() {
            while let Some(exchange) = exchanges.pop_if(|exchange| exchange.steps > place) {
                self.exchange_gradient(exchange.tensor);
            }
            if step.outputs().any(|output| self.gradient(output).is_some()) {
                step.op().vjp(self);
            }
        }
    }

    /// Takes a gradient to begin with.
    fn give(&mut self, tensor: Tensor, gradient: Tensor) -> Result<(), OpError> {
        self.check_tensor(gradient)?;
        let name = self.check_tensor(tensor)?.name.clone();
        if gradient.len() != tensor.len() {
            return Err(OpError::new(format!(
                "is given {gradient} numbers as the gradient of {name}, {tensor}; both need as many"
            )));
        }
        self.given.insert(gradient.extent());
        match self.gradients.insert(self.value(tensor), gradient) {
            None => Ok(()),
            Some(_) => Err(OpError::new(format!("is given two gradients of {name}; add them first"))),
        }
    }

    /// Ranks exchange the gradient of what they exchanged; of one that was given a copy.
    fn exchange_gradient(&mut self, tensor: Tensor) {
        let Some(mut gradient) = self.gradient(tensor) else { return };
        if self.given.contains(&gradient.extent()) {
            gradient = self.copied(gradient);
            self.gradients.insert(self.value(tensor), gradient);
        }
        self.meet(gradient);
    }
}

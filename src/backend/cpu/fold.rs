//! Updates folded into the products that make their gradients: plain gradient descent needs no gradients in memory.

use super::plan::{Operand, Phase, PlannedStep};
use crate::program::op::Use;
use crate::program::tensor::Tensor;
use crate::program::{Batch, BufferInfo, Step};

/// An update that adds a scaled gradient to the parameters.
#[derive(Clone, Debug)]
pub(super) struct Folded {
    pub(super) step: Step,
    /// What gradients are multiplied by first.
    pub(super) factor: Operand,
}

/// Where an update is the only reader of what products write, and only adds it to the parameters, lets the products
/// add to them at once.
pub(super) fn fold(phases: &mut [Phase], infos: &[BufferInfo]) {
    let places =
        (0..phases.len()).flat_map(|place| (0..phases[place].steps.len()).map(move |at| (place, at)));
    let found =
        places.into_iter().find_map(|(place, at)| Some((place, at, foldable(phases, infos, place, at)?)));
    let Some((place, at, operands)) = found else { return };
    let phase = &mut phases[place];
    let update = phase.steps.remove(at);
    phase.written[operands[1].slot] = false;
    for step in phase.steps.iter_mut().filter(|step| step.makes(&operands[1])) {
        step.take(&update, operands);
    }
}

/// The parameters, gradients and factor of a step that can be folded.
fn foldable(phases: &[Phase], infos: &[BufferInfo], place: usize, at: usize) -> Option<[Operand; 3]> {
    let update = &phases[place].steps[at];
    update.step.op().scale(&Batch::default())?;
    let operands = <[Operand; 3]>::try_from(update.operands.clone()).ok()?;
    let [parameters, gradients, _] = &operands;
    if !infos[gradients.slot].scratch {
        return None;
    }
    let fits = |step: &PlannedStep, beside: bool| {
        if beside && step.makes(gradients) {
            return step.step.op().adds() && !step.touches(parameters);
        }
        !(step.touches(gradients) || beside && step.touches(parameters))
    };
    let others = |number: usize, phase: &Phase| {
        let here = number == place;
        phase.steps.iter().enumerate().all(|(other, step)| here && other == at || fits(step, here))
    };
    let made = phases[place].steps.iter().any(|step| step.makes(gradients));
    (made && phases.iter().enumerate().all(|(number, phase)| others(number, phase))).then_some(operands)
}

impl PlannedStep {
    fn touches(&self, other: &Operand) -> bool {
        self.operands.iter().any(|operand| operand.slot == other.slot)
    }

    fn makes(&self, gradients: &Operand) -> bool {
        self.writes().any(|operand| operand.slot == gradients.slot)
    }

    /// Writes to the parameters, as `update` would, instead of the gradients.
    fn take(&mut self, update: &Self, [parameters, gradients, factor]: [Operand; 3]) {
        for operand in self.operands.iter_mut().filter(|operand| operand.slot == gradients.slot) {
            let start = operand.tensor.start - gradients.tensor.start + parameters.tensor.start;
            operand.tensor = Tensor { buffer: parameters.tensor.buffer, start, ..operand.tensor };
            (operand.slot, operand.used) = (parameters.slot, Use::InOut);
        }
        self.update = Some(Folded { step: update.step.clone(), factor });
    }
}

#[cfg(test)]
mod tests {
    use crate::backend::{Backend, Cpu, Values};
    use crate::ops::{Sgd, Update, WeightGradient};
    use crate::program::recorder::Recorder;
    use crate::program::tensor::{Element, Tensor};
    use crate::program::{Batch, Program};

    /// Two layers' weight gradients and their update.
    struct Descent {
        program: Program,
        inputs: [Tensor; 2],
        parameters: Tensor,
        gradients: Tensor,
        factor: Tensor,
    }

    impl Descent {
        fn new(scratch: bool) -> Self {
            let mut tape = Recorder::new("test", 5);
            let [parameters, gradients] = ["w", "g"].map(|name| tape.tensor(name, Element::Real, 1, 320));
            let (x, dz) = (tape.batched("x", 18), tape.batched("dz", 13));
            let factor = tape.tensor("factor", Element::Real, 1, 1);
            for (start, rows) in [(0, 18), (256, 3)] {
                let dw = Tensor { start, rows, cols: 13, ..gradients };
                let x = if rows == 3 { tape.batched("few", 2) } else { x };
                tape.push(WeightGradient { x, dz, dw });
            }
            tape.push(Update::new(Sgd, parameters, gradients, factor, Vec::new()));
            if scratch {
                tape.scratch(gradients);
            }
            Self { program: tape.finish().unwrap(), inputs: [x, dz], parameters, gradients, factor }
        }

        /// The parameters and gradients after two steps.
        fn run(&self, factor: f32) -> [Vec<f32>; 2] {
            let mut cpu = Cpu::<f32>::with_threads(2).unwrap();
            let program = cpu.compile(&self.program).unwrap();
            let values = |count| (0..count).map(|i| (i % 7) as f32 - 2.5).collect::<Vec<_>>();
            for tensor in self.inputs.into_iter().chain([self.parameters]) {
                cpu.write(tensor, Values::Real(&values(tensor.len()))).unwrap();
            }
            cpu.write(self.factor, Values::Real(&[factor])).unwrap();
            cpu.run(program, &[Batch { rate: 0.1, ..Batch::of(5) }, Batch { rate: 0.2, ..Batch::of(4) }])
                .unwrap();
            [self.parameters, self.gradients].map(|tensor| cpu.read(tensor).unwrap())
        }
    }

    #[test]
    fn parameters_are_the_same_without_gradients_in_memory() {
        let [kept, gradients] = Descent::new(false).run(0.5);
        let [folded, unwritten] = Descent::new(true).run(0.5);
        let apart = kept.iter().zip(&folded).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-5, "{apart}");
        assert!(kept.iter().any(|w| w.abs() > 4.0), "the update changed nothing");
        assert!(gradients.iter().any(|g| *g != 0.0) && unwritten.iter().all(|g| *g == 0.0));
    }

    #[test]
    fn a_negative_factor_changes_nothing() {
        let [kept, folded] = [false, true].map(|scratch| Descent::new(scratch).run(-1.0));
        let before: Vec<f32> = (0..320).map(|i| (i % 7) as f32 - 2.5).collect();
        assert!(kept[0] == before && folded[0] == before);
    }
}

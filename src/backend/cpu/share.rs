//! Memory that tensors of the batch have one after the other: what one phase wrote and no later one reads makes room.

use super::plan::Plan;
use crate::program::op::Use;
use crate::program::tensor::{BufferId, Tensor};
use crate::program::{BufferInfo, Program};

/// The buffers of a program that need their memory only from the step that writes all of it to the last one that reads it.
pub(super) fn passing(program: &Program) -> Vec<BufferId> {
    let is_passing = |(buffer, info): &(&BufferId, &BufferInfo)| {
        let steps = program.steps().iter();
        let mut uses = steps.flat_map(|step| step.operands()).filter(|(_, tensor)| tensor.buffer == **buffer);
        let is_first = |(used, tensor): &(Use, _)| *used == Use::Out && whole(tensor, info);
        info.scratch
            && uses.clone().all(|(_, tensor)| tensor.is_batched())
            && uses.next().is_some_and(is_first)
    };
    program.buffers().iter().filter(is_passing).map(|(buffer, _)| *buffer).collect()
}

fn whole(tensor: &Tensor, info: &BufferInfo) -> bool {
    tensor.start == 0 && tensor.len() == info.len
}

/// Memory, and the last phase that uses it as far as is known.
struct Room {
    slot: usize,
    info: BufferInfo,
    last: usize,
}

impl Plan {
    /// Lets slots of these have the memory of others that no phase uses at the same time, and gives the slots that are left, with what
    /// they hold at most.
    pub(super) fn share(&mut self, passing: &[usize], infos: &[BufferInfo]) -> Vec<(usize, BufferInfo)> {
        let mut waiting: Vec<_> =
            passing.iter().filter_map(|slot| Some((self.phases_of(*slot)?, *slot))).collect();
        waiting.sort_unstable();
        let mut rooms: Vec<Room> = Vec::new();
        for ((first, last), slot) in waiting {
            let info = &infos[slot];
            let free = |room: &&mut Room| room.last < first && room.info.element == info.element;
            // The one that is nearest in size.
            match rooms.iter_mut().filter(free).min_by_key(|room| room.info.len.abs_diff(info.len)) {
                Some(room) => {
                    room.last = last;
                    room.info.len = room.info.len.max(info.len);
                    let into = room.slot;
                    self.move_slot(slot, into);
                }
                None => rooms.push(Room { slot, info: info.clone(), last }),
            }
        }
        rooms.into_iter().map(|room| (room.slot, room.info)).collect()
    }

    /// The first and the last phase that use a slot.
    fn phases_of(&self, slot: usize) -> Option<(usize, usize)> {
        let uses = |at: &usize| {
            self.phases[*at].steps.iter().any(|step| step.operands.iter().any(|operand| operand.slot == slot))
        };
        let first = (0..self.phases.len()).find(uses)?;
        Some((first, (first..self.phases.len()).rfind(uses)?))
    }

    fn move_slot(&mut self, from: usize, into: usize) {
        for phase in &mut self.phases {
            phase.written[into] |= std::mem::take(&mut phase.written[from]);
            let operands = phase.steps.iter_mut().flat_map(|step| &mut step.operands);
            operands.filter(|operand| operand.slot == from).for_each(|operand| operand.slot = into);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cpu;
    use crate::backend::{Backend, Reference, Values};
    use crate::nn::layers::Tanh;
    use crate::ops::{BatchMoments, BatchNorm};
    use crate::program::Batch;
    use crate::program::recorder::Recorder;
    use crate::program::tensor::Element;

    /// A norm needs the moments of all samples, so each is a phase behind the one before.
    #[test]
    fn tensors_share_memory_once_nothing_reads_them() {
        let mut tape = Recorder::new("norms", 6);
        let affine = tape.tensor("affine", Element::Real, 2, 3);
        let first = tape.batched("x", 6);
        let mut x = first;
        for _ in 0..5 {
            let of = BatchMoments::new(&mut tape, x, 3);
            let (moments, y, activation) = (of.moments, tape.batched("y", 6), Tanh.into());
            tape.push(of);
            tape.push(BatchNorm {
                moments,
                affine,
                x,
                y,
                added: None,
                activation,
                of_batch: true,
                epsilon: 1e-3,
            });
            x = y;
        }
        tape.keep(x);
        let program = tape.finish().unwrap().without_unread_steps();
        let mut cpu = Cpu::<f32>::with_threads(2).unwrap();
        let id = cpu.compile(&program).unwrap();
        let rooms = cpu.programs[&id.0].own.clone();
        assert_eq!(rooms.len(), 2, "four tensors pass, and two at a time are needed");
        let mut reference = Reference::<f32>::new();
        let other = reference.compile(&program).unwrap();
        let values: Vec<f32> = (0..36).map(|number| (number * 7 % 11) as f32).collect();
        for rows in [6, 5] {
            let batch = [Batch::of(rows)];
            let run = |backend: &mut dyn Backend, id| {
                backend.write(affine, Values::Real(&[1.5, 0.5, 2.0, 0.1, 0.2, 0.3])).unwrap();
                backend.write(first, Values::Real(&values)).unwrap();
                backend.run(id, &batch).unwrap();
                backend.read(x.live(&batch[0])).unwrap()
            };
            for (found, expected) in run(&mut cpu, id).iter().zip(run(&mut reference, other)) {
                assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
            }
        }
        cpu.release(id);
        assert!(rooms.iter().all(|room| cpu.free.contains(room)));
    }
}

//! Where a number that is not finite came up first.

use super::course::Course;
use super::on_device::OnDevice;
use super::run::Run;
use super::state::{State, write_halves};
use super::{Model, Snapshot};
use crate::backend::{Backend, Cpu, ProgramId, Values};
use crate::error::{Error, NotFinite, Result};
use crate::nn::layers::Mode;
use crate::program::op::Use;
use crate::program::tensor::Tensor;
use crate::program::{Batch, Program};
use crate::random::{Purpose, Stream};

/// The training program on the CPU, step by step.
struct Replay {
    cpu: Cpu<f32>,
    steps: Vec<(Program, ProgramId)>,
    on: OnDevice,
}

impl Model {
    /// The state of a training, or an error if some of its weights or moments are not finite.
    pub(super) async fn look(&mut self, run: &Run<'_, '_>) -> Result<State> {
        let state = self.training_state(run).await?;
        if state.model.is_finite() {
            return Ok(state);
        }
        let what = state.model.arenas().filter_map(Snapshot::first_not_finite).next().unwrap_or_default();
        let last = run.train.batches.len() - 1;
        let (epoch, batch) =
            if run.batches > 0 { (run.epoch, run.batches - 1) } else { (run.epoch.max(2) - 1, last) };
        Err(self.explain(run, (epoch, batch), what))
    }

    /// The error for `what`, which was seen after a batch: it names the first step that gives something not finite
    /// when the batches since the last sound state are run again.
    pub(super) fn explain(&self, run: &Run<'_, '_>, (epoch, batch): (usize, usize), what: String) -> Error {
        let Some(sound) = &run.sound else {
            return Error::NotFinite { epoch, batch: 0, cause: NotFinite::Start { what } };
        };
        match self.replay(run, sound, (epoch, batch)) {
            Ok(Some(found)) => found,
            Ok(None) => Error::NotFinite { epoch, batch, cause: NotFinite::Device { what } },
            // A source that fails does not hide that the training has diverged.
            Err(error) => {
                let cause = NotFinite::Unexplained { what, why: error.to_string() };
                Error::NotFinite { epoch, batch, cause }
            }
        }
    }

    /// Runs the batches from a state to the end of the window of `last` again.
    fn replay(&self, run: &Run<'_, '_>, from: &State, last: (usize, usize)) -> Result<Option<Error>> {
        let (batches, feed) = (run.train.batches, run.train.course.feed);
        let mut course = Course::new(feed, run.train.course.windows);
        course.go_to(from.order.clone(), (from.batches > 0).then(|| batches.window_of(from.batches)));
        let mut replay = self.to_replay(run, from)?;
        let mut shuffler = Stream::at(self.seed, Purpose::Shuffling, from.drawn);
        let (mut epoch, mut first, mut steps) = (from.epoch, from.batches, from.model.steps);
        let end = (last.0, batches.of(batches.window_of(last.1)).end);
        while (epoch, first) < end {
            if first == batches.len() {
                (epoch, first) = (epoch + 1, 0);
                course.rewind();
                continue;
            }
            let window = batches.window_of(first);
            if run.fit.shuffle {
                course.draw(window, &mut shuffler);
            }
            self.bring_again(&course, window, &replay.on, &mut replay.cpu, run.fit.interrupt)?;
            let numbers = first..batches.of(window).end;
            let some = self.batches(run, epoch, numbers.clone(), steps.wrapping_sub(first as u32));
            for (number, batch) in numbers.zip(&some) {
                if let Some((step, tensor, at, value)) = replay.run(batch)? {
                    let program = &replay.steps[step].0;
                    let op = program.steps()[0].name().to_string();
                    let place = self.place(program, tensor, at);
                    let cause = NotFinite::Step { step, op, place, value };
                    return Ok(Some(Error::NotFinite { epoch, batch: number, cause }));
                }
            }
            (first, steps) = (first + some.len(), steps.wrapping_add(some.len() as u32));
        }
        Ok(None)
    }

    fn to_replay(&self, run: &Run<'_, '_>, from: &State) -> Result<Replay> {
        let mut cpu = Cpu::<f32>::new()?;
        let arenas = &self.layout.arenas;
        cpu.compile(&self.layout.as_program())?;
        self.layout.write_constants(&mut cpu)?;
        for (arena, kept) in [arenas.parameters].iter().chain(&arenas.moments).zip(from.model.arenas()) {
            // They lie elsewhere where a layer was frozen since.
            if let Some(values) = kept.arranged(&self.layout.entries, arena.len()) {
                cpu.write(*arena, Values::Real(&values))?;
            }
        }
        write_halves(&mut cpu, arenas.halves, &from.model)?;
        let step = run.fit.samples_of_a_step();
        let data = self.check_data(run.train.course.feed, Mode::Train, step)?;
        let (program, on) = self.record_epoch("train", &data, step, Mode::Train)?;
        let compiled = |single: Program| cpu.compile(&single).map(|id| (single, id));
        let steps = program.single_steps().map(compiled).collect::<Result<_>>()?;
        Ok(Replay { cpu, steps, on })
    }

    /// An element of a tensor, in words.
    fn place(&self, program: &Program, tensor: Tensor, at: usize) -> String {
        let arenas = &self.layout.arenas;
        let index = tensor.start + at;
        let entry = self.layout.entries.iter().find(|entry| entry.tensor.range().contains(&index));
        let kind = match tensor.buffer {
            buffer if buffer == arenas.parameters.buffer => "",
            buffer if buffer == arenas.gradients.buffer => "the gradient of ",
            buffer if arenas.moments.iter().any(|arena| arena.buffer == buffer) => "a moment of ",
            buffer => {
                let name = program.buffers().get(&buffer).map_or("", |info| info.name.as_str());
                return format!("{name}[{}, {}]", at / tensor.cols, at % tensor.cols);
            }
        };
        entry.map_or_else(String::new, |entry| format!("{kind}{}", entry.element(index)))
    }
}

impl Replay {
    /// Runs a batch up to where a number that is not finite reaches what outlives the batch, which steps change in
    /// place: an overflow that the loss scale deals with does not. Gives the first such number: the step's number, its
    /// tensor, the place, the value.
    fn run(&mut self, batch: &Batch) -> Result<Option<(usize, Tensor, usize, f32)>> {
        let mut first = None;
        for (number, (program, id)) in self.steps.iter().enumerate() {
            self.cpu.run(*id, &[*batch])?;
            for (used, output) in program.steps()[0].operands().iter().filter(|(used, _)| *used != Use::In) {
                let live = output.live(batch);
                let values = self.cpu.read(live)?;
                if let Some(at) = values.iter().position(|value| !value.is_finite()) {
                    first = first.or(Some((number, live, at, values[at])));
                    if *used == Use::InOut {
                        return Ok(first);
                    }
                }
            }
        }
        Ok(None)
    }
}

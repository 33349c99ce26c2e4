//! Gradients apart from the update: added up over several batches, or read.

use ndarray::Array2;

use super::Model;
use super::batches::Batches;
use super::course::Course;
use super::infer::Held;
use super::on_device::{Data, OnDevice};
use super::programs::Recorded;
use super::run::{Loaded, Run};
use crate::backend::ProgramId;
use crate::error::{Error, Result, misshaped};
use crate::nn::layers::Mode;
use crate::nn::optimizer::{Arenas, Halves};
use crate::ops::AddTo;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};
use crate::program::{Batch, Program};
use crate::random::{Purpose, Stream};

/// The programs of a step over several batches; the first of these writes its gradients where the others add theirs.
#[derive(Debug)]
pub(super) struct Sums {
    /// Samples of a batch.
    capacity: usize,
    further: ProgramId,
    update: ProgramId,
}

impl Sums {
    /// The programs beside the first one.
    pub(super) fn programs(&self) -> [ProgramId; 2] {
        [self.further, self.update]
    }
}

/// The parts of a batch, of up to `capacity` samples each.
fn parts_of(batch: Batch, capacity: usize) -> impl Iterator<Item = Batch> {
    let rows = batch.rows as usize;
    (0..rows).step_by(capacity).map(move |first| Batch {
        rows: capacity.min(rows - first) as u32,
        first: batch.first + first as u32,
        ..batch
    })
}

impl Model {
    /// Records and compiles what steps over `accumulated` batches take, and puts the dataset on the device.
    pub(super) fn load_sums<'d>(
        &mut self,
        data: &Data<'_>,
        course: Course<'d>,
        batch: usize,
        accumulated: usize,
    ) -> Result<Loaded<'d>> {
        let mut tape = self.tape("gradients", batch.min(data.room()));
        let on = OnDevice::declare(&mut tape, data);
        let purpose = Recorded::Gradients { updates_state: true };
        let (program, gradients) = self.record_gradients(tape, &on, data, purpose)?;
        let capacity = program.capacity();
        let further = self.record_further(&on, data, &program, gradients, purpose)?;
        let mut tape = self.layout.tape("update", 1).share(program.buffers());
        let arenas = Arenas { gradients, ..self.layout.arenas.clone() };
        self.optimizer.record(&mut tape, &arenas);
        self.optimizer.record_averages(&mut tape, &arenas);
        let update = self.lean(tape.finish()?);
        let mut ids: Vec<ProgramId> = Vec::new();
        for program in [&program, &further, &update] {
            let id = self.backend.compile(program).map_err(|error| on.too_large(error));
            ids.push(id.inspect_err(|_| ids.iter().for_each(|id| self.backend.release(*id)))?);
        }
        let course = self.load_first(course, data, &on);
        let course = course.inspect_err(|_| ids.iter().for_each(|id| self.backend.release(*id)))?;
        let [program, further, update] = [ids[0], ids[1], ids[2]];
        let dispatches = ids.iter().map(|id| self.backend.dispatches(*id)).sum();
        let batches = Batches::new(data.windows, capacity.saturating_mul(accumulated).min(data.room()));
        Ok(Loaded {
            program,
            on,
            course,
            batches,
            dispatches,
            sums: Some(Sums { capacity, further, update }),
            scoring: None,
        })
    }

    /// The program that writes the gradients of a batch, and where.
    fn record_gradients(
        &self,
        mut tape: Recorder,
        on: &OnDevice,
        data: &Data<'_>,
        purpose: Recorded,
    ) -> Result<(Program, Tensor)> {
        let len = self.layout.arenas.parameters.len();
        let gradients = tape.tensor("gradients.sum", Element::Real, 1, len);
        let tape = self.record_on(tape, on, data, purpose, gradients)?;
        Ok((self.lean(tape.finish()?), gradients))
    }

    /// The program that adds the gradients of a further batch.
    fn record_further(
        &self,
        on: &OnDevice,
        data: &Data<'_>,
        first: &Program,
        sum: Tensor,
        purpose: Recorded,
    ) -> Result<Program> {
        let mut tape = self.tape("further gradients", first.capacity()).share(first.buffers());
        let part = tape.tensor("gradients.part", Element::Real, 1, sum.len());
        let mut tape = self.record_on(tape, on, data, purpose, part)?;
        let trained = |arena| self.layout.arenas.trained(arena);
        tape.push(AddTo { sum: trained(sum), part: trained(part) });
        Ok(self.lean(tape.finish()?))
    }

    /// Runs steps of a training.
    pub(super) fn run_steps(&mut self, loaded: &Loaded<'_>, batches: &[Batch]) -> Result<()> {
        let Some(sums) = &loaded.sums else { return self.backend.run(loaded.program, batches) };
        let mut parts = Vec::new();
        for batch in batches {
            parts.clear();
            parts.extend(parts_of(*batch, sums.capacity));
            self.add_up(loaded.program, sums.further, &parts)?;
            self.backend.run(sums.update, &[Batch { rows: 1, first: 0, ..*batch }])?;
        }
        Ok(())
    }

    fn add_up(&mut self, first: ProgramId, further: ProgramId, parts: &[Batch]) -> Result<()> {
        self.backend.run(first, &parts[..1])?;
        if parts.len() == 1 { Ok(()) } else { self.backend.run(further, &parts[1..]) }
    }

    /// The gradient of a parameter over the batch that a training will take next, with the weights as they are.
    pub(super) async fn gradient(&mut self, run: &mut Run<'_, '_>, name: &str) -> Result<Array2<f32>> {
        let entry = self.entry(name)?.clone();
        if entry.frozen || entry.state {
            let what = if entry.state { "state" } else { "frozen" };
            return Err(Error::Setting { why: format!("{name} is {what}, so it has no gradient") });
        }
        let (drawn, order) = (self.shuffler.drawn(), run.train.course.order.clone());
        self.enter(run, None)?;
        let values = self.next_gradients(run, entry.tensor).await;
        if run.batches == 0 {
            // The epoch that begins draws the same order again.
            self.shuffler = Stream::at(self.seed, Purpose::Shuffling, drawn);
            run.train.course.go_to(order, None);
        }
        Array2::from_shape_vec((entry.tensor.rows, entry.tensor.cols), values?).map_err(misshaped)
    }

    /// The gradient of a parameter by programs that are made for it.
    async fn next_gradients(&mut self, run: &Run<'_, '_>, of: Tensor) -> Result<Vec<f32>> {
        let data = self.check_data(run.train.course.feed, Mode::Train, run.fit.samples_of_a_step())?;
        let purpose = Recorded::Gradients { updates_state: false };
        let on = &run.train.on;
        let tape = self.tape("gradients", run.fit.batch.min(data.room())).share(&on.buffers);
        let (first, gradients) = self.record_gradients(tape, on, &data, purpose)?;
        let further = self.record_further(on, &data, &first, gradients, purpose)?;
        let parts: Vec<_> = parts_of(self.next_batch(run), first.capacity()).collect();
        let (first, further) = (self.backend.compile(&first)?, self.backend.compile(&further));
        let held = Held { program: first, model: self };
        let held = Held { program: further?, model: &mut *held.model };
        held.model.add_up(first, held.program, &parts)?;
        held.model.unscaled(Tensor { buffer: gradients.buffer, ..of }).await
    }

    /// Gradients without the loss scale.
    async fn unscaled(&mut self, gradients: Tensor) -> Result<Vec<f32>> {
        let values = self.read(gradients).await?;
        let Some(Halves { scale, .. }) = self.layout.arenas.halves else { return Ok(values) };
        let scale = self.read(scale).await?[0];
        Ok(values.into_iter().map(|value| value / scale).collect())
    }
}

//! Threads at work: who owns which part of which buffer, and the lending of operands to ops.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::fold::Folded;
use super::parts::{Part, emptied};
use super::plan::{Kind, Phase, Plan, PlannedStep};
use super::scratch::Scratch;
use super::threads;
use crate::backend::store::Store;
use crate::program::Batch;
use crate::program::op::{How, MAX_OPERANDS, Use, View, Views};
use crate::program::real::Real;

/// A thread's share of a phase.
struct Worker<'a, T> {
    parts: Vec<Part<'a, T>>,
    /// Samples in a row phase, elements in an element phase.
    share: Range<usize>,
}

impl<T> Worker<'_, T> {
    fn idle() -> Self {
        Self { parts: Vec::new(), share: 0..0 }
    }
}

/// The threads that run a plan.
pub(super) struct Crew {
    threads: usize,
}

impl Crew {
    /// The threads of the pool that this is called in.
    pub(super) fn of_threads() -> Self {
        Self { threads: rayon::current_num_threads() }
    }

    /// The calling thread alone.
    pub(super) fn of_one() -> Self {
        Self { threads: 1 }
    }

    /// `scratch` has a place for each thread.
    pub(super) fn run<T: Real>(
        &self,
        plan: &Plan,
        stores: &mut [Store<T>],
        scratch: &mut [Scratch<T>],
        batches: &[Batch],
    ) {
        if self.threads == 1 {
            let Some(scratch) = scratch.first_mut() else { return };
            run_alone(plan, stores.iter_mut().map(Part::whole).collect(), scratch, batches);
            return;
        }
        let scratch: Vec<_> = scratch.iter_mut().map(Mutex::new).collect();
        let mut idle: Vec<_> = (0..self.threads).map(|_| Mutex::new(Worker::idle())).collect();
        for (batch, phase) in batches.iter().flat_map(|b| plan.phases.iter().map(move |p| (b, p))) {
            let (workers, busy) = self.divide(plan, phase, stores, batch, idle);
            threads::for_each(busy, |part| {
                lock(&workers[part]).run(phase, batch, &mut lock(&scratch[part]));
            });
            idle = released(workers);
        }
    }

    /// Gives work to idle workers, and says how many of them have some: at most one for each thread.
    fn divide<'a, T: Real>(
        &self,
        plan: &Plan,
        phase: &Phase,
        stores: &'a mut [Store<T>],
        batch: &Batch,
        idle: Vec<Mutex<Worker<'static, T>>>,
    ) -> (Vec<Mutex<Worker<'a, T>>>, usize) {
        let mut workers: Vec<Mutex<Worker<'a, T>>> = released(idle);
        let extent = extent(phase, batch);
        let busy = match phase.kind {
            Kind::Rows => share_out(&mut workers, extent, |at| at.next_multiple_of(plan.block)),
            Kind::Elements(_) => {
                let after = |at| phase.pieces.partition_point(|piece| piece.elements.end < at);
                let next_end = |at| phase.pieces.get(after(at)).map_or(at, |piece| piece.elements.end);
                share_out(&mut workers, extent, next_end)
            }
            Kind::Whole => share_out(&mut workers[..1], extent, |at| at),
        };
        for (slot, store) in stores.iter_mut().enumerate() {
            deal(&mut workers[..busy], phase, slot, store);
        }
        (workers, busy)
    }
}

/// Runs a plan on the calling thread, which holds these parts of the buffers, and gives them back.
pub(super) fn run_alone<'a, T: Real>(
    plan: &Plan,
    parts: Vec<Part<'a, T>>,
    scratch: &mut Scratch<T>,
    batches: &[Batch],
) -> Vec<Part<'a, T>> {
    let mut worker = Worker { parts, share: 0..0 };
    for (batch, phase) in batches.iter().flat_map(|b| plan.phases.iter().map(move |p| (b, p))) {
        worker.share = 0..extent(phase, batch);
        worker.run(phase, batch, scratch);
    }
    worker.parts
}

/// Workers that hold nothing, for whatever comes next; in the memory of these, so that a batch allocates nothing.
fn released<'a, 'b, T: Real>(workers: Vec<Mutex<Worker<'a, T>>>) -> Vec<Mutex<Worker<'b, T>>> {
    let release = |worker: Mutex<Worker<'a, T>>| {
        let parts = worker.into_inner().unwrap_or_else(PoisonError::into_inner).parts;
        Mutex::new(Worker { parts: emptied(parts), share: 0..0 })
    };
    workers.into_iter().map(release).collect()
}

/// What a mutex holds that this thread alone has.
fn inner<T>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().unwrap_or_else(PoisonError::into_inner)
}

/// Locks what no other thread wants.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What there is to share out in a phase: samples, elements, or one whole.
fn extent(phase: &Phase, batch: &Batch) -> usize {
    match phase.kind {
        Kind::Rows => batch.rows as usize,
        Kind::Elements(length) => length,
        Kind::Whole => 1,
    }
}

/// Gives workers equal shares of `0..extent`, each ended at the next place where that is allowed, until nothing is left,
/// and says how many have one.
fn share_out<T>(workers: &mut [Mutex<Worker<'_, T>>], extent: usize, next: impl Fn(usize) -> usize) -> usize {
    let (threads, mut start, mut busy) = (workers.len(), 0, 0);
    for thread in 1..=threads {
        let end = next(extent * thread / threads).min(extent);
        if end > start {
            inner(&mut workers[busy]).share = start..end;
            (start, busy) = (end, busy + 1);
        }
    }
    busy
}

/// Gives every worker its part of a buffer: a share to write, or all of it to read.
fn deal<'a, T: Real>(
    workers: &mut [Mutex<Worker<'a, T>>],
    phase: &Phase,
    slot: usize,
    store: &'a mut Store<T>,
) {
    // A buffer made after this program was compiled is not one that it writes.
    if !phase.written.get(slot).is_some_and(|written| *written) {
        let store = &*store;
        workers.iter_mut().for_each(|worker| inner(worker).parts.push(Part::shared(store)));
        return;
    }
    let of_each = match phase.kind {
        Kind::Rows => phase.sample_len(slot),
        _ => 1,
    };
    match store {
        Store::Real(values) => {
            hand_out(workers, values, of_each, |start, values| Part::Mine { start, values })
        }
        Store::Half(values) => {
            hand_out(workers, values, of_each, |start, values| Part::MyHalves { start, values })
        }
        Store::U32(values) => {
            hand_out(workers, values, of_each, |start, values| Part::MyIntegers { start, values })
        }
        // No op writes bytes.
        other => workers.iter_mut().for_each(|worker| inner(worker).parts.push(Part::shared(other))),
    }
}

/// Gives every worker its share of some elements, `of_each` for each place of it.
fn hand_out<'a, T, E>(
    workers: &mut [Mutex<Worker<'a, T>>],
    mut rest: &'a mut [E],
    of_each: usize,
    part: impl Fn(usize, &'a mut [E]) -> Part<'a, T>,
) {
    let (mut start, last) = (0, workers.len().saturating_sub(1));
    for (number, worker) in workers.iter_mut().map(inner).enumerate() {
        let end = if number == last { start + rest.len() } else { worker.share.end * of_each };
        let (mine, others) = rest.split_at_mut(end - start);
        worker.parts.push(part(start, mine));
        (rest, start) = (others, end);
    }
}

impl Phase {
    /// The numbers that a sample has in the batched tensor of a slot.
    fn sample_len(&self, slot: usize) -> usize {
        let mut operands = self.steps.iter().flat_map(|step| &step.operands);
        operands.find(|operand| operand.slot == slot).map_or(1, |operand| operand.tensor.sample_len())
    }
}

impl<T: Real> Worker<'_, T> {
    fn run(&mut self, phase: &Phase, batch: &Batch, scratch: &mut Scratch<T>) {
        scratch.forget();
        match phase.kind {
            Kind::Rows => {
                for (steps, block) in &phase.stretches {
                    for start in self.share.clone().step_by(*block) {
                        let span = start..(start + block).min(self.share.end);
                        for step in &phase.steps[steps.clone()] {
                            self.call(phase, step, span.clone(), batch, scratch);
                        }
                    }
                }
            }
            Kind::Elements(_) => {
                let share = self.share.clone();
                let mine = phase.pieces.iter().filter(|piece| share.contains(&piece.elements.start));
                for (place, span) in mine.flat_map(|piece| &piece.calls) {
                    self.call(phase, &phase.steps[*place], span.clone(), batch, scratch);
                }
            }
            Kind::Whole => phase.steps.iter().for_each(|step| {
                let span =
                    0..step.operands.iter().find(|o| o.used != Use::In).map_or(0, |out| out.tensor.rows);
                self.call(phase, step, span, batch, scratch);
            }),
        }
    }

    /// Lends the operands of a step for a span, and runs it.
    fn call(
        &mut self,
        phase: &Phase,
        step: &PlannedStep,
        span: Range<usize>,
        batch: &Batch,
        scratch: &mut Scratch<T>,
    ) {
        let mut held: [Part<'_, T>; MAX_OPERANDS] = Default::default();
        for (place, operand) in held.iter_mut().zip(&step.operands).filter(|(_, o)| o.used != Use::In) {
            *place = std::mem::take(&mut self.parts[operand.slot]);
        }
        let own = &mut scratch.own[..step.scratch];
        let mut views =
            Views { operands: Default::default(), scratch: own, batch: *batch, span: span.clone() };
        let operands = step.operands.iter().zip(&step.lent);
        let places = held.iter_mut().zip(&mut scratch.operands);
        for ((view, (place, wide)), (operand, lent)) in views.operands.iter_mut().zip(places).zip(operands) {
            let range = lent.range(&span, batch);
            *view = match (operand.used, place) {
                (Use::In, _) => {
                    let changed = phase.written.get(operand.slot).is_some_and(|written| *written);
                    self.parts[operand.slot].look(operand.slot, range, wide, changed)
                }
                (_, Part::Mine { start, values }) => {
                    View::RealMut(&mut values[range.start - *start..range.end - *start])
                }
                (Use::InOut, Part::MyHalves { start, values }) => {
                    View::RealMut(wide.widened(&values[range.start - *start..range.end - *start]))
                }
                (_, Part::MyIntegers { start, values }) => {
                    View::U32Mut(&mut values[range.start - *start..range.end - *start])
                }
                (_, Part::MyHalves { .. }) => View::RealMut(wide.room(range.len())),
                _ => unreachable!("{} writes what no worker holds", step.step.name()),
            };
        }
        if let Some(how) = step.how(&self.parts, batch) {
            T::run(step.step.op(), &mut views, how);
        }
        for (number, operand) in step.operands.iter().enumerate() {
            if operand.used == Use::In {
                continue;
            }
            let mut place = std::mem::take(&mut held[number]);
            if let Part::MyHalves { start, values } = &mut place {
                let range = step.lent[number].range(&span, batch);
                scratch.operands[number].store(&mut values[range.start - *start..range.end - *start]);
            }
            self.parts[operand.slot] = place;
        }
    }
}

impl PlannedStep {
    /// How it runs: if it does the update as well, its result is added to the parameters times the update's scale and factor.
    /// `None` where the factor is negative, which leaves the parameters as they are.
    #[inline]
    fn how<T: Real>(&self, parts: &[Part<'_, T>], batch: &Batch) -> Option<How<T>> {
        let Some(Folded { step, factor }) = &self.update else { return Some(How::Fast) };
        let Some(scale) = step.op().scale(batch) else {
            unreachable!("{} was folded without a scale", step.name())
        };
        let factor = parts[factor.slot].at(factor.tensor.start);
        (factor >= T::zero() || factor.is_nan()).then(|| How::Add(T::of(scale.into()) * factor))
    }
}

//! A program's phases: which steps may run side by side, and in what blocks.

use std::collections::BTreeMap;
use std::ops::Range;

use super::fold::{Folded, fold};
use super::scratch::Room;
use crate::program::op::{MAX_OPERANDS, Split, Use};
use crate::program::tensor::{BufferId, Element, Tensor};
use crate::program::{Batch, BufferInfo, Program, Step};

/// Below this many operations a batch is done before a second thread has woken.
const WORTH_THREADS: f64 = 400e3;

/// The most rows of a batch that go through a row phase together: products of more rows are a little faster, but keep
/// fewer threads busy.
const MOST_ROWS: usize = 64;

/// Numbers of the batch that stay in a processor's second-level cache: half a megabyte.
const CACHED: usize = 128 << 10;

/// Numbers of a sample from which on a step is over images: samples go through it by ones or twos, so that they stay in the cache.
/// Products of fewer numbers want many rows instead, since they read all their weights for each block of them.
const LARGE: usize = 4 << 10;

/// Elements of an arena, at least, that are computed together: a product's block, which stays in the cache for the
/// update that follows.
const PIECE: usize = 16 << 10;

/// An operand, found in the backend's stores.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand {
    pub(super) used: Use,
    pub(super) slot: usize,
    pub(super) tensor: Tensor,
}

/// What a call gets of an operand: some numbers for each of something, from a place in the buffer on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lent {
    start: usize,
    of_each: usize,
    each: Each,
}

/// What these numbers are of.
#[derive(Clone, Copy, Debug)]
enum Each {
    /// What there is to do in the call: a sample, a row of the output, an element.
    Span,
    /// A sample of the batch.
    Sample,
    /// All of the operand.
    Operand,
}

/// A step with its operands found.
#[derive(Clone, Debug)]
pub(super) struct PlannedStep {
    pub(super) step: Step,
    pub(super) split: Split,
    pub(super) operands: Vec<Operand>,
    /// What a call gets of each.
    pub(super) lent: Vec<Lent>,
    /// Numbers that it wants room for beside them.
    pub(super) scratch: usize,
    /// The update that it does as well, by adding to the parameters instead of writing a gradient.
    pub(super) update: Option<Folded>,
}

/// Steps that run without waiting for other threads in between.
#[derive(Debug)]
pub(super) struct Phase {
    pub(super) kind: Kind,
    pub(super) steps: Vec<PlannedStep>,
    /// Whether the phase writes the buffer of a slot.
    pub(super) written: Vec<bool>,
    /// The steps of a row phase that a block of samples goes through before the next one, and how many samples that is.
    pub(super) stretches: Vec<(Range<usize>, usize)>,
    /// What an element phase is made of; empty in others.
    pub(super) pieces: Vec<Piece>,
}

/// A stretch of the arenas that one thread takes through all steps of an element phase.
#[derive(Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) elements: Range<usize>,
    /// Places in [`Phase::steps`], and what is theirs here: rows of the output, or elements of the first operand.
    pub(super) calls: Vec<(usize, Range<usize>)>,
}

/// What the parts of a phase are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Samples of the batch.
    Rows,
    /// Elements of arenas of this length.
    Elements(usize),
    /// No parts.
    Whole,
}

/// How the CPU backend runs a program.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) phases: Vec<Phase>,
    /// Samples that a thread takes through a row phase together.
    pub(super) block: usize,
    pub(super) worth_threads: bool,
    /// What a thread needs beside the buffers.
    pub(super) room: Room,
}

impl Plan {
    pub(super) fn new(program: &Program, slots: &BTreeMap<BufferId, usize>, infos: &[BufferInfo]) -> Self {
        let mut phases: Vec<Phase> = Vec::new();
        for step in program.steps() {
            let step = PlannedStep::new(step, slots);
            let kind = kind_of(&step, infos);
            match place(&phases, kind, &step) {
                Some(place) => phases[place].push(step),
                None => {
                    let mut phase = Phase::new(kind, infos.len());
                    phase.push(step);
                    phases.push(phase);
                }
            }
        }
        fold(&mut phases, infos);
        phases.iter_mut().for_each(Phase::cut);
        let own = program.steps().iter().map(|step| step.op().scratch()).max().unwrap_or(0);
        let block = (program.capacity() / 2).clamp(1, MOST_ROWS);
        phases.iter_mut().for_each(|phase| phase.stretch(block));
        phases.iter_mut().flat_map(|phase| &mut phase.steps).for_each(PlannedStep::lend);
        let room = Room { halves: most_halves(&phases, program.capacity()), own };
        Self { phases, block, worth_threads: program.cost().flops >= WORTH_THREADS, room }
    }
}

/// Numbers of a sample that some steps go over.
fn sample_len(steps: &[PlannedStep]) -> usize {
    let operands = steps.iter().flat_map(|step| &step.operands).filter(|operand| operand.tensor.is_batched());
    let of_slot: BTreeMap<usize, usize> = operands.map(|o| (o.slot, o.tensor.sample_len())).collect();
    of_slot.values().sum()
}

/// The most halves that each operand of a call may have.
fn most_halves(phases: &[Phase], capacity: usize) -> [usize; MAX_OPERANDS] {
    let mut most = [0; MAX_OPERANDS];
    let steps = phases.iter().flat_map(|phase| phase.steps.iter().enumerate().map(move |step| (phase, step)));
    for (phase, (number, step)) in steps {
        let stretch = phase.stretches.iter().find(|(steps, _)| steps.contains(&number));
        let rows = stretch.map_or(capacity, |(_, block)| capacity.min(*block));
        let piece = phase.pieces.iter().map(|piece| piece.elements.len()).max();
        let piece = piece.filter(|_| step.split == Split::Elements).unwrap_or(usize::MAX);
        for (most, operand) in most.iter_mut().zip(&step.operands) {
            let tensor = operand.tensor.live(&Batch::of(rows));
            if tensor.element == Element::Half {
                *most = tensor.len().min(piece).max(*most);
            }
        }
    }
    most
}

impl PlannedStep {
    fn new(step: &Step, slots: &BTreeMap<BufferId, usize>) -> Self {
        let operand = |(used, tensor): &(Use, Tensor)| Operand {
            used: *used,
            slot: slots[&tensor.buffer],
            tensor: *tensor,
        };
        let operands = step.operands().iter().map(operand).collect();
        let (split, scratch) = (step.op().split(), step.op().scratch());
        Self { step: step.clone(), split, operands, lent: Vec::new(), scratch, update: None }
    }

    pub(super) fn writes(&self) -> impl Iterator<Item = &Operand> {
        self.operands.iter().filter(|operand| operand.used != Use::In)
    }
}

/// What a step could be divided into.
fn kind_of(step: &PlannedStep, infos: &[BufferInfo]) -> Kind {
    let Some(first) = step.writes().next() else { return Kind::Whole };
    let length = infos[first.slot].len;
    let one_length = step.writes().all(|out| infos[out.slot].len == length && !out.tensor.is_batched());
    match step.split {
        Split::Rows if step.writes().all(|out| out.tensor.is_batched()) => Kind::Rows,
        Split::Output | Split::Parts | Split::Elements if one_length => Kind::Elements(length),
        _ => Kind::Whole,
    }
}

/// How a thread's part of an operand is found, if it is not the whole: by so many numbers a sample, whatever the rows that
/// they are cut into, or, where it is `None`, by the places in the arena.
type Shared = Option<Option<usize>>;

/// The phase that a step can join: one that takes it, and behind which nothing stands that it must wait for.
fn place(phases: &[Phase], kind: Kind, step: &PlannedStep) -> Option<usize> {
    let last = phases.iter().rposition(|phase| phase.conflicts(step).next().is_some());
    (last.unwrap_or(0)..phases.len()).find(|at| phases[*at].takes(kind, step))
}

impl Phase {
    /// Whether a step may run in this phase, behind its others, without a wait: where both use a buffer that one of them
    /// writes, a thread's part is the same for both.
    fn takes(&self, kind: Kind, step: &PlannedStep) -> bool {
        let fit = |(mine, other): (Shared, Shared)| match (mine, other) {
            (Some(mine), Some(other)) => {
                kind == Kind::Rows && mine == other || matches!(kind, Kind::Elements(_))
            }
            _ => false,
        };
        kind != Kind::Whole && self.kind == kind && self.conflicts(step).all(fit)
    }

    /// The pairs of operands, one of the phase and one of the step, through which the order of both matters.
    fn conflicts<'a>(&'a self, step: &'a PlannedStep) -> impl Iterator<Item = (Shared, Shared)> + 'a {
        let pairs = self.steps.iter().flat_map(move |earlier| {
            earlier.operands.iter().flat_map(move |a| step.operands.iter().map(move |b| (earlier, a, b)))
        });
        let matter = |(_, a, b): &(&PlannedStep, &Operand, &Operand)| {
            a.slot == b.slot && (a.used != Use::In || b.used != Use::In)
        };
        pairs.filter(matter).map(move |(earlier, a, b)| (earlier.part(a), step.part(b)))
    }

    fn new(kind: Kind, slots: usize) -> Self {
        Self {
            kind,
            steps: Vec::new(),
            written: vec![false; slots],
            stretches: Vec::new(),
            pieces: Vec::new(),
        }
    }

    fn push(&mut self, step: PlannedStep) {
        step.writes().for_each(|operand| self.written[operand.slot] = true);
        self.steps.push(step);
    }

    /// Finds the stretches of a row phase, whose blocks have `block` samples except where samples are large.
    fn stretch(&mut self, block: usize) {
        if self.kind != Kind::Rows {
            return;
        }
        let is_large = |step: &PlannedStep| sample_len(std::slice::from_ref(step)) >= LARGE;
        let mut start = 0;
        for steps in self.steps.chunk_by(|a, b| is_large(a) == is_large(b)) {
            let cached = (CACHED / sample_len(steps).max(1)).clamp(1, block);
            let of_block = if is_large(&steps[0]) { cached } else { block };
            self.stretches.push((start..start + steps.len(), of_block));
            start += steps.len();
        }
    }

    /// Cuts an element phase into pieces: at the ends of the products' blocks, and in between where there are none.
    fn cut(&mut self) {
        let Kind::Elements(length) = self.kind else { return };
        let blocks: Vec<Range<usize>> = self.steps.iter().flat_map(PlannedStep::output_blocks).collect();
        let free = |at: &usize| !blocks.iter().any(|block| block.start < *at && *at < block.end);
        let mut cuts: Vec<usize> = (0..length).step_by(PIECE).filter(free).chain([length]).collect();
        cuts.extend(blocks.iter().flat_map(|block| [block.start, block.end]));
        cuts.sort_unstable();
        cuts.dedup();
        self.pieces = cuts.windows(2).map(|ends| self.piece(ends[0]..ends[1])).collect();
    }

    fn piece(&self, of: Range<usize>) -> Piece {
        let calls = self
            .steps
            .iter()
            .enumerate()
            .flat_map(|(place, step)| step.spans_within(&of).into_iter().map(move |span| (place, span)));
        Piece { calls: calls.collect(), elements: of }
    }
}

impl Lent {
    /// The elements of the buffer that a call gets.
    #[inline]
    pub(super) fn range(&self, span: &Range<usize>, batch: &Batch) -> Range<usize> {
        let (from, to) = match self.each {
            Each::Span => (span.start, span.end),
            Each::Sample => (0, batch.rows as usize),
            Each::Operand => (0, 1),
        };
        self.start + from * self.of_each..self.start + to * self.of_each
    }
}

impl PlannedStep {
    /// Finds what calls get of the operands, once no pass changes these any more.
    fn lend(&mut self) {
        for Operand { used, tensor, .. } in &self.operands {
            let (each, of_each) = match self.split {
                Split::Rows if tensor.is_batched() => (Each::Span, tensor.sample_len()),
                Split::Output | Split::Parts if *used != Use::In => (Each::Span, tensor.cols),
                Split::Elements if tensor.len() == self.operands[0].tensor.len() => (Each::Span, 1),
                _ if tensor.is_batched() => (Each::Sample, tensor.sample_len()),
                _ => (Each::Operand, tensor.len()),
            };
            self.lent.push(Lent { start: tensor.start, of_each, each });
        }
    }

    /// Where the blocks of rows lie that are computed by themselves.
    fn output_blocks(&self) -> Vec<Range<usize>> {
        if !matches!(self.split, Split::Output | Split::Parts) {
            return Vec::new();
        }
        let blocks = |out: &Operand| {
            let tensor = out.tensor;
            row_blocks(self.split, tensor).map(move |rows| elements(tensor, rows))
        };
        self.writes().flat_map(blocks).collect()
    }

    fn part(&self, operand: &Operand) -> Shared {
        let tensor = operand.tensor;
        match self.split {
            Split::Rows => tensor.is_batched().then_some(Some(tensor.sample_len())),
            Split::Output | Split::Parts => (operand.used != Use::In).then_some(None),
            Split::Elements => (tensor.range() == self.operands[0].tensor.range()).then_some(None),
            Split::Whole => None,
        }
    }

    /// The blocks of rows, or the stretch of elements, of this step's output that lie in a piece.
    fn spans_within(&self, piece: &Range<usize>) -> Vec<Range<usize>> {
        let Some(tensor) = self.writes().next().map(|out| out.tensor) else { return Vec::new() };
        if matches!(self.split, Split::Output | Split::Parts) {
            let inside = |rows: &Range<usize>| piece.contains(&elements(tensor, rows.clone()).start);
            return row_blocks(self.split, tensor).filter(inside).collect();
        }
        let stretch = piece.start.max(tensor.start)..piece.end.min(tensor.range().end);
        let span = stretch.start.saturating_sub(tensor.start)..stretch.end.saturating_sub(tensor.start);
        if stretch.is_empty() { Vec::new() } else { vec![span] }
    }
}

/// Where some rows of a tensor lie in its buffer.
fn elements(tensor: Tensor, rows: Range<usize>) -> Range<usize> {
    tensor.row_range(rows).range()
}

/// The blocks of rows that a step is computed in; what is left over of a product, such as a bias, joins the last one.
fn row_blocks(split: Split, tensor: Tensor) -> impl Iterator<Item = Range<usize>> {
    let size = if split == Split::Parts { 1 } else { PIECE.div_ceil(tensor.cols).next_multiple_of(8) };
    let rows = tensor.rows;
    let blocks = (rows / size).max(1);
    (0..blocks).map(move |b| b * size..if b + 1 == blocks { rows } else { (b + 1) * size })
}

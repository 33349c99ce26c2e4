//! Where the parameters of a model lie: in flat arenas, each at a 256-byte boundary except a bias, which is a row of its weight.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::trainable::Trainable;
use crate::backend::{Backend, Values};
use crate::error::Result;
use crate::nn::graph::Graph;
use crate::nn::optimizer::{Arenas, Group, Halves, Optimizer, Part};
use crate::nn::parameters::Entry;
use crate::nn::precision::Precision;
use crate::program::recorder::Recorder;
use crate::program::tensor::Element;
use crate::program::{Buffers, Program};

/// Bytes between two places where a tensor may start, which GPUs ask for.
const ALIGNMENT: usize = 256;

/// The arenas of a model, and what lies where in them.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) arenas: Arenas,
    pub(crate) buffers: Buffers,
    pub(crate) entries: Arc<[Entry]>,
}

impl Layout {
    /// Trained parameters come first, those of one rate together, so that an optimizer's step is over one part of each arena; what
    /// is frozen and state lie behind them.
    pub(crate) fn new(net: &Graph, optimizer: &Optimizer, trainable: &Trainable) -> Result<Self> {
        let mut entries = net.dry_recording()?.entries;
        for entry in &mut entries {
            entry.frozen = trainable.frozen.contains(&entry.name);
        }
        let alignment = ALIGNMENT / net.precision.element(0).bytes();
        let mut groups: Vec<Group> = Vec::new();
        let mut end = 0;
        for rate_factor in rate_factors(&entries, trainable) {
            let start = end;
            end = place(&mut entries, start, alignment, |entry| {
                entry.is_trained() && trainable.rate_factor(&entry.name) == rate_factor
            });
            let parts = parts(&entries, start..end);
            groups.push(Group { start, len: end - start, rate_factor, parts });
        }
        if groups.is_empty() {
            groups.push(Group { start: 0, len: alignment, rate_factor: 1.0, parts: Vec::new() });
            end = alignment;
        }
        let length = place(&mut entries, end, alignment, |entry| !entry.is_trained());
        let mut tape = Recorder::new("parameters", 1);
        let arenas = declare(&mut tape, net.precision, groups, length, optimizer.moments());
        entries.iter_mut().for_each(|entry| entry.tensor.buffer = arenas.parameters.buffer);
        Ok(Self { arenas, buffers: tape.buffers().clone(), entries: entries.into() })
    }

    /// Of a net that is not trained.
    pub(crate) fn to_predict(net: &Graph) -> Result<Self> {
        Self::new(net, &Optimizer::sgd(0.0), &Trainable::default())
    }

    /// Whether there are parameters, and none is trained.
    pub(crate) fn is_frozen(&self) -> bool {
        !self.entries.is_empty() && !self.entries.iter().any(Entry::is_trained)
    }

    /// The program of no steps that keeps the arenas' buffers.
    pub(crate) fn as_program(&self) -> Program {
        let (steps, buffers, kept) = (Vec::new(), self.buffers.clone(), HashSet::new());
        Program { name: "parameters".into(), steps, buffers, capacity: 1, kept, exchanges: Some(Vec::new()) }
    }

    /// Writes what no step changes.
    pub(crate) fn write_constants(&self, backend: &mut dyn Backend) -> Result<()> {
        let mut mask = vec![0.0; self.arenas.mask.len()];
        for entry in self.entries.iter().filter(|entry| entry.decays()) {
            mask[entry.tensor.range()].fill(1.0);
        }
        backend.write(self.arenas.mask, Values::Real(&mask))?;
        backend.write(self.arenas.one, Values::Real(&[1.0]))
    }

    /// A tape that knows the arenas.
    pub(crate) fn tape(&self, name: &str, capacity: usize) -> Recorder {
        Recorder::new(name, capacity).share(&self.buffers)
    }
}

/// The trained parameters that lie in a part of an arena, counted from its start.
fn parts(entries: &[Entry], of: Range<usize>) -> Vec<Part> {
    let mut parts = Vec::new();
    for entry in entries.iter().filter(|entry| entry.is_trained() && of.contains(&entry.tensor.start)) {
        let Range { start, end } = entry.tensor.range();
        parts.push(Part { range: start - of.start..end - of.start, decays: entry.decays() });
    }
    parts
}

/// What the learning rates of trained parameters are multiplied by, each once, in the order of the parameters.
fn rate_factors(entries: &[Entry], trainable: &Trainable) -> Vec<f32> {
    let mut factors: Vec<f32> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.is_trained()) {
        let factor = trainable.rate_factor(&entry.name);
        if !factors.contains(&factor) {
            factors.push(factor);
        }
    }
    factors
}

/// Places some of the entries one behind the other, and returns the aligned end.
fn place(entries: &mut [Entry], start: usize, alignment: usize, here: impl Fn(&Entry) -> bool) -> usize {
    let mut end = start;
    for entry in entries.iter_mut().filter(|entry| here(entry)) {
        entry.tensor.start = if entry.joined { end } else { end.next_multiple_of(alignment) };
        end = entry.tensor.range().end;
    }
    end.next_multiple_of(alignment)
}

fn declare(
    tape: &mut Recorder,
    precision: Precision,
    groups: Vec<Group>,
    length: usize,
    moments: usize,
) -> Arenas {
    let halves = (precision == Precision::F16).then(|| {
        let mut numbers = |name, count| tape.tensor(name, Element::Real, 1, count);
        let (scale, denominators) = (numbers("loss.scale", 2), numbers("denominators", 3));
        Halves { copy: tape.tensor("parameters.halves", Element::Half, 1, length), scale, denominators }
    });
    let mut arena = |name: String, length| tape.tensor(name, Element::Real, 1, length);
    let arenas = Arenas {
        parameters: arena("parameters".into(), length),
        groups,
        gradients: arena("gradients".into(), length),
        moments: (1..=moments).map(|number| arena(format!("moments.{number}"), length)).collect(),
        one: arena("one".into(), 1),
        mask: arena("decay.mask".into(), length),
        halves,
    };
    tape.scratch(arenas.gradients);
    arenas
}

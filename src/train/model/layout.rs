//! Where the parameters of a model lie: in flat arenas, each layer's at a 256-byte boundary.

use std::collections::HashSet;
use std::sync::Arc;

use crate::backend::{Backend, Values};
use crate::error::Result;
use crate::nn::init::Init;
use crate::nn::optimizer::{Arenas, Halves, Optimizer};
use crate::nn::precision::Precision;
use crate::nn::sequential::Sequential;
use crate::program::recorder::Recorder;
use crate::program::tensor::{Element, Tensor};
use crate::program::{Buffers, Program};

/// Bytes between two places where a tensor may start, which GPUs ask for.
const ALIGNMENT: usize = 256;

/// A named parameter.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// `dense_1.weight`.
    pub(crate) name: String,
    pub(crate) tensor: Tensor,
    pub(crate) init: Init,
    pub(crate) decays: bool,
}

impl Entry {
    /// The element at a place in an arena, in words.
    pub(crate) fn element(&self, place: usize) -> String {
        let at = place - self.tensor.start;
        format!("{}[{}, {}]", self.name, at / self.tensor.cols, at % self.tensor.cols)
    }
}

/// The arenas of a model, and what lies where in them.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) arenas: Arenas,
    pub(crate) buffers: Buffers,
    /// Each layer's parameter tensor, if it has one.
    pub(crate) layers: Vec<Option<Tensor>>,
    pub(crate) entries: Arc<[Entry]>,
}

impl Layout {
    pub(crate) fn new(net: &Sequential, optimizer: &Optimizer) -> Result<Self> {
        let parameters = net.parameters()?;
        let sizes =
            parameters.iter().map(|parts| parts.iter().map(|part| part.rows * part.cols).sum::<usize>());
        let alignment = ALIGNMENT / net.precision.element(0).bytes();
        let starts: Vec<usize> = sizes
            .scan(0, |next, size| {
                let start = *next;
                *next = (start + size).next_multiple_of(alignment);
                Some((start, *next))
            })
            .map(|(start, _)| start)
            .collect();
        let last: usize = parameters.last().map_or(0, |parts| parts.iter().map(|p| p.rows * p.cols).sum());
        let length = (starts.last().copied().unwrap_or(0) + last).next_multiple_of(alignment).max(alignment);

        let mut tape = Recorder::new("parameters", 1);
        let arenas = declare(&mut tape, net.precision, length, optimizer.moments());
        let (mut layers, mut entries) = (Vec::new(), Vec::new());
        for ((named, parts), start) in net.layers.iter().zip(&parameters).zip(starts) {
            let cols = parts.first().map_or(0, |part| part.cols);
            let rows = parts.iter().map(|part| part.rows).sum();
            let tensor = Tensor { start, rows, cols, ..arenas.parameters };
            layers.push((rows > 0).then_some(tensor));
            let mut row = 0;
            for part in parts {
                let name = format!("{}.{}", named.name, part.name);
                let tensor = tensor.row_range(row..row + part.rows);
                entries.push(Entry { name, tensor, init: part.init, decays: part.decays });
                row += part.rows;
            }
        }
        Ok(Self { arenas, buffers: tape.buffers().clone(), layers, entries: entries.into() })
    }

    /// The program of no steps that keeps the arenas' buffers.
    pub(crate) fn as_program(&self) -> Program {
        let (steps, buffers, kept) = (Vec::new(), self.buffers.clone(), HashSet::new());
        Program { name: "parameters".into(), steps, buffers, capacity: 1, kept }
    }

    /// Writes what no step changes.
    pub(crate) fn write_constants(&self, backend: &mut dyn Backend) -> Result<()> {
        let mut mask = vec![0.0; self.arenas.mask.len()];
        for entry in self.entries.iter().filter(|entry| entry.decays) {
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

fn declare(tape: &mut Recorder, precision: Precision, length: usize, moments: usize) -> Arenas {
    let halves = (precision == Precision::F16).then(|| {
        let mut pair = |name| tape.tensor(name, Element::Real, 1, 2);
        let (scale, denominators) = (pair("loss.scale"), pair("denominators"));
        Halves { copy: tape.tensor("parameters.halves", Element::Half, 1, length), scale, denominators }
    });
    let mut arena = |name: String, length| tape.tensor(name, Element::Real, 1, length);
    let arenas = Arenas {
        parameters: arena("parameters".into(), length),
        gradients: arena("gradients".into(), length),
        moments: (1..=moments).map(|number| arena(format!("moments.{number}"), length)).collect(),
        one: arena("one".into(), 1),
        mask: arena("decay.mask".into(), length),
        halves,
    };
    tape.scratch(arenas.gradients);
    arenas
}

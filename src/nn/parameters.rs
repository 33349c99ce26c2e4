//! The parameters of a net: what its layers ask for in a first recording, and find in all others.

use crate::error::LayerError;
use crate::nn::init::Init;
use crate::ops::{BatchMoments, MovingAverage, RunningMoments};
use crate::program::recorder::Recorder;
use crate::program::tensor::{BufferId, Element, Tensor};

/// A named parameter.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// `block_1.dense_1.weight`.
    pub(crate) name: String,
    /// As files and users see it.
    pub(crate) shape: Vec<usize>,
    /// All but the last dimension by the last one.
    pub(crate) tensor: Tensor,
    pub(crate) init: Init,
    /// Whether it is a further row of the one before it.
    pub(crate) joined: bool,
    /// Whether it is state, which layers change and no gradient does.
    pub(crate) state: bool,
    /// Whether it is left as it is.
    pub(crate) frozen: bool,
}

impl Entry {
    /// Whether training changes it.
    pub(crate) fn is_trained(&self) -> bool {
        !(self.frozen || self.state)
    }

    /// Whether weight decay shrinks it: vectors, such as biases and the scales of norms, stay as they are.
    pub(crate) fn decays(&self) -> bool {
        self.shape.len() > 1
    }

    /// Whether an array of this shape holds its numbers: its own one, or rows and columns.
    pub(crate) fn takes(&self, shape: &[usize]) -> bool {
        shape == self.shape || shape == self.tensor.shape()
    }

    /// The element at a place in an arena, in words.
    pub(crate) fn element(&self, place: usize) -> String {
        let at = place - self.tensor.start;
        format!("{}[{}, {}]", self.name, at / self.tensor.cols, at % self.tensor.cols)
    }
}

/// What follows a beginning in a dotted name.
pub(crate) fn behind<'n>(name: &'n str, beginning: &str) -> Option<&'n str> {
    name.strip_prefix(beginning).filter(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What layers ask for parameters.
#[derive(Debug)]
pub(crate) struct Parameters {
    entries: Vec<Entry>,
    /// Whether what is not there yet is made.
    declares: bool,
    /// Random masks asked for.
    masks: u32,
    notes: Notes,
}

/// What layers have said beside their outputs.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) tables: Vec<Table>,
    pub(crate) losses: Vec<AddedLoss>,
    pub(crate) updates: Vec<StateUpdate>,
}

/// What state moves towards in each step of a training.
#[derive(Clone, Debug)]
pub(crate) struct StateUpdate {
    pub(crate) state: Tensor,
    pub(crate) towards: Towards,
    /// The share of itself that state keeps.
    pub(crate) momentum: f32,
}

/// What state moves towards.
#[derive(Clone, Debug)]
pub(crate) enum Towards {
    Value(Tensor),
    /// The statistics of a batch.
    Moments(BatchMoments),
}

impl StateUpdate {
    /// Appends the step, which does not count where `factor` is negative.
    pub(crate) fn record(self, tape: &mut Recorder, factor: Tensor) {
        let Self { state, towards, momentum } = self;
        match towards {
            Towards::Value(value) => tape.push(MovingAverage { average: state, value, factor, momentum }),
            Towards::Moments(of) => tape.push(RunningMoments { of, running: state, factor, momentum }),
        }
    }
}

/// A table that integers are looked up in.
#[derive(Debug)]
pub(crate) struct Table {
    /// The layer's path.
    pub(crate) layer: String,
    /// Where the integers are.
    pub(crate) ids: BufferId,
    pub(crate) rows: usize,
}

/// A loss that a layer has added.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AddedLoss {
    /// A number for each sample.
    pub(crate) losses: Tensor,
    /// How much it counts.
    pub(crate) weight: f32,
}

impl Parameters {
    /// None yet; those that layers ask for are made.
    pub(crate) fn declared() -> Self {
        Self { entries: Vec::new(), declares: true, masks: 0, notes: Notes::default() }
    }

    /// These, and no others.
    pub(crate) fn of(entries: &[Entry]) -> Self {
        Self { entries: entries.to_vec(), declares: false, masks: 0, notes: Notes::default() }
    }

    pub(crate) fn into_parts(self) -> (Vec<Entry>, Notes) {
        (self.entries, self.notes)
    }

    pub(crate) fn notes(&mut self) -> &mut Notes {
        &mut self.notes
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A number for a random mask, different from all others of this recording.
    pub(crate) fn mask(&mut self) -> u32 {
        self.masks += 1;
        self.masks - 1
    }

    /// Whether all that a layer owns is left as it is.
    pub(crate) fn is_frozen(&self, path: &str) -> bool {
        let within = |entry: &&Entry| behind(&entry.name, path).is_some();
        let mut owned = self.entries.iter().filter(within).peekable();
        owned.peek().is_some() && owned.all(|entry| entry.frozen)
    }

    /// The tensor of a parameter of this name, or of state.
    pub(crate) fn one(
        &mut self,
        tape: &mut Recorder,
        name: String,
        shape: &[usize],
        init: Init,
        state: bool,
    ) -> Result<Tensor, LayerError> {
        if let Some(entry) = self.entries.iter().find(|entry| entry.name == name) {
            return same(entry, shape).map(|()| entry.tensor);
        }
        let [rows, cols] = self.sizes(&name, shape)?;
        let tensor = tape.tensor(name.clone(), Element::Real, rows, cols);
        self.entries.push(Entry {
            name,
            shape: shape.to_vec(),
            tensor,
            init,
            joined: false,
            state,
            frozen: false,
        });
        Ok(tensor)
    }

    /// The tensor of a parameter with a bias as a further row.
    pub(crate) fn with_bias(
        &mut self,
        tape: &mut Recorder,
        names: [String; 2],
        shape: &[usize],
        init: Init,
    ) -> Result<Tensor, LayerError> {
        self.with_row(tape, names, shape, [init, Init::Zeros], false)
    }

    /// The tensor of a parameter with another one as a further row, or of state.
    pub(crate) fn with_row(
        &mut self,
        tape: &mut Recorder,
        [name, other]: [String; 2],
        shape: &[usize],
        [init, init_of_other]: [Init; 2],
        state: bool,
    ) -> Result<Tensor, LayerError> {
        let with_row = |tensor: Tensor| Tensor { rows: tensor.rows + 1, ..tensor };
        if let Some(at) = self.entries.iter().position(|entry| entry.name == name) {
            same(&self.entries[at], shape)?;
            let joined = self.entries.get(at + 1).is_some_and(|entry| entry.joined && entry.name == other);
            let why = || LayerError::new(format!("asks for {name} with {other}, and was without it before"));
            return if joined { Ok(with_row(self.entries[at].tensor)) } else { Err(why()) };
        }
        let [rows, cols] = self.sizes(&name, shape)?;
        let tensor = tape.tensor(name.clone(), Element::Real, rows + 1, cols);
        let part = |rows| tensor.row_range(rows);
        let first = Entry {
            name,
            shape: shape.to_vec(),
            tensor: part(0..rows),
            init,
            joined: false,
            state,
            frozen: false,
        };
        let second = Entry {
            name: other,
            shape: vec![cols],
            tensor: part(rows..rows + 1),
            init: init_of_other,
            joined: true,
            ..first.clone()
        };
        self.entries.extend([first, second]);
        Ok(tensor)
    }

    /// Rows and columns of a new parameter.
    fn sizes(&self, name: &str, shape: &[usize]) -> Result<[usize; 2], LayerError> {
        let in_words = || shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×");
        if !self.declares {
            let why = format!("asks for the parameter {name} in one recording and not in another");
            return Err(LayerError::new(why));
        }
        if shape.is_empty() || shape.contains(&0) {
            let why =
                format!("has the parameter {name} of {}, which holds no number; leave it out", in_words());
            return Err(LayerError::new(why));
        }
        let counted = |product: u32, size: &usize| product.checked_mul(u32::try_from(*size).ok()?);
        // One more row has room for a bias.
        let numbers = shape
            .iter()
            .try_fold(1, counted)
            .and_then(|count| count.checked_add(shape.last().copied()? as u32));
        if numbers.is_none() {
            return Err(LayerError::TooLarge { what: name.to_string() });
        }
        let cols = shape.last().copied().unwrap_or(1);
        Ok([shape.iter().product::<usize>() / cols, cols])
    }
}

/// An error unless a parameter has the shape that is asked for.
fn same(entry: &Entry, shape: &[usize]) -> Result<(), LayerError> {
    if entry.shape == shape {
        return Ok(());
    }
    let why = format!(
        "asks for the parameter {} of shape {shape:?}, which has the shape {:?} elsewhere",
        entry.name, entry.shape
    );
    Err(LayerError::new(why))
}

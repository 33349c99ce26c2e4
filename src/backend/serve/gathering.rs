//! Rows of several callers on their way into one batch, and the answer that all of them wait for.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::backend::Values;
use crate::error::{Error, Result};
use crate::program::tensor::{Element, Tensor};

/// Locks what stays whole when a thread panics: numbers and flags.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The numbers of one input.
#[derive(Debug)]
pub(super) enum Numbers {
    Real(Vec<f32>),
    U32(Vec<u32>),
}

impl Numbers {
    /// None yet, of what a tensor holds; reals are rounded where it holds halves.
    fn of(tensor: &Tensor) -> Self {
        if tensor.element == Element::U32 { Self::U32(Vec::new()) } else { Self::Real(Vec::new()) }
    }

    /// Adds numbers that fit the tensor.
    fn append(&mut self, values: Values<'_>) {
        match (self, values) {
            (Self::Real(numbers), Values::Real(values)) => numbers.extend_from_slice(values),
            (Self::U32(numbers), Values::U32(values)) => numbers.extend_from_slice(values),
            (_, other) => unreachable!("{:?} do not fit the tensor", other.element()),
        }
    }

    fn clear(&mut self) {
        match self {
            Self::Real(numbers) => numbers.clear(),
            Self::U32(numbers) => numbers.clear(),
        }
    }

    pub(super) fn values(&self) -> Values<'_> {
        match self {
            Self::Real(numbers) => Values::Real(numbers),
            Self::U32(numbers) => Values::U32(numbers),
        }
    }
}

/// A batch that callers put their rows into.
#[derive(Debug)]
pub(super) struct Gathering {
    pub(super) inputs: Vec<Numbers>,
    pub(super) samples: usize,
    /// When the first rows came.
    pub(super) since: Option<Instant>,
    pub(super) answer: Arc<Answer>,
}

impl Gathering {
    pub(super) fn new(inputs: &[Tensor]) -> Self {
        let inputs = inputs.iter().map(Numbers::of).collect();
        Self { inputs, samples: 0, since: None, answer: Arc::default() }
    }

    /// Adds the rows of a caller, which fit the tensors, and says where its samples begin.
    pub(super) fn add(&mut self, samples: usize, inputs: &[Values<'_>]) -> usize {
        for (numbers, values) in self.inputs.iter_mut().zip(inputs) {
            numbers.append(*values);
        }
        let first = self.samples;
        self.samples += samples;
        self.since.get_or_insert_with(Instant::now);
        first
    }

    /// Empty again, for other callers.
    pub(super) fn clear(&mut self) {
        self.inputs.iter_mut().for_each(Numbers::clear);
        (self.samples, self.since, self.answer) = (0, None, Arc::default());
    }
}

/// What a batch gives: the numbers of each output, or an error that all its callers share.
type Outcome = Result<Vec<Vec<f32>>, Arc<Error>>;

/// Where the callers of a batch wait for what it gives.
#[derive(Debug, Default)]
pub(super) struct Answer {
    outcome: Mutex<Option<Arc<Outcome>>>,
    given: Condvar,
}

impl Answer {
    /// Gives it to all that wait; the first one counts.
    pub(super) fn give(&self, outcome: Result<Vec<Vec<f32>>>) {
        lock(&self.outcome).get_or_insert_with(|| Arc::new(outcome.map_err(Arc::new)));
        self.given.notify_all();
    }

    /// Waits for it, and writes what a caller's samples from `first` on gave to `outputs`.
    pub(super) fn take(&self, first: usize, samples: usize, outputs: &mut [&mut [f32]]) -> Result<()> {
        let waiting = self.given.wait_while(lock(&self.outcome), |outcome| outcome.is_none());
        let outcome = waiting.unwrap_or_else(PoisonError::into_inner).clone();
        let Some(outcome) = outcome else { unreachable!("nothing else ends the wait") };
        let numbers = (*outcome).as_ref().map_err(of_each)?;
        for (output, numbers) in outputs.iter_mut().zip(numbers) {
            let width = output.len() / samples;
            output.copy_from_slice(&numbers[first * width..][..output.len()]);
        }
        Ok(())
    }
}

/// A shared error for one of those that share it: a copy where there can be one, so that a lost device is told as everywhere.
fn of_each(error: &Arc<Error>) -> Error {
    match &**error {
        Error::Gpu(error) => Error::Gpu(error.clone()),
        Error::Serve(error) => Error::Serve(error.clone()),
        _ => Error::Shared(error.clone()),
    }
}

//! The queue before a backend whose runs come one after the other: it puts the rows of many callers into one batch.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Server;
use super::gathering::{Answer, Gathering, lock};
use super::worker::Worker;
use crate::backend::{Backend, ProgramId, Values};
use crate::error::{Error, Result, ServeError};
use crate::program::Batch;
use crate::program::tensor::Tensor;

/// A program and the tensors through which callers meet it.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) program: ProgramId,
    /// The most samples of a batch.
    pub(crate) capacity: usize,
    pub(crate) inputs: Vec<Tensor>,
    pub(crate) outputs: Vec<Tensor>,
}

/// What callers and the thread that runs the backend share.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) served: Served,
    /// The backend's name.
    backend: &'static str,
    line: Mutex<Line>,
    /// To the worker: rows have come, or the end.
    came: Condvar,
    /// To callers whose rows had no room: a batch was taken.
    taken: Condvar,
    /// The longest that the first rows of a batch wait for others, in nanoseconds.
    limit: AtomicU64,
}

#[derive(Debug)]
struct Line {
    gathering: Gathering,
    /// Whether somebody's rows had no more room.
    full: bool,
    /// Whether nobody will come any more.
    closed: bool,
    /// Whether the worker is there.
    served: bool,
}

/// A backend on a thread of its own, and the queue before it.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: Arc<Waiting>,
    worker: Option<JoinHandle<()>>,
}

impl Queue {
    /// Starts the thread that runs `backend`; the first rows of a batch wait for others as long as `limit`.
    pub(crate) fn start(backend: Box<dyn Backend>, served: Served, limit: Duration) -> Result<Self> {
        let line =
            Line { gathering: Gathering::new(&served.inputs), full: false, closed: false, served: true };
        let (name, line, limit) =
            (backend.info().backend, Mutex::new(line), AtomicU64::new(nanoseconds(limit)));
        let (came, taken) = Default::default();
        let waiting = Arc::new(Waiting { served, backend: name, line, came, taken, limit });
        let worker = Worker::new(backend, waiting.clone());
        let thread = std::thread::Builder::new().name("wgrad-serve".into()).spawn(move || worker.run());
        let thread = thread.map_err(|error| Error::Threads { threads: 1, why: error.to_string() })?;
        Ok(Self { waiting, worker: Some(thread) })
    }

    /// Sets how long the first rows of a batch wait for others.
    pub(crate) fn gather(&self, limit: Duration) {
        self.waiting.limit.store(nanoseconds(limit), Ordering::Relaxed);
    }
}

fn nanoseconds(limit: Duration) -> u64 {
    limit.as_nanos().try_into().unwrap_or(u64::MAX)
}

impl Server for Queue {
    fn serve(&self, samples: usize, inputs: &[Values<'_>], outputs: &mut [&mut [f32]]) -> Result<()> {
        self.waiting.served.check(samples, inputs)?;
        let (answer, first) = self.waiting.join(samples, inputs)?;
        answer.take(first, samples, outputs)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        lock(&self.waiting.line).closed = true;
        self.waiting.came.notify_one();
        // A worker that has panicked has told the callers.
        self.worker.take().map(JoinHandle::join);
    }
}

impl Served {
    /// An error unless these are the numbers of so many samples.
    fn check(&self, samples: usize, inputs: &[Values<'_>]) -> Result<()> {
        let capacity = self.capacity;
        if samples == 0 || samples > capacity {
            return Err(Error::BatchSize { rows: samples, capacity });
        }
        let mut each = self.inputs.iter().zip(inputs);
        each.try_for_each(|(tensor, values)| values.fit(tensor.live(&Batch::of(samples))))
    }
}

impl Waiting {
    /// Puts a caller's rows into a batch: where it will be answered, and where its samples begin.
    fn join(&self, samples: usize, inputs: &[Values<'_>]) -> Result<(Arc<Answer>, usize)> {
        let mut line = lock(&self.line);
        while line.served && line.gathering.samples + samples > self.served.capacity {
            line.full = true;
            self.came.notify_one();
            line = wait(&self.taken, line);
        }
        if !line.served {
            return Err(self.stopped());
        }
        let first = line.gathering.add(samples, inputs);
        self.came.notify_one();
        Ok((line.gathering.answer.clone(), first))
    }

    /// For the worker: takes the next batch in exchange for an empty one; `None` at the end.
    pub(super) fn next(&self, empty: Gathering) -> Option<Gathering> {
        let mut line = lock(&self.line);
        loop {
            let waits = match line.gathering.since {
                None if line.closed => return None,
                None => None,
                Some(since) => Some(self.left(&line, since)),
            };
            line = match waits {
                None => wait(&self.came, line),
                Some(Duration::ZERO) => break,
                Some(left) => self.came.wait_timeout(line, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        line.full = false;
        self.taken.notify_all();
        Some(std::mem::replace(&mut line.gathering, empty))
    }

    /// How long a batch whose first rows came at `since` waits for others.
    fn left(&self, line: &Line, since: Instant) -> Duration {
        if line.full || line.closed || line.gathering.samples >= self.served.capacity {
            return Duration::ZERO;
        }
        Duration::from_nanos(self.limit.load(Ordering::Relaxed)).saturating_sub(since.elapsed())
    }

    /// For the worker, when it ends: no batch is run any more, and whoever waits for one is told.
    pub(super) fn end(&self) {
        let mut line = lock(&self.line);
        line.served = false;
        line.gathering.answer.give(Err(self.stopped()));
        self.taken.notify_all();
    }

    /// What callers get whose rows wait for a worker that has panicked.
    pub(super) fn stopped(&self) -> Error {
        ServeError::Stopped { backend: self.backend }.into()
    }
}

fn wait<'l>(of: &Condvar, line: MutexGuard<'l, Line>) -> MutexGuard<'l, Line> {
    of.wait(line).unwrap_or_else(PoisonError::into_inner)
}

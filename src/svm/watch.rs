//! Who looks at a fit, and may end it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::SvmError;
use crate::clock::Instant;
use crate::train::callback::Flow;

/// How often progress within a pair is told.
const EVERY: Duration = Duration::from_millis(100);
/// Iterations between two looks at the clock.
const UNWATCHED: u64 = 16;

/// How far a fit is.
///
/// ```
/// use wgrad::callback::Flow;
/// use wgrad::ndarray::array;
/// use wgrad::svm::{RbfSvm, SvmError, SvmProgress};
///
/// let latents = array![[0.0, 0.1], [0.2, 0.0], [3.0, 3.1], [3.2, 2.9]];
/// let on_progress = |progress: &SvmProgress| {
///     println!("{} of {} pairs", progress.pairs_done, progress.pairs);
///     if progress.pairs_done < 1 { Flow::Continue } else { Flow::Stop }
/// };
/// let svm = RbfSvm::params().fit_with_progress(latents.view(), &[7, 8, 9, 9], on_progress);
/// assert!(matches!(svm, Err(SvmError::Interrupted { pairs: 3, .. })));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SvmProgress {
    /// Pairs of classes that are done.
    pub pairs_done: usize,
    /// Pairs of classes in all.
    pub pairs: usize,
    /// The two labels that were worked on last.
    pub classes: [u32; 2],
    /// Iterations on these two, each of which moves two rows.
    pub iterations: u64,
    /// By how much two of the rows at work still violate the optimality conditions; see
    /// [`RbfSvmParams::tolerance`](super::RbfSvmParams::tolerance).
    pub violation: f64,
}

/// What is told of a fit's progress, from several threads.
pub(super) type OnProgress<'f> = dyn Fn(&SvmProgress) -> Flow + Sync + 'f;

/// Tells of a fit's progress, and remembers that it should stop.
pub(super) struct Audience<'f> {
    on_progress: &'f OnProgress<'f>,
    pairs: usize,
    told: Mutex<Told>,
    stopped: AtomicBool,
}

struct Told {
    pairs_done: usize,
    last: Instant,
}

impl<'f> Audience<'f> {
    pub(super) fn new(pairs: usize, on_progress: &'f OnProgress<'f>) -> Self {
        let told = Mutex::new(Told { pairs_done: 0, last: Instant::now() });
        Self { on_progress, pairs, told, stopped: AtomicBool::new(false) }
    }

    /// One pair more is done.
    fn pair_done(&self, watch: &Watch<'_>) -> Result<(), SvmError> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.pairs_done += 1;
        let outcome = self.tell(&mut told, watch);
        if told.pairs_done == self.pairs { Ok(()) } else { outcome }
    }

    /// Tells how a pair does, if the last time was a while ago.
    fn pair_goes_on(&self, watch: &Watch<'_>) -> Result<(), SvmError> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.last.elapsed() >= EVERY {
            self.tell(&mut told, watch)
        } else if self.stopped.load(Ordering::Relaxed) {
            Err(self.interrupted(&told))
        } else {
            Ok(())
        }
    }

    fn tell(&self, told: &mut Told, watch: &Watch<'_>) -> Result<(), SvmError> {
        let &Watch { classes, iterations, violation, .. } = watch;
        let progress =
            SvmProgress { pairs_done: told.pairs_done, pairs: self.pairs, classes, iterations, violation };
        if !self.stopped.load(Ordering::Relaxed) && (self.on_progress)(&progress) == Flow::Stop {
            self.stopped.store(true, Ordering::Relaxed);
        }
        told.last = Instant::now();
        if self.stopped.load(Ordering::Relaxed) { Err(self.interrupted(told)) } else { Ok(()) }
    }

    fn interrupted(&self, told: &Told) -> SvmError {
        SvmError::Interrupted { pairs_done: told.pairs_done, pairs: self.pairs }
    }
}

/// Counts the iterations of one pair of classes.
pub(super) struct Watch<'a> {
    audience: &'a Audience<'a>,
    classes: [u32; 2],
    limit: u64,
    pub(super) iterations: u64,
    violation: f64,
}

impl<'a> Watch<'a> {
    pub(super) fn new(audience: &'a Audience<'a>, classes: [u32; 2], limit: u64) -> Self {
        Self { audience, classes, limit, iterations: 0, violation: f64::INFINITY }
    }

    /// Counts an iteration; false if there may be none.
    ///
    /// # Errors
    /// [`SvmError::Interrupted`], as in the other methods.
    pub(super) fn another(&mut self, violation: f64) -> Result<bool, SvmError> {
        if self.iterations == self.limit {
            return Ok(false);
        }
        self.iterations += 1;
        self.violation = violation;
        if self.iterations.is_multiple_of(UNWATCHED) {
            self.heed()?;
        }
        Ok(true)
    }

    /// Lets the audience end long work that is no iteration.
    pub(super) fn heed(&self) -> Result<(), SvmError> {
        self.audience.pair_goes_on(self)
    }

    pub(super) fn done(&self) -> Result<(), SvmError> {
        self.audience.pair_done(self)
    }
}

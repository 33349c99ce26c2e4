//! A source as training data.

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use super::reader::check_wanted;
use super::{Source, Windows};
use crate::error::source::{Reading, SourceFault};
use crate::error::{Error, Result};
use crate::train::dataset::Dataset;

/// Bytes of a window, as far as nothing else is said.
const WINDOW_BYTES: usize = 64 << 20;

/// Blocks of a window, as far as nothing else is said.
const BLOCKS: usize = 64;

/// A [`Source`] as training data: a window of its samples is on the device at a time, and the next one is read meanwhile.
///
/// The device holds one window, and the memory two. Where all samples fit into one, the training is that of a
/// [`Dataset`] of them, to the last bit.
///
/// # How samples are shuffled
/// Before each epoch the blocks of the source come into a random order: a block is samples that lie together. A window takes
/// the blocks one after the other, [`window`](Streamed::window) / [`block`](Streamed::block) of them, 64 if nothing else is said;
/// its samples are then shuffled. So a batch is drawn from that many random places of the source, and not from all of
/// it. A source that is sorted by class has in each window about as many classes as 64 draws give; one that is in random
/// order already is shuffled as well as a whole dataset. Smaller blocks mix better, and larger ones are read faster.
///
/// ```
/// use std::ops::Range;
///
/// use wgrad::backend::Cpu;
/// use wgrad::layers::Dense;
/// use wgrad::source::{ReadError, Source, Streamed};
/// use wgrad::{Dataset, Fit, Optimizer, Samples, Sequential, losses};
///
/// /// Points of a line, computed as they are asked for.
/// struct Line;
///
/// impl Source for Line {
///     fn len(&self) -> usize {
///         100_000
///     }
///
///     fn read(&mut self, samples: Range<usize>) -> Result<Dataset, ReadError> {
///         let x: Vec<f32> = samples.map(|sample| sample as f32 / 1e5).collect();
///         let y: Vec<f32> = x.iter().map(|x| 2.0 * x + 1.0).collect();
///         Ok(Dataset::pairs(Samples::rows(x, 1)?, Samples::rows(y, 1)?)?)
///     }
/// }
///
/// let line = Streamed::new(Line)?.window(10_000).block(100);
/// let net = Sequential::new([1]).add(Dense::new(1));
/// let mut model = net.compile(Cpu::<f32>::new()?, losses::MeanSquaredError, Optimizer::adam(0.01), 0)?;
/// let history = model.fit(&line, Fit::new().epochs(2).batch(50))?;
/// assert!(history.epochs[1].metrics.loss < 1e-4);
/// # Ok::<(), wgrad::Error>(())
/// ```
#[derive(Clone)]
pub struct Streamed {
    source: Arc<Mutex<Box<dyn Source>>>,
    samples: usize,
    identity: u64,
    /// The first sample.
    first: Dataset,
    window: Option<usize>,
    block: Option<usize>,
}

impl Streamed {
    /// Reads the first sample, to know what all are like.
    ///
    /// # Errors
    /// A source without samples; one that cannot read the first.
    pub fn new(source: impl Source + 'static) -> Result<Self> {
        let (samples, identity) = (source.len(), source.identity());
        if samples == 0 {
            return Err(Error::Samples { why: "the source has no samples; one is the least".into() });
        }
        let mut source: Box<dyn Source> = Box::new(source);
        let first = read_piece(&mut *source, 0..1)?;
        let source = Arc::new(Mutex::new(source));
        Ok(Self { source, samples, identity, first, window: None, block: None })
    }

    /// Sets how many samples are on the device at once; they are cut to whole steps, and are at least one. Without it they
    /// take 64 MiB.
    #[must_use]
    pub fn window(self, samples: usize) -> Self {
        Self { window: Some(samples), ..self }
    }

    /// Sets how many samples stay together when they are shuffled. One call reads a block; a window may end within one, which takes
    /// a call for each part, and neighbours are read at once. Without it a window has 64 blocks.
    #[must_use]
    pub fn block(self, samples: usize) -> Self {
        Self { block: Some(samples), ..self }
    }

    /// How many samples there are; at least one.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.samples
    }

    pub(super) fn first(&self) -> &Dataset {
        &self.first
    }

    pub(super) fn identity(&self) -> u64 {
        self.identity
    }

    /// In which parts it is read, where a step takes up to `step` samples.
    pub(super) fn windows(&self, step: usize) -> Result<Windows> {
        let window = self.window.unwrap_or_else(|| (WINDOW_BYTES / self.first.bytes().max(1)).max(1));
        let block = self.block.unwrap_or_else(|| (window / BLOCKS).max(1));
        if window == 0 || block == 0 {
            let why = format!("windows of {window} samples in blocks of {block}; both must be at least 1");
            return Err(Error::Setting { why });
        }
        let windows = Windows::new(self.samples, window, block, step);
        if windows.blocks().max(windows.room()) > u32::MAX as usize {
            let why = format!(
                "{} samples in windows of {} and blocks of {block}; at most {} samples make a window, and so many blocks \
                 the whole",
                self.samples,
                windows.room(),
                u32::MAX
            );
            return Err(Error::Setting { why });
        }
        Ok(windows)
    }

    /// Reads these samples, unless `stop` is set meanwhile. Where they are fewer than `room`, the first sample fills the rest.
    pub(crate) fn read(
        &self,
        pieces: &[Range<usize>],
        room: usize,
        stop: Option<&AtomicBool>,
    ) -> Result<Dataset> {
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        let mut parts = Vec::new();
        for piece in pieces {
            check_wanted(stop)?;
            let part = read_piece(&mut **source, piece.clone())?;
            let alike = Dataset::joined(&[&self.first, &part.at(&[0])]);
            alike.map_err(|error| of(piece.clone(), SourceFault::Unlike(Box::new(error))))?;
            parts.push(part);
        }
        let read: usize = pieces.iter().map(Range::len).sum();
        if read < room {
            parts.push(self.first.at(&vec![0; room - read]));
        }
        match parts.len() {
            1 => Ok(parts.remove(0)),
            _ => Dataset::joined(&parts.iter().collect::<Vec<_>>()),
        }
    }
}

/// Reads samples by one call, and counts them.
fn read_piece(source: &mut dyn Source, samples: Range<usize>) -> Result<Dataset> {
    let asked = samples.clone();
    let outcome = catch_unwind(AssertUnwindSafe(|| source.read(asked)));
    let fault = match outcome {
        Ok(Ok(data)) if data.len() == samples.len() => return Ok(data),
        Ok(Ok(data)) => SourceFault::Count { given: data.len() },
        Ok(Err(error)) => SourceFault::Read(error),
        Err(panic) => SourceFault::Panicked { message: panic_text(&*panic) },
    };
    Err(of(samples, fault))
}

/// What a panic says, where that is a text.
fn panic_text(panic: &(dyn Any + Send)) -> Option<String> {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
}

/// The error of some samples.
pub(crate) fn of(samples: Range<usize>, fault: SourceFault) -> Error {
    Error::Source { samples, fault, during: Reading::Alone, checkpoint: None }
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { samples, identity, window, block, .. } = self;
        let mut shown = f.debug_struct("Streamed");
        shown.field("samples", samples).field("identity", identity);
        shown.field("window", window).field("block", block).finish_non_exhaustive()
    }
}

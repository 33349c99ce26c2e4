//! The thread that reads windows of a source.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Streamed;
use crate::error::{Error, Result};
use crate::train::dataset::Dataset;

/// How often who waits for samples looks whether the training is interrupted.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// What to read.
#[derive(Clone, Debug)]
struct Wanted {
    pieces: Vec<Range<usize>>,
    /// For how many samples there is room.
    room: usize,
    /// Set once nobody wants them any more.
    stop: Arc<AtomicBool>,
}

/// A thread that reads what will be asked for next.
#[derive(Debug)]
pub(crate) struct Reader {
    /// None where nothing is asked for any more.
    to_read: Option<Sender<Wanted>>,
    read: Receiver<Result<Dataset>>,
    /// What the thread reads, or has read.
    under_way: Option<Wanted>,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    /// Starts the thread.
    ///
    /// # Errors
    /// A system that gives no thread.
    pub(crate) fn start(streamed: &Streamed) -> Result<Self> {
        let (to_read, wanted) = channel::<Wanted>();
        let (done, read) = channel();
        let streamed = streamed.clone();
        let run = move || {
            for Wanted { pieces, room, stop } in wanted {
                if done.send(streamed.read(&pieces, room, Some(&stop))).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("wgrad-read".into()).spawn(run);
        let thread = thread.map_err(|error| Error::Threads { threads: 1, why: error.to_string() })?;
        Ok(Self { to_read: Some(to_read), read, under_way: None, thread: Some(thread) })
    }

    /// Begins to read samples that [`take`](Reader::take) will be asked for.
    pub(crate) fn begin(&mut self, pieces: Vec<Range<usize>>, room: usize) -> Result<()> {
        if self.under_way.as_ref().is_some_and(|there| (&there.pieces, there.room) == (&pieces, room)) {
            return Ok(());
        }
        if let Some(unwanted) = self.under_way.take() {
            // Read in vain: the training goes on elsewhere. A fault in it is none of what is wanted.
            unwanted.stop.store(true, Ordering::Relaxed);
            let _ = self.read.recv();
        }
        let sender = self.to_read.as_ref().ok_or_else(gone)?;
        let wanted = Wanted { pieces, room, stop: Arc::default() };
        sender.send(wanted.clone()).map_err(|_| gone())?;
        self.under_way = Some(wanted);
        Ok(())
    }

    /// Samples, once they are read, or an interruption if that comes first.
    pub(crate) fn take(
        &mut self,
        pieces: Vec<Range<usize>>,
        room: usize,
        interrupt: Option<&AtomicBool>,
    ) -> Result<Dataset> {
        self.begin(pieces, room)?;
        loop {
            match self.read.recv_timeout(BETWEEN_LOOKS) {
                Ok(read) => {
                    self.under_way = None;
                    return read;
                }
                Err(RecvTimeoutError::Timeout) => check_wanted(interrupt)?,
                Err(RecvTimeoutError::Disconnected) => return Err(gone()),
            }
        }
    }
}

/// An interruption where the flag is set. Who trains knows how far it came.
pub(super) fn check_wanted(stop: Option<&AtomicBool>) -> Result<()> {
    if stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
        return Err(Error::Interrupted { epoch: 0, batches: 0, checkpoint: None });
    }
    Ok(())
}

fn gone() -> Error {
    Error::Bug { what: "the thread that reads samples has ended".into() }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.to_read = None;
        if let Some(unwanted) = &self.under_way {
            unwanted.stop.store(true, Ordering::Relaxed);
        }
        if let Some(thread) = self.thread.take() {
            // Panics of sources are caught where they are read.
            let _ = thread.join();
        }
    }
}

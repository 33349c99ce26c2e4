//! The thread that reads windows of a source.

use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::Streamed;
use crate::error::{Error, Result};
use crate::train::dataset::Dataset;

/// What to read: samples, and for how many there is room.
type Wanted = (Vec<Range<usize>>, usize);

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
            for (pieces, room) in wanted {
                if done.send(streamed.read(&pieces, room)).is_err() {
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
        let wanted = (pieces, room);
        if self.under_way.as_ref() == Some(&wanted) {
            return Ok(());
        }
        if self.under_way.take().is_some() {
            // Read in vain: the training goes on elsewhere. A fault in it is none of what is wanted.
            let _ = self.read.recv();
        }
        let sender = self.to_read.as_ref().ok_or_else(gone)?;
        sender.send(wanted.clone()).map_err(|_| gone())?;
        self.under_way = Some(wanted);
        Ok(())
    }

    /// Samples, once they are read.
    pub(crate) fn take(&mut self, pieces: Vec<Range<usize>>, room: usize) -> Result<Dataset> {
        self.begin(pieces, room)?;
        self.under_way = None;
        self.read.recv().map_err(|_| gone())?
    }
}

fn gone() -> Error {
    Error::Bug { what: "the thread that reads samples has ended".into() }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.to_read = None;
        if let Some(thread) = self.thread.take() {
            // Panics of sources are caught where they are read.
            let _ = thread.join();
        }
    }
}

//! The course of a program through the samples of a dataset: which of them are on the device, and in which order.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::AtomicBool;

use super::Model;
use super::on_device::{Data, OnDevice};
use super::run::{Loaded, Run};
use crate::backend::{Backend, Values};
use crate::error::{Error, Result};
use crate::nn::layers::Mode;
use crate::random::{Purpose, Stream};
use crate::train::dataset::Dataset;
use crate::train::source::{self, Feed, Reader, SourceFault, Streamed, Windows};

/// The order in which an epoch takes its samples.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    /// The blocks, in the order in which windows take them; none where they are not shuffled.
    pub(super) blocks: Vec<u32>,
    /// Places in a window, in the order in which batches take them.
    pub(super) places: Vec<u32>,
}

/// Where a program is in the samples of a dataset.
#[derive(Debug)]
pub(super) struct Course<'d> {
    pub(super) feed: Feed<'d>,
    pub(super) windows: Windows,
    pub(super) order: Order,
    /// The window of the epoch that `order` is drawn for.
    drawn: Option<usize>,
    /// The window of the epoch that is on the device, in its order.
    ready: Option<usize>,
    /// The samples that are on the device.
    there: Vec<Range<usize>>,
    /// Reads what is not there.
    reader: Option<Reader>,
}

impl Order {
    /// As the samples lie.
    fn natural(blocks: usize, room: usize) -> Self {
        Self { blocks: (0..blocks as u32).collect(), places: (0..room as u32).collect() }
    }

    /// Whether it is one of so many blocks and places.
    pub(super) fn is_of(&self, blocks: usize, room: usize) -> bool {
        is_order(&self.blocks, blocks) && is_order(&self.places, room)
    }
}

fn is_order(order: &[u32], count: usize) -> bool {
    let mut seen = vec![false; count];
    let new = |index: &u32| seen.get_mut(*index as usize).is_some_and(|seen| !std::mem::replace(seen, true));
    order.len() == count && order.iter().all(new)
}

impl<'d> Course<'d> {
    /// At the beginning of an epoch, with nothing on the device.
    pub(super) fn new(feed: Feed<'d>, windows: Windows) -> Self {
        let order = Order::natural(windows.blocks(), windows.room());
        Self { feed, windows, order, drawn: None, ready: None, there: Vec::new(), reader: None }
    }

    /// Goes to where the order was drawn for a window, or to the beginning of an epoch.
    pub(super) fn go_to(&mut self, order: Order, drawn: Option<usize>) {
        (self.order, self.drawn, self.ready) = (order, drawn, None);
    }

    /// Goes to where another one is, with a device that has other samples.
    pub(super) fn go_on_as(&mut self, other: &Course<'_>) {
        self.go_to(other.order.clone(), other.drawn);
    }

    /// Goes to the beginning of an epoch.
    pub(super) fn rewind(&mut self) {
        (self.drawn, self.ready) = (None, None);
    }

    /// Draws the order of a window: at the beginning of an epoch that of the blocks, then that of the samples.
    pub(super) fn draw(&mut self, window: usize, shuffler: &mut Stream) {
        if self.drawn == Some(window) {
            return;
        }
        if window == 0 {
            shuffler.shuffle(&mut self.order.blocks);
        }
        shuffler.shuffle(&mut self.order.places);
        self.drawn = Some(window);
    }

    /// The places in a window, in the order of its batches; those that it does not have come last.
    fn places(&self, window: usize) -> Cow<'_, [u32]> {
        let len = self.windows.len_of(window) as u32;
        if len as usize == self.windows.room() {
            return Cow::Borrowed(&self.order.places);
        }
        let (mut places, beyond): (Vec<u32>, Vec<u32>) =
            self.order.places.iter().partition(|place| **place < len);
        places.extend(beyond);
        Cow::Owned(places)
    }

    /// The window that comes first is on the device, except for its order.
    pub(super) fn has_arrived(&mut self) {
        self.there = self.pieces(0);
    }

    /// The samples of a window.
    fn pieces(&self, window: usize) -> Vec<Range<usize>> {
        self.windows.pieces(&self.order.blocks, window)
    }

    /// Begins to read the window after this one.
    fn look_ahead(&mut self, window: usize) -> Result<()> {
        if window + 1 == self.windows.count() {
            return Ok(());
        }
        let (pieces, room) = (self.pieces(window + 1), self.windows.room());
        self.reader.as_mut().map_or(Ok(()), |reader| reader.begin(pieces, room))
    }

    /// Reads samples, in the background as far as they were foreseen.
    fn read(
        &mut self,
        streamed: &Streamed,
        pieces: &[Range<usize>],
        interrupt: Option<&AtomicBool>,
    ) -> Result<Dataset> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => none.insert(Reader::start(streamed)?),
        };
        reader.take(pieces.to_vec(), self.windows.room(), interrupt)
    }
}

impl Model {
    /// Has the window of a training's next batch on the device, in the order of its epoch, unless it is interrupted meanwhile.
    pub(super) fn enter(&mut self, run: &mut Run<'_, '_>, interrupt: Option<&AtomicBool>) -> Result<()> {
        let window = run.train.batches.window_of(run.batches);
        if run.train.course.ready == Some(window) {
            return Ok(());
        }
        let (shuffles, course) = (run.fit.shuffle, &mut run.train.course);
        // An epoch that cannot begin was not drawn.
        let before = (window == 0 && matches!(course.feed, Feed::Streamed(_)))
            .then(|| (self.shuffler.drawn(), course.order.clone()));
        if shuffles {
            course.draw(window, &mut self.shuffler);
        }
        let brought = self.bring(&mut run.train, window, interrupt);
        if let (Err(_), Some((drawn, order))) = (&brought, before) {
            self.shuffler = Stream::at(self.seed, Purpose::Shuffling, drawn);
            run.train.course.go_to(order, None);
        }
        brought
    }

    /// Puts a window and its order on the device, and begins to read the next one.
    pub(super) fn bring(
        &mut self,
        loaded: &mut Loaded<'_>,
        window: usize,
        interrupt: Option<&AtomicBool>,
    ) -> Result<()> {
        let course = &mut loaded.course;
        if course.ready == Some(window) {
            return Ok(());
        }
        if course.windows.count() > 1 || course.there.is_empty() {
            let pieces = course.pieces(window);
            if course.there != pieces {
                let samples = course.feed.samples(|streamed| course.read(streamed, &pieces, interrupt))?;
                let data = self.check_window(&samples, &pieces)?;
                loaded.course.there.clear();
                loaded.on.load(&data, &mut *self.backend)?;
                loaded.course.there = pieces;
            }
        }
        let course = &mut loaded.course;
        self.backend.write(loaded.on.indices, Values::U32(&course.places(window)))?;
        course.ready = Some(window);
        course.look_ahead(window)
    }

    /// Puts a window of a course on a further backend, where a program runs on it again.
    pub(super) fn bring_again(
        &self,
        course: &Course<'_>,
        window: usize,
        on: &OnDevice,
        backend: &mut dyn Backend,
        interrupt: Option<&AtomicBool>,
    ) -> Result<()> {
        let pieces = course.pieces(window);
        let read = |streamed: &Streamed| streamed.read(&pieces, course.windows.room(), interrupt);
        let samples = course.feed.samples(read)?;
        on.load(&self.check_window(&samples, &pieces)?, backend)?;
        backend.write(on.indices, Values::U32(&course.places(window)))
    }

    /// A window as the model takes it, or an error that names the samples which it does not take.
    fn check_window<'w>(&self, samples: &'w Dataset, pieces: &[Range<usize>]) -> Result<Data<'w>> {
        let error = match self.check_samples(samples.into(), Mode::Infer, 1, 0) {
            Ok(data) => return Ok(data),
            Err(error) => error,
        };
        let mut first = 0;
        for piece in pieces {
            let places: Vec<usize> = (first..first + piece.len()).collect();
            let part = samples.at(&places);
            if let Err(mut error) = self.check_samples((&part).into(), Mode::Infer, 1, piece.start) {
                if let Error::Index { sample, .. } = &mut error {
                    *sample += piece.start;
                }
                return Err(source::of(piece.clone(), SourceFault::Model(Box::new(error))));
            }
            first += piece.len();
        }
        Err(error)
    }
}

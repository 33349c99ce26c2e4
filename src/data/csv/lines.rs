//! The lines on which records begin, and quotes that do not fit.

use std::collections::VecDeque;
use std::io::{self, Read};

const QUOTE: u8 = b'"';
/// What some programs put before UTF-8.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// A table on its way to the reader of the `csv` crate, which says the line before where lines are empty or end in `\r\n`.
/// It also takes all rows behind a missing quote for one cell, and says nothing.
pub(super) struct Lines<R> {
    source: R,
    delimiter: u8,
    place: Place,
    line: u64,
    /// The last byte was `\r`, and a `\n` belongs to it.
    returned: bool,
    /// Of records that are not asked for yet.
    begins: VecDeque<u64>,
    /// Where the last quoted cell begins.
    quoted: u64,
    /// Where the first quoted cell begins that does not end as it must.
    fault: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    BeforeRecord,
    BeforeCell,
    Plain,
    Quoted,
    /// Behind a quote in a quoted cell: its end, or the first half of a doubled quote.
    Quote,
    /// Among spaces behind a quoted cell.
    Behind,
}

impl<R> Lines<R> {
    pub fn of(source: R, delimiter: u8) -> Self {
        let (place, begins) = (Place::BeforeRecord, VecDeque::new());
        Self { source, delimiter, place, line: 1, returned: false, begins, quoted: 0, fault: None }
    }

    /// The line on which the next record begins.
    pub fn next(&mut self) -> u64 {
        self.begins.pop_front().unwrap_or(self.line)
    }

    /// The line on which a quoted cell begins that does not end as it must.
    pub fn fault(&self) -> Option<u64> {
        self.fault
    }

    fn step(&mut self, byte: u8) {
        let before = self.place;
        self.place = self.behind(byte);
        if before == Place::BeforeRecord && self.place != before {
            self.begins.push_back(self.line);
        }
        if self.place == Place::Quoted && matches!(before, Place::BeforeRecord | Place::BeforeCell) {
            self.quoted = self.line;
        }
        if self.place == Place::Plain && matches!(before, Place::Quote | Place::Behind) {
            self.fault.get_or_insert(self.quoted);
        }
        let is_end = byte == b'\r' || (byte == b'\n' && !self.returned);
        self.line += u64::from(is_end);
        self.returned = byte == b'\r';
    }

    /// The place behind a byte.
    fn behind(&self, byte: u8) -> Place {
        let is_end = matches!(byte, b'\n' | b'\r');
        match self.place {
            Place::BeforeRecord if is_end || (self.line == 1 && MARK.contains(&byte)) => Place::BeforeRecord,
            Place::BeforeRecord | Place::BeforeCell | Place::Quote if byte == QUOTE => Place::Quoted,
            Place::Quoted if byte == QUOTE => Place::Quote,
            Place::Quoted => Place::Quoted,
            _ if byte == self.delimiter => Place::BeforeCell,
            _ if is_end => Place::BeforeRecord,
            Place::Quote | Place::Behind if matches!(byte, b' ' | b'\t') => Place::Behind,
            _ => Place::Plain,
        }
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        buffer[..count].iter().for_each(|byte| self.step(*byte));
        if count == 0 && self.place == Place::Quoted {
            self.fault.get_or_insert(self.quoted);
        }
        Ok(count)
    }
}

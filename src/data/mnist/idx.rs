//! IDX, the format of MNIST's files: a big-endian header, then numbers.
//!
//! The header is two zero bytes, the type of the numbers, the number of dimensions, and each dimension as 32 bits
//! (Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits").

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::DataError;
use super::number::Kind;

/// What a file's dimensions count, the last ones being optional.
pub(super) struct Layout {
    /// Dimensions that there must be.
    least: usize,
    /// The dimensions' names for messages.
    names: &'static [&'static str],
    /// How many there may be, for messages.
    dimensions: &'static str,
}

/// Images × rows × columns.
pub(super) const IMAGES: Layout = Layout {
    least: 3,
    names: &["number of images", "number of rows", "number of columns"],
    dimensions: "3 in a file of images",
};

/// Labels, or labels × numbers that tell of each.
pub(super) const LABELS: Layout = Layout {
    least: 1,
    names: &["number of labels", "number of columns"],
    dimensions: "1 or 2 in a file of labels",
};

/// A file whose header is read and right.
pub(super) struct Idx<'a> {
    pub path: &'a Path,
    pub kind: Kind,
    /// As many numbers as the layout wants, each 1 or more.
    pub shape: Vec<u32>,
    content: Content<'a>,
}

/// What is read from a file, decompressed.
struct Content<'a> {
    bytes: Box<dyn Read + 'a>,
    gzipped: bool,
    path: &'a Path,
}

/// Opens a file for [`Idx::new`].
pub(super) fn open(path: &Path) -> Result<File, DataError> {
    let failed = |source| DataError::Read { path: path.into(), source };
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(DataError::NotAFile { path: path.into() });
    }
    File::open(path).map_err(failed)
}

impl<'a> Idx<'a> {
    /// Reads and checks the header of plain or gzipped content; messages call it `path`.
    pub fn new(content: impl Read + 'a, path: &'a Path, layout: &Layout) -> Result<Self, DataError> {
        let mut content = Content::new(content, path)?;
        let start = content.take(4)?;
        let &[zero, one, code, dimensions] = start.as_slice() else {
            return Err(short_header(path, start.len(), layout.least));
        };
        let wrong = |field, found, expected| DataError::Field { path: path.into(), field, found, expected };
        if [zero, one] != [0, 0] {
            let found = u16::from_be_bytes([zero, one]).into();
            return Err(wrong("magic number (the first two bytes)", found, "0"));
        }
        let kind = Kind::of(code);
        let kind = kind.ok_or_else(|| wrong("type code (the third byte)", code.into(), Kind::CODES))?;
        let count = usize::from(dimensions);
        if !(layout.least..=layout.names.len()).contains(&count) {
            return Err(wrong("number of dimensions", dimensions.into(), layout.dimensions));
        }
        let sizes = content.take(4 * count as u64)?;
        if sizes.len() < 4 * count {
            return Err(short_header(path, 4 + sizes.len(), count));
        }
        let shape: Vec<u32> =
            sizes.as_chunks::<4>().0.iter().map(|bytes| u32::from_be_bytes(*bytes)).collect();
        if let Some((_, field)) = shape.iter().zip(layout.names).find(|(size, _)| **size == 0) {
            return Err(wrong(field, 0, "1 or more"));
        }
        Ok(Self { path, kind, shape, content })
    }

    /// Reads the bytes of all numbers. No more is read or held than the header calls for and one byte.
    pub fn body(&mut self) -> Result<Vec<u8>, DataError> {
        let numbers = self.shape.iter().try_fold(1_u32, |numbers, size| numbers.checked_mul(*size));
        let numbers = numbers
            .ok_or_else(|| DataError::TooLarge { path: self.path.into(), shape: self.shape.clone() })?;
        let expected = u64::from(numbers) * self.kind.size() as u64;
        let body = self.content.take(expected + 1)?;
        match body.len() as u64 {
            found if found == expected => Ok(body),
            found => Err(DataError::Length { path: self.path.into(), found, expected }),
        }
    }
}

impl<'a> Content<'a> {
    /// Tells gzipped content by its first two bytes, whatever the file's name.
    fn new(mut content: impl Read + 'a, path: &'a Path) -> Result<Self, DataError> {
        let mut start = Vec::new();
        let read = content.by_ref().take(2).read_to_end(&mut start);
        read.map_err(|source| DataError::Read { path: path.into(), source })?;
        let gzipped = start == [0x1f, 0x8b];
        let whole = BufReader::new(Cursor::new(start).chain(content));
        let bytes: Box<dyn Read> =
            if gzipped { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) };
        Ok(Self { bytes, gzipped, path })
    }

    /// Reads `length` bytes, or what there is.
    fn take(&mut self, length: u64) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        match self.bytes.by_ref().take(length).read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(source) => Err(self.fault(source)),
        }
    }

    fn fault(&self, source: io::Error) -> DataError {
        let path = self.path.into();
        // Only the system's errors have a number, the decompressor's have none.
        match self.gzipped && source.raw_os_error().is_none() {
            true => DataError::Gzip { path, source },
            false => DataError::Read { path, source },
        }
    }
}

fn short_header(path: &Path, found: usize, dimensions: usize) -> DataError {
    DataError::Header { path: path.into(), found, expected: 4 + 4 * dimensions }
}

//! IDX, the format of MNIST's files: a big-endian header, then one unsigned byte per entry.
//!
//! The header is two zero bytes, the type code (8: unsigned byte), the number of dimensions, and each
//! dimension as 32 bits (Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits").

use std::fs::File;
use std::io::{BufReader, Read};
use std::ops::RangeInclusive;
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::DataError;
use super::files::Role;

/// Rows and columns of an image: the only size that the `mnist` crate takes.
pub(super) const SIDE: u32 = 28;

/// The checked content of one file: `count` entries and their bytes.
pub(super) struct Idx {
    pub count: u32,
    pub body: Vec<u8>,
}

/// The bytes of the header: 4, and 4 for each dimension.
pub(super) fn header_length(role: &Role) -> usize {
    4 + 4 * role.dimensions as usize
}

/// The bytes of one entry: an image or a label.
pub(super) fn entry_length(role: &Role) -> usize {
    if role.dimensions == 3 { (SIDE * SIDE) as usize } else { 1 }
}

/// Reads and checks the content of the file at `path`.
///
/// No more is read, decompressed or held than a right header calls for and one byte.
pub(super) fn read(mut content: impl Read, path: &Path, role: &Role) -> Result<Idx, DataError> {
    let header = take(&mut content, header_length(role), path)?;
    let count = check_header(&header, path, role)?;
    let expected = count as usize * entry_length(role);
    let body = take(&mut content, expected + 1, path)?;
    if body.len() != expected {
        let (found, expected) = (body.len() as u64, expected as u64);
        return Err(DataError::Length { path: path.into(), found, expected });
    }
    Ok(Idx { count, body })
}

/// Opens a file that is plain or, when its name ends in `.gz`, gzipped.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read>, DataError> {
    let failed = |source| DataError::Read { path: path.into(), source };
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(DataError::NotAFile { path: path.into() });
    }
    let file = BufReader::new(File::open(path).map_err(failed)?);
    let gzipped = path.extension().is_some_and(|extension| extension == "gz");
    Ok(if gzipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// Reads `length` bytes, or what there is.
fn take(content: &mut impl Read, length: usize, path: &Path) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    let read = content.take(length as u64).read_to_end(&mut bytes);
    match read {
        Ok(_) => Ok(bytes),
        // Only the system's errors have a number, the decompressor's have none.
        Err(source) if source.raw_os_error().is_none() => Err(DataError::Gzip { path: path.into(), source }),
        Err(source) => Err(DataError::Read { path: path.into(), source }),
    }
}

/// Checks each number of the header and returns the number of entries.
fn check_header(header: &[u8], path: &Path, role: &Role) -> Result<u32, DataError> {
    let mut rest = header;
    let mut count = 0;
    for (field, width, expected) in fields(role) {
        let Some((bytes, tail)) = rest.split_at_checked(width) else {
            let (found, expected) = (header.len(), header_length(role));
            return Err(DataError::Header { path: path.into(), found, expected });
        };
        rest = tail;
        let found = bytes.iter().fold(0, |number, &byte| number << 8 | u32::from(byte));
        if !expected.contains(&found) {
            return Err(DataError::Field { path: path.into(), field, found, expected });
        }
        if field == ENTRIES {
            count = found;
        }
    }
    Ok(count)
}

const ENTRIES: &str = "number of entries (at most what MNIST has can be read)";

/// The numbers of a header: name, bytes, and the values it may have.
fn fields(role: &Role) -> Vec<(&'static str, usize, RangeInclusive<u32>)> {
    let mut fields = vec![
        ("magic number (the first two bytes)", 2, 0..=0),
        ("type code (the third byte; 8 stands for unsigned bytes)", 1, 8..=8),
        (
            "number of dimensions (3 in a file of images, 1 in one of labels)",
            1,
            role.dimensions..=role.dimensions,
        ),
        (ENTRIES, 4, 1..=role.capacity),
    ];
    if role.dimensions == 3 {
        fields.extend([
            ("number of rows (only the size of MNIST can be read)", 4, SIDE..=SIDE),
            ("number of columns (only the size of MNIST can be read)", 4, SIDE..=SIDE),
        ]);
    }
    fields
}

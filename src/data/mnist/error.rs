//! What can be wrong with a set of images.

use std::io;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Why no images could be loaded; each message names the file, what was found and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A folder and drawn digits were asked for at once.
    #[error("both the folder {} and synthetic digits were asked for: give one of them", folder.display())]
    Conflict {
        /// The folder asked for.
        folder: PathBuf,
    },
    /// One of the four files is not in the folder.
    #[error("there is no {name}[.gz] in {}: put the four MNIST files there", folder.display())]
    Missing {
        /// The folder looked in.
        folder: PathBuf,
        /// The usual name of the file.
        name: &'static str,
    },
    /// A folder, pipe or device stands where a file should.
    #[error("{} is not a regular file: put the MNIST file in its place", path.display())]
    NotAFile {
        /// What stands there.
        path: PathBuf,
    },
    /// The file cannot be opened or read.
    #[error("cannot read {}: {source}; check the name and its permissions", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file ends in `.gz` but cannot be decompressed to its end.
    #[error("{} is no intact gzip stream: {source}; fetch the file again", path.display())]
    Gzip {
        /// The file.
        path: PathBuf,
        /// The decompressor's reason.
        source: io::Error,
    },
    /// The file ends before its IDX header does.
    #[error("{}: the header ends after {found} of {expected} bytes; fetch the file again", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// Bytes there are.
        found: usize,
        /// Bytes an IDX header of this kind has.
        expected: usize,
    },
    /// A number in the IDX header is not one that can be read.
    #[error("{}: {field} is {found}, expected {}", path.display(), range(expected))]
    Field {
        /// The file.
        path: PathBuf,
        /// Which number of the header.
        field: &'static str,
        /// Its value.
        found: u32,
        /// The values it may have.
        expected: RangeInclusive<u32>,
    },
    /// The file holds fewer or more bytes than its header says.
    #[error("{}: {} bytes follow the header, which says {expected}; fetch the file again",
        path.display(), amount(*found, *expected))]
    Length {
        /// The file.
        path: PathBuf,
        /// Bytes read, at most one more than expected.
        found: u64,
        /// Bytes the header's counts call for.
        expected: u64,
    },
    /// A label is no digit.
    #[error("{}: label {index} is {found}, expected 0 to 9", path.display())]
    Label {
        /// The file.
        path: PathBuf,
        /// Position of the label, from 0.
        index: usize,
        /// Its value.
        found: u8,
    },
    /// There are not as many labels as images.
    #[error("{} holds {image_count} images but {} holds {label_count} labels: they are no pair",
        images.display(), labels.display())]
    Counts {
        /// The file of images.
        images: PathBuf,
        /// How many it holds.
        image_count: u32,
        /// The file of labels.
        labels: PathBuf,
        /// How many it holds.
        label_count: u32,
    },
    /// The decompressed copy that the MNIST reader needs cannot be written.
    #[error("cannot write the decompressed set to {}: {source}; free 60 MB there or set TMPDIR", path.display())]
    Unpack {
        /// The temporary file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

fn range(expected: &RangeInclusive<u32>) -> String {
    let (low, high) = (expected.start(), expected.end());
    if low == high { low.to_string() } else { format!("{low} to {high}") }
}

fn amount(found: u64, expected: u64) -> String {
    if found > expected { format!("more than {expected}") } else { format!("only {found}") }
}

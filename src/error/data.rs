//! What can be wrong with a set of images.

use std::io;
use std::path::PathBuf;

/// Why no images could be loaded; each message names the file, what was found and what was expected.
///
/// ```
/// use wgrad::data::{DataError, Files};
///
/// let folder = tempfile::tempdir()?;
/// match Files::locate(folder.path()) {
///     Err(DataError::Missing { name, .. }) => assert_eq!(name, "train-images-idx3-ubyte"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A folder and drawn digits were asked for at once.
    #[error("both the folder {} and synthetic digits were asked for: give one of them", folder.display())]
    Conflict {
        /// The folder asked for.
        folder: PathBuf,
    },
    /// One of the four files is not in the folder.
    #[error("there is no {name}[.gz] in {}: put the four files of MNIST, or of a set like it, there", folder.display())]
    Missing {
        /// The folder looked in.
        folder: PathBuf,
        /// The usual name of the file.
        name: String,
    },
    /// A folder holds the files of several sets, and none of them is MNIST by its names.
    #[error("{} holds {} sets: {}; choose one, as in {}", folder.display(), sets.len(), sets.join(", "),
        folder.join(sets.first().map_or("", String::as_str)).display())]
    Sets {
        /// The folder.
        folder: PathBuf,
        /// The beginnings of the files' names.
        sets: Vec<String>,
    },
    /// There is no such folder, and no set of that name in the folder around it.
    #[error("there is no folder {}{}", place.display(), others(sets))]
    NoFolder {
        /// The folder or set asked for.
        place: PathBuf,
        /// The sets beside it.
        sets: Vec<String>,
    },
    /// A file stands where a folder was named.
    #[error("{} is a file: name the folder that holds the four files", path.display())]
    NotAFolder {
        /// The file.
        path: PathBuf,
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
    /// The file begins as gzipped files do but cannot be decompressed to its end.
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
    #[error("{}: {field} is {found}, expected {expected}", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// Which number of the header.
        field: &'static str,
        /// Its value.
        found: u32,
        /// The values it may have.
        expected: &'static str,
    },
    /// The header speaks of more numbers than a device can count.
    #[error("{}: {} numbers are more than {}, the most that can be read; split the file",
        path.display(), product(shape), u32::MAX)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its dimensions.
        shape: Vec<u32>,
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
    /// A number is no pixel or no label.
    #[error("{}: {what} {index} is {found}, expected {expected}", path.display())]
    Number {
        /// The file.
        path: PathBuf,
        /// What the number should be.
        what: &'static str,
        /// Its position in the file, from 0.
        index: usize,
        /// Its value.
        found: f64,
        /// What it may be.
        expected: String,
    },
    /// A file of images in records does not hold a whole number of them.
    #[error("{}: {found} bytes are no whole number of records of {record}, a label and an image; fetch the file again",
        path.display())]
    Records {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        found: u64,
        /// The bytes of a record.
        record: usize,
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
    /// Training and test images differ in size.
    #[error("{} holds images of {} and {} images of {}: they are no pair", train.display(), product(train_size),
        test.display(), product(test_size))]
    Sizes {
        /// The file of training images.
        train: PathBuf,
        /// Rows and columns of one.
        train_size: [u32; 2],
        /// The file of test images.
        test: PathBuf,
        /// Rows and columns of one.
        test_size: [u32; 2],
    },
    /// No data set has this name.
    #[error("there is no data set {name}; choose one of {}", known.join(", "))]
    NoSet {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<&'static str>,
    },
    /// Some files of a named data set are not in its folder.
    #[error("{title} lacks {} in {}; {advice}", missing.join(", "), folder.display())]
    Incomplete {
        /// The set.
        title: &'static str,
        /// The folder looked in.
        folder: PathBuf,
        /// The files' usual names.
        missing: Vec<String>,
        /// How to get them.
        advice: String,
    },
    /// A named data set is neither in the user's data folder nor can it be brought there.
    #[error("{why}; name the folder that holds the files of {title}")]
    Unavailable {
        /// The set.
        title: &'static str,
        /// Why not.
        why: String,
    },
    /// Drawn digits were asked for in the place of another set than MNIST.
    #[error("digits are drawn in the place of MNIST alone, not of {title}: leave out one of both")]
    NotDrawn {
        /// The set.
        title: &'static str,
    },
    /// Images are of another size than those of a named data set.
    #[error("{} holds images of {} × {}, and those of {title} are {} × {}", path.display(), found[0], found[1],
        expected[0], expected[1])]
    Shape {
        /// The file.
        path: PathBuf,
        /// The set.
        title: &'static str,
        /// Rows and columns of an image in the file.
        found: [usize; 2],
        /// Rows and columns of one of the set's.
        expected: [usize; 2],
    },
    /// A data set is described with more or fewer files than its format has.
    #[error("{title} is described with {found} files; its format has another number")]
    FileCount {
        /// The set.
        title: &'static str,
        /// The files in its description.
        found: usize,
    },
}

fn product(sizes: &[u32]) -> String {
    sizes.iter().map(u32::to_string).collect::<Vec<_>>().join(" × ")
}

fn others(sets: &[String]) -> String {
    match sets {
        [] => String::new(),
        sets => format!(", and no set of that name; there are {}", sets.join(", ")),
    }
}

fn amount(found: u64, expected: u64) -> String {
    if found > expected { format!("more than {expected}") } else { format!("only {found}") }
}

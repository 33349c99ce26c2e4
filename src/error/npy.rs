//! What can be wrong with a file of NumPy's.

use std::io;

use super::shape_text;

/// What can be wrong with a `.npy` or `.npz` file; [`Error::Npy`](crate::Error::Npy) says in which.
///
/// ```
/// use wgrad::Error;
/// use wgrad::data::{NpyArray, NpyFault};
///
/// let file = tempfile::NamedTempFile::new()?;
/// std::fs::write(file.path(), "a,b\n1,2\n")?;
/// match NpyArray::read(file.path()) {
///     Err(Error::Npy { path, fault: NpyFault::Magic, .. }) => assert_eq!(path, file.path()),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpyFault {
    /// A file that the system does not give, or that is damaged.
    #[error("cannot be read: {source}; check the name and its permissions, or write the file again")]
    Read {
        /// The reason.
        source: io::Error,
    },
    /// A file that does not begin as `.npy` files do.
    #[error("does not begin with NumPy's magic string; write it with `numpy.save`")]
    Magic,
    /// A file that is no archive of arrays.
    #[error("is no whole `.npz` archive: {why}; write it with `numpy.savez`")]
    Archive {
        /// What is wrong.
        why: String,
    },
    /// A header that does not say what it must.
    #[error("has a header without {what}: {header:?}; write it with `numpy.save`")]
    Header {
        /// The part that is missing or cannot be read.
        what: &'static str,
        /// The header.
        header: String,
    },
    /// Elements of a type that is not read.
    #[error("has elements of type {found}; save numbers or booleans, as by `array.astype(\"float32\")`")]
    Type {
        /// NumPy's name of the type.
        found: String,
    },
    /// More or fewer bytes than the header says.
    #[error("has {} bytes behind its header, which says {expected}; write it again",
        if found > expected { format!("more than {expected}") } else { found.to_string() })]
    Length {
        /// Bytes found, at most one more than expected.
        found: u64,
        /// Bytes that the header calls for.
        expected: u64,
    },
    /// More elements than a computer can count.
    #[error("is of shape ({}), more elements than memory can hold; split the array", shape_text(shape))]
    TooLarge {
        /// The shape.
        shape: Vec<usize>,
    },
    /// An array without a sample.
    #[error("is of shape ({}) and has no samples; its first axis counts them", shape_text(shape))]
    NoSamples {
        /// The shape.
        shape: Vec<usize>,
    },
    /// A number that is not what is asked for.
    #[error("has {value} at {index:?}, and {wanted}")]
    Number {
        /// The place in the array.
        index: Vec<usize>,
        /// The number.
        value: String,
        /// What it should be, and what to do.
        wanted: &'static str,
    },
    /// Several numbers for each label.
    #[error("is of shape ({}), and labels need one number a sample", shape_text(shape))]
    Labels {
        /// The shape.
        shape: Vec<usize>,
    },
    /// An array that is not there.
    #[error("is not in the archive; it has {}", known.join(", "))]
    NoArray {
        /// The names that there are.
        known: Vec<String>,
    },
}

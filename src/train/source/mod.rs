//! Samples that are read while a model is trained on those before: more than a device or a memory holds.

mod feed;
mod reader;
mod streamed;
mod windows;

use std::ops::Range;

use crate::train::dataset::Dataset;

pub use crate::error::source::{Reading, SourceFault};
pub use feed::Feed;
pub(crate) use reader::Reader;
pub use streamed::Streamed;
pub(crate) use streamed::of;
pub(crate) use windows::Windows;

/// What a [`Source`] may return as an error: any type of error, by `?`.
pub type ReadError = Box<dyn std::error::Error + Send + Sync>;

/// Samples that are read in parts: a file, a data base, a generator. [`Streamed`] makes training data of one.
///
/// Reading happens on a thread of its own, one call at a time, while the model is trained on what was read before.
///
/// ```
/// use std::io::{Read, Seek, SeekFrom};
/// use std::ops::Range;
///
/// use wgrad::source::{ReadError, Source};
/// use wgrad::{Dataset, Samples};
///
/// /// A file of records: 64 bytes of an image, and a byte for its class.
/// struct Records(std::fs::File);
///
/// impl Source for Records {
///     fn len(&self) -> usize {
///         self.0.metadata().map_or(0, |about| about.len() as usize / 65)
///     }
///
///     fn read(&mut self, samples: Range<usize>) -> Result<Dataset, ReadError> {
///         let mut records = vec![0; samples.len() * 65];
///         self.0.seek(SeekFrom::Start(samples.start as u64 * 65))?;
///         self.0.read_exact(&mut records)?;
///         let (mut pixels, mut classes) = (Vec::new(), Vec::new());
///         for record in records.chunks_exact(65) {
///             pixels.extend_from_slice(&record[..64]);
///             classes.push(u32::from(record[64]));
///         }
///         Ok(Dataset::classification(Samples::images(pixels, [8, 8])?, classes)?)
///     }
/// }
/// ```
#[expect(clippy::len_without_is_empty, reason = "one of no samples is refused")]
pub trait Source: Send {
    /// How many samples there are. It is asked once.
    fn len(&self) -> usize;

    /// Reads some samples, with their targets and weights. Each call gives the same names, shapes and kinds, and a sample is the same
    /// whenever it is read: after an error a training may ask again.
    ///
    /// A training that ends, is dropped or interrupted waits for the call under way. So give one that may hang, a network's for
    /// example, a time limit.
    ///
    /// # Errors
    /// Any. The training ends with it, as [`Error::Source`](crate::Error::Source), and its checkpoint is written before, where
    /// [`Fit::checkpoint`](crate::Fit::checkpoint) says where.
    fn read(&mut self, samples: Range<usize>) -> Result<Dataset, ReadError>;

    /// A number that other data would not have: a version, or the time of a file's last change. A training goes on from a
    /// checkpoint only with the number that it began with. It is 0 where nothing is known.
    fn identity(&self) -> u64 {
        0
    }
}

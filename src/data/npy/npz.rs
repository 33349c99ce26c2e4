//! Archives of arrays.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::NpyArray;
use crate::error::Result;
use crate::error::npy::NpyFault;

/// A `.npz` file, plain or compressed: arrays by name.
///
/// ```no_run
/// use wgrad::Dataset;
/// use wgrad::data::NpzFile;
///
/// // numpy.savez_compressed("digits.npz", images=images, labels=labels)
/// let mut file = NpzFile::open("digits.npz")?;
/// let (images, labels) = (file.array("images")?.samples()?, file.array("labels")?.labels()?);
/// let data = Dataset::classification(images, labels)?;
/// # Ok::<(), wgrad::Error>(())
/// ```
///
/// ```
/// use wgrad::Error;
/// use wgrad::data::{NpyFault, NpzFile};
///
/// let file = tempfile::NamedTempFile::new()?;
/// assert!(matches!(NpzFile::open(file.path()), Err(Error::Npy { fault: NpyFault::Archive { .. }, .. })));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct NpzFile {
    path: PathBuf,
    names: Vec<String>,
    archive: ZipArchive<BufReader<File>>,
}

impl NpzFile {
    /// Opens a file and reads what arrays it has.
    ///
    /// # Errors
    /// A file that cannot be read, or is no archive.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let content = File::open(path).map_err(|source| NpyFault::Read { source }.of(path, None))?;
        let archive = ZipArchive::new(BufReader::new(content));
        let archive = archive.map_err(|error| archive_fault(error).of(path, None))?;
        let names = names(&archive).map_err(|error| archive_fault(error).of(path, None))?;
        Ok(Self { path: path.into(), names, archive })
    }

    /// The names of the arrays.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Reads the array with this name.
    ///
    /// # Errors
    /// No array of that name; an array that is not whole, or whose elements are no numbers.
    pub fn array(&mut self, name: &str) -> Result<NpyArray> {
        let Self { path, names, archive } = self;
        let Some(at) = names.iter().position(|known| known == name) else {
            return Err(NpyFault::NoArray { known: names.clone() }.of(path, Some(name)));
        };
        let content = archive.by_index(at).map_err(|error| archive_fault(error).of(path, Some(name)))?;
        NpyArray::of(content, path, Some(name))
    }
}

/// The names in the archive's order.
fn names(archive: &ZipArchive<BufReader<File>>) -> Result<Vec<String>, ZipError> {
    let without_ending = |name: &str| name.strip_suffix(".npy").unwrap_or(name).to_string();
    archive.file_names().map(|name| Ok(without_ending(&name?))).collect()
}

fn archive_fault(error: ZipError) -> NpyFault {
    NpyFault::Archive { why: error.to_string() }
}

//! The four files of an MNIST set: their names, and where they lie.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::DataError;

/// What one of the four files holds.
pub(super) struct Role {
    /// The usual file name.
    pub name: &'static str,
    /// Dimensions of its IDX array: 3 for images, 1 for labels.
    pub dimensions: u32,
    /// The most entries that the `mnist` crate takes for it.
    pub capacity: u32,
}

/// Training images, training labels, test images, test labels: the order of [`Files`].
pub(super) const ROLES: [Role; 4] = [
    Role { name: "train-images-idx3-ubyte", dimensions: 3, capacity: 60_000 },
    Role { name: "train-labels-idx1-ubyte", dimensions: 1, capacity: 60_000 },
    Role { name: "t10k-images-idx3-ubyte", dimensions: 3, capacity: 10_000 },
    Role { name: "t10k-labels-idx1-ubyte", dimensions: 1, capacity: 10_000 },
];

impl Role {
    /// The spellings in use, `-idx` or `.idx`, each plain or gzipped, in the order they are looked for.
    fn spellings(&self) -> [String; 4] {
        let dotted = self.name.replace("-idx", ".idx");
        [self.name.into(), dotted.clone(), self.gzipped(), dotted + ".gz"]
    }

    /// The usual name of the gzipped file.
    pub fn gzipped(&self) -> String {
        format!("{}.gz", self.name)
    }

    fn find(&self, folder: &Path) -> Result<PathBuf, DataError> {
        for path in self.spellings().map(|name| folder.join(name)) {
            match path.metadata() {
                Ok(_) => return Ok(path),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(source) => return Err(DataError::Read { path, source }),
            }
        }
        Err(DataError::Missing { folder: folder.into(), name: self.name })
    }
}

/// The paths of training images, training labels, test images and test labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files(pub [PathBuf; 4]);

impl Files {
    /// Finds the four files in `folder`.
    ///
    /// Each is looked for as `train-images-idx3-ubyte` and as `train-images.idx3-ubyte`, plain, then with `.gz`.
    ///
    /// # Errors
    /// [`DataError::Missing`] names the first that is not there, [`DataError::Read`] one out of reach.
    pub fn locate(folder: &Path) -> Result<Self, DataError> {
        let [a, b, c, d] = &ROLES;
        Ok(Self([a.find(folder)?, b.find(folder)?, c.find(folder)?, d.find(folder)?]))
    }
}

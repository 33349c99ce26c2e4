//! Files that are written whole or not at all.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use crate::error::{Error, Result};

/// Writes a file: whoever opens `path`, at any moment and after any crash, finds the former file or the new one.
///
/// The bytes go to a temporary file in the same folder, `.part-` and six letters, which takes the name of `path` once
/// it is on the disk. A process that is killed meanwhile leaves the temporary file behind.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("losses.csv");
/// wgrad::write_whole(&path, b"0.5\n")?;
/// wgrad::write_whole(&path, b"0.5\n0.25\n")?;
/// assert_eq!(std::fs::read(&path)?, b"0.5\n0.25\n");
/// assert_eq!(folder.path().read_dir()?.count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A folder that cannot be written; a full disk. The former file is then as it was.
pub fn write_whole(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    let path = path.as_ref();
    write(path, bytes).map_err(|source| Error::Write { path: path.to_path_buf(), source })
}

/// An error unless [`write_whole`] can write at `path`: better before long work than after it.
///
/// It makes a temporary file in the folder and removes it; what is at `path` stays as it is.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// wgrad::check_writable(folder.path().join("model.safetensors"))?;
/// assert!(wgrad::check_writable(folder.path().join("missing/model.safetensors")).is_err());
/// assert_eq!(folder.path().read_dir()?.count(), 0); // it left nothing
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A folder that is missing or cannot be written; a folder at `path`; a name that the system does not take.
pub fn check_writable(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    check_place(path).map_err(|source| Error::Write { path: path.to_path_buf(), source })
}

fn check_place(path: &Path) -> io::Result<()> {
    let ends_as_folder = path.to_string_lossy().ends_with(std::path::is_separator);
    if ends_as_folder || path.file_name().is_none() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    part_beside(path).and_then(NamedTempFile::close)
}

pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut part = part_beside(path)?;
    part.write_all(bytes)?;
    put_in_place(part, path)
}

/// An unfinished file beside `path`; dropped, it is gone.
pub(crate) fn part_beside(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".part-");
    // Temporary files are their owner's alone; this one is to become a file like any other.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder_of(path))
}

/// Gives a finished file its name.
pub(crate) fn put_in_place(part: NamedTempFile, path: &Path) -> io::Result<()> {
    part.as_file().sync_all()?;
    part.persist(path).map_err(|error| error.error)?;
    if cfg!(unix) {
        // The new name reaches the disk with the folder. Not every file system can do that, and the file is whole
        // without.
        let _ = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// Where a file of this path lies.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

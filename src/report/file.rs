//! Putting a whole file in its place.

use std::fs;
use std::path::{Path, PathBuf};

use super::ReportError;

/// Writes `bytes` beside `path` and renames, so that no reader ever meets half a picture.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    let part = part_of(path);
    fs::write(&part, bytes).and_then(|()| fs::rename(&part, path)).map_err(|source| {
        // What is left of a failed attempt is of no use, and the first failure is the one to tell.
        let _ = fs::remove_file(&part);
        ReportError::Write { path: path.to_owned(), source }
    })
}

/// The name of the unfinished file: that of the picture, this process and "part".
fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    name.into()
}

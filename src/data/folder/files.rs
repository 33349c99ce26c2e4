//! The files of each class.

use std::fs::DirEntry;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::error::image::ImageFault;

/// Files, each with its class.
type Files = Vec<(u32, PathBuf)>;

/// The names of the classes, and their files.
pub(super) fn classes(folder: &Path) -> Result<(Vec<String>, Files)> {
    let (mut classes, mut files) = (Vec::new(), Vec::new());
    for entry in entries(folder)?.iter().filter(|entry| entry.path().is_dir()) {
        let class = classes.len() as u32;
        let images = images(&entry.path())?;
        classes.push(entry.file_name().to_string_lossy().into_owned());
        files.extend(images.into_iter().map(|file| (class, file)));
    }
    if classes.is_empty() { Err(ImageFault::NoClass.of(folder)) } else { Ok((classes, files)) }
}

/// The files of a class.
fn images(folder: &Path) -> Result<Vec<PathBuf>> {
    let files: Vec<_> = entries(folder)?.iter().map(DirEntry::path).collect();
    if let Some(inner) = files.iter().find(|file| file.is_dir()) {
        return Err(ImageFault::Folder.of(inner));
    }
    if files.is_empty() { Err(ImageFault::Empty.of(folder)) } else { Ok(files) }
}

/// What is in a folder and not hidden, sorted by name.
fn entries(folder: &Path) -> Result<Vec<DirEntry>> {
    let fault = |source| ImageFault::Read { source }.of(folder);
    let found = folder.read_dir().map_err(fault)?.collect::<std::io::Result<Vec<_>>>();
    let mut found = found.map_err(fault)?;
    found.retain(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    found.sort_by_key(DirEntry::file_name);
    Ok(found)
}

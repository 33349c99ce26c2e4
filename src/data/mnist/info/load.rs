//! A set's files: where they lie, what they hold, and how to get them.

use std::path::{Path, PathBuf};
use std::slice;

use super::super::{cifar, files, read};
use super::{Archive, DataError, DatasetInfo, Format, Origin};
use crate::data::Images;
use crate::file::whole_file::folder_of;

impl DatasetInfo {
    /// The files of the set at a place: its folder, or one around it.
    pub(in crate::data::mnist) fn locate(&self, place: &Path) -> Result<Vec<PathBuf>, DataError> {
        if place.is_file() {
            return Err(DataError::NotAFolder { path: place.into() });
        }
        let mut best = (place.to_path_buf(), self.files_in(place)?);
        for folder in self.folders(place) {
            let files = self.files_in(&folder)?;
            if files.iter().any(Result::is_ok) && present(&files) >= present(&best.1) {
                best = (folder, files);
            }
        }
        let (folder, files) = best;
        let missing: Vec<String> = files.iter().filter_map(|file| file.clone().err()).collect();
        if missing.is_empty() {
            return Ok(files.into_iter().flatten().collect());
        }
        Err(DataError::Incomplete { title: self.title, folder, missing, advice: self.advice() })
    }

    /// Other folders than a place that may hold the files, the likeliest last.
    fn folders(&self, place: &Path) -> Vec<PathBuf> {
        let own = place.join(self.folder);
        match &self.origin {
            Origin::Mirrors(_) => vec![own],
            Origin::Archive(Archive { folder, .. }) => {
                // `emnist/emnist-letters` stands for that set in `emnist`.
                let is_set = !place.is_dir() && place.file_name().is_some_and(|name| name == self.name);
                let around = if is_set { folder_of(place) } else { place };
                vec![around.to_path_buf(), place.join(folder), own.clone(), own.join(folder)]
            }
        }
    }

    /// The path of each file in a folder, or the name of one that is not there.
    fn files_in(&self, folder: &Path) -> Result<Vec<Result<PathBuf, String>>, DataError> {
        match self.format {
            Format::Idx { .. } => match &self.origin {
                Origin::Mirrors(_) => files::of_set(folder, &["", self.name]),
                // Its names tell what they belong to, so files without one are another set's.
                Origin::Archive(_) => files::of_set(folder, &[self.name]),
            },
            Format::Cifar => Ok(cifar::files_in(folder)),
        }
    }

    /// Reads the training and the test images from the files that [`locate`](Self::locate) finds.
    pub(in crate::data::mnist) fn read(&self, files: &[PathBuf]) -> Result<(Images, Images), DataError> {
        match (self.format, files) {
            (Format::Idx { transposed }, [train, train_labels, test, test_labels]) => {
                let read = read::read([train, train_labels, test, test_labels], transposed)?;
                Ok((self.checked(read.0, train, train_labels)?, self.checked(read.1, test, test_labels)?))
            }
            (Format::Cifar, [train @ .., test]) if !train.is_empty() => {
                Ok((cifar::read(train, self)?, cifar::read(slice::from_ref(test), self)?))
            }
            (_, files) => Err(DataError::FileCount { title: self.title, found: files.len() }),
        }
    }

    /// Images of the set's shape, their labels as classes.
    fn checked(&self, images: Images, path: &Path, labels: &Path) -> Result<Images, DataError> {
        let (found, [height, width, _]) = ([images.height, images.width], self.shape);
        if found != [height, width] {
            let (path, title) = (path.into(), self.title);
            return Err(DataError::Shape { path, title, found, expected: [height, width] });
        }
        let labels = self.classes_of(images.labels.iter().copied(), labels)?;
        Ok(Images { labels, ..images })
    }

    /// The classes of labels in a file.
    pub(in crate::data::mnist) fn classes_of(
        &self,
        labels: impl Iterator<Item = u32>,
        path: &Path,
    ) -> Result<Vec<u32>, DataError> {
        let (first, count) = (self.first_label, self.classes.len() as u32);
        let last = first.saturating_add(count.saturating_sub(1));
        let class = |(index, label): (usize, u32)| {
            let class = label.checked_sub(first).filter(|class| *class < count);
            class.ok_or_else(|| DataError::Number {
                path: path.into(),
                what: "label",
                index,
                found: label.into(),
                expected: format!("{first} to {last}, the classes of {}", self.title),
            })
        };
        labels.enumerate().map(class).collect()
    }

    /// How to get the files.
    fn advice(&self) -> String {
        match &self.origin {
            Origin::Mirrors(downloader) => {
                format!("fetch them from {}", downloader.mirrors.first().map_or("its mirror", String::as_str))
            }
            Origin::Archive(Archive { url, bytes, sha256, folder }) => {
                format!(
                    "fetch {url} ({bytes} bytes, SHA-256 {sha256}), and unpack the files of its folder {folder} there"
                )
            }
        }
    }
}

fn present(files: &[Result<PathBuf, String>]) -> usize {
    files.iter().flatten().count()
}

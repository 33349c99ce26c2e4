//! Fetching the files of a data set into a folder, from the first mirror that gives the right bytes.

mod http;

use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use crate::error::download::{DownloadError, Fault, MirrorFault};
use crate::file::whole_file::{part_beside, put_in_place};
use ring::digest::{SHA256, digest};

/// How long one file may take.
///
/// ```
/// use std::time::Duration;
/// use wgrad::data::Limits;
///
/// let limits = Limits { total: Duration::from_secs(600), ..Limits::default() }; // for a slow line
/// assert!(limits.total > limits.stall);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time to find the server's address.
    pub resolve: Duration,
    /// Time to connect to it.
    pub connect: Duration,
    /// Time in which at least one byte must arrive.
    pub stall: Duration,
    /// Time for the whole file.
    pub total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            resolve: Duration::from_secs(2),
            connect: Duration::from_secs(3),
            stall: Duration::from_secs(5),
            total: Duration::from_secs(60),
        }
    }
}

/// A file on a mirror, and how it is known to be right.
///
/// ```
/// use wgrad::data::{DatasetInfo, Origin};
///
/// let Origin::Mirrors(downloader) = DatasetInfo::mnist().origin else { panic!("no mirrors") };
/// assert_eq!((downloader.files[3].name.as_str(), downloader.files[3].bytes), ("t10k-labels-idx1-ubyte.gz", 4_542));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFile {
    /// Its name there, and in the folder.
    pub name: String,
    /// Its length, as it lies on the mirror.
    pub bytes: u64,
    /// Its SHA-256, as it lies on the mirror, in hexadecimal: what `sha256sum` prints.
    pub sha256: String,
}

/// Where a data set's files are fetched from.
///
/// ```
/// use wgrad::data::{DatasetInfo, Downloader, Origin};
///
/// let Origin::Mirrors(downloader) = DatasetInfo::fashion_mnist().origin else { panic!("no mirrors") };
/// let nearer = Downloader { mirrors: vec!["https://mirror.example/fashion".into()], ..downloader };
/// let info = DatasetInfo { origin: Origin::Mirrors(nearer), ..DatasetInfo::fashion_mnist() }; // the same files all the same
/// # assert_ne!(info, DatasetInfo::fashion_mnist());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downloader {
    /// Base addresses, tried in order; the files lie right below.
    pub mirrors: Vec<String>,
    /// The files, in the order in which they are read.
    pub files: Vec<RemoteFile>,
    /// What one file may take.
    pub limits: Limits,
}

impl Downloader {
    /// Brings the files into `folder` and returns their paths with the mirror that completed the set.
    ///
    /// A file is written under a temporary name and takes its own only when its length and its sum are right; one that is
    /// there and right is kept. So a second call goes on where a first one was interrupted.
    ///
    /// # Errors
    /// The folder cannot be made, or each mirror failed: then the error holds each mirror's fault.
    pub fn fetch(&self, folder: &Path) -> Result<(Vec<PathBuf>, String), DownloadError> {
        fs::create_dir_all(folder)
            .map_err(|source| DownloadError::Folder { folder: folder.into(), source })?;
        let mut faults = Vec::new();
        for mirror in &self.mirrors {
            match self.complete(folder, mirror) {
                Ok(files) => return Ok((files, mirror.clone())),
                Err(fault) => {
                    log::warn!("{fault}");
                    faults.push(fault);
                }
            }
        }
        Err(DownloadError::Mirrors { faults })
    }

    fn complete(&self, folder: &Path, mirror: &str) -> Result<Vec<PathBuf>, MirrorFault> {
        let mut paths = Vec::new();
        for file in &self.files {
            let path = folder.join(&file.name);
            if !is_right(&path, file) {
                let url = format!("{}/{}", mirror.trim_end_matches('/'), file.name);
                log::info!("downloads {url}");
                self.fetch_file(&url, &path, file).map_err(|fault| MirrorFault { url, fault })?;
            }
            paths.push(path);
        }
        Ok(paths)
    }

    fn fetch_file(&self, url: &str, path: &Path, file: &RemoteFile) -> Result<(), Fault> {
        let folder = path.parent().unwrap_or(path);
        let write_fault = |source| Fault::Write { folder: folder.into(), source };
        let mut part = part_beside(path).map_err(write_fault)?;
        let mut body = http::get(url, &self.limits)?.take(file.bytes.saturating_add(1));
        let found = io::copy(&mut body, &mut part).map_err(Fault::Transfer)?;
        if found != file.bytes {
            return Err(Fault::Size { found, expected: file.bytes });
        }
        part.rewind().map_err(write_fault)?;
        let found = sum_of(part.as_file(), file.bytes).map_err(write_fault)?;
        if found != file.sha256 {
            return Err(Fault::Sum { found, expected: file.sha256.clone() });
        }
        put_in_place(part, path).map_err(write_fault)
    }
}

fn is_right(path: &Path, file: &RemoteFile) -> bool {
    File::open(path).and_then(|content| sum_of(content, file.bytes)).is_ok_and(|found| found == file.sha256)
}

/// The SHA-256 of a file that should have so many bytes; no more than one beyond is read.
fn sum_of(file: impl Read, bytes: u64) -> io::Result<String> {
    let mut content = Vec::new();
    file.take(bytes.saturating_add(1)).read_to_end(&mut content)?;
    Ok(digest(&SHA256, &content).as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

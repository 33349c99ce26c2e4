//! Fetching MNIST into a folder, from the first mirror that gives the right bytes.

mod http;

use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::files::{Files, ROLES};
pub use crate::error::download::{DownloadError, Fault, MirrorFault};
use crate::file::whole_file::{part_beside, put_in_place};
use flate2::read::MultiGzDecoder;
use ring::digest::{SHA256, digest};

/// How long and how much one file may take.
///
/// ```
/// use std::time::Duration;
/// use wgrad::data::{Downloader, Limits};
///
/// let limits = Limits { total: Duration::from_secs(600), ..Limits::default() }; // for a slow line
/// let downloader = Downloader { limits, ..Downloader::default() };
/// assert!(downloader.limits.total > downloader.limits.stall);
/// ```
#[derive(Clone, Debug)]
pub struct Limits {
    /// Time to find the server's address.
    pub resolve: Duration,
    /// Time to connect to it.
    pub connect: Duration,
    /// Time in which at least one byte must arrive.
    pub stall: Duration,
    /// Time for the whole file.
    pub total: Duration,
    /// Bytes of the gzipped file.
    pub compressed: u64,
    /// Bytes of the file once decompressed.
    pub decompressed: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            resolve: Duration::from_secs(2),
            connect: Duration::from_secs(3),
            stall: Duration::from_secs(5),
            total: Duration::from_secs(60),
            compressed: 16 << 20,
            decompressed: 64 << 20,
        }
    }
}

/// Where MNIST is fetched from, and how its files are known to be right.
///
/// ```
/// use wgrad::data::{Downloader, Surroundings};
///
/// let downloader = Downloader { mirrors: vec!["https://mirror.example/mnist".into()], ..Downloader::default() };
/// let around = Surroundings { downloader, ..Surroundings::of_process() };
/// assert_eq!(around.downloader.mirrors.len(), 1);
/// assert_eq!(around.downloader.sums, Downloader::default().sums); // it must be MNIST all the same
/// ```
#[derive(Clone, Debug)]
pub struct Downloader {
    /// Base addresses, tried in order; the gzipped files lie right below.
    pub mirrors: Vec<String>,
    /// SHA-256 of the four decompressed files, in hexadecimal, in the order of [`Files`].
    pub sums: [String; 4],
    /// What one file may take.
    pub limits: Limits,
}

impl Default for Downloader {
    fn default() -> Self {
        Self {
            mirrors: [
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
            ]
            .map(String::from)
            .to_vec(),
            sums: [
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ]
            .map(String::from),
            limits: Limits::default(),
        }
    }
}

impl Downloader {
    /// Brings the four files into `folder` and returns them with the mirror that completed the set.
    ///
    /// A file is written under a temporary name and takes its own only when its sum is right; one that is
    /// there and right is kept. So a second call goes on where a first one was interrupted.
    ///
    /// # Errors
    /// The folder cannot be made, or each mirror failed: then the error holds each mirror's fault.
    pub fn fetch(&self, folder: &Path) -> Result<(Files, String), DownloadError> {
        fs::create_dir_all(folder)
            .map_err(|source| DownloadError::Folder { folder: folder.into(), source })?;
        let files = ROLES.map(|role| folder.join(role.gzipped()));
        let mut faults = Vec::new();
        for mirror in &self.mirrors {
            match self.complete(&files, mirror) {
                Ok(()) => return Ok((Files(files), mirror.clone())),
                Err(fault) => {
                    log::warn!("{fault}");
                    faults.push(fault);
                }
            }
        }
        Err(DownloadError::Mirrors { faults })
    }

    fn complete(&self, files: &[PathBuf; 4], mirror: &str) -> Result<(), MirrorFault> {
        for ((path, role), sum) in files.iter().zip(&ROLES).zip(&self.sums) {
            if !self.is_right(path, sum) {
                let url = format!("{}/{}", mirror.trim_end_matches('/'), role.gzipped());
                log::info!("downloads {url}");
                self.fetch_file(&url, path, sum).map_err(|fault| MirrorFault { url, fault })?;
            }
        }
        Ok(())
    }

    fn is_right(&self, path: &Path, sum: &str) -> bool {
        File::open(path).and_then(|file| self.sum_of(file)).is_ok_and(|found| found == *sum)
    }

    fn fetch_file(&self, url: &str, path: &Path, sum: &str) -> Result<(), Fault> {
        let folder = path.parent().unwrap_or(path);
        let write_fault = |source| Fault::Write { folder: folder.into(), source };
        let mut part = part_beside(path).map_err(write_fault)?;
        let mut body = http::get(url, &self.limits)?.take(self.limits.compressed + 1);
        let received = io::copy(&mut body, &mut part).map_err(Fault::Transfer)?;
        if received > self.limits.compressed {
            return Err(Fault::TooLarge { limit: self.limits.compressed });
        }
        part.rewind().map_err(write_fault)?;
        let found = self.sum_of(part.as_file()).map_err(Fault::Gzip)?;
        if found != sum {
            return Err(Fault::Sum { found, expected: sum.into() });
        }
        put_in_place(part, path).map_err(write_fault)
    }

    /// The SHA-256 of what a gzipped file holds, read up to the limit.
    fn sum_of(&self, gzipped: impl Read) -> io::Result<String> {
        let mut content = Vec::new();
        MultiGzDecoder::new(gzipped).take(self.limits.decompressed).read_to_end(&mut content)?;
        Ok(digest(&SHA256, &content).as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

//! What can go wrong with a download.

use std::io;
use std::path::PathBuf;

/// Why a data set could not be fetched.
///
/// ```
/// use wgrad::data::{DatasetInfo, DownloadError, Downloader, Fault, Origin};
///
/// let folder = tempfile::tempdir()?;
/// let Origin::Mirrors(downloader) = DatasetInfo::kmnist().origin else { panic!("no mirrors") };
/// let downloader = Downloader { mirrors: vec!["no address".into()], ..downloader };
/// match downloader.fetch(folder.path()) {
///     Err(DownloadError::Mirrors { faults }) => {
///         assert!(faults[0].url.starts_with("no address"));
///         assert!(matches!(faults[0].fault, Fault::Transfer(_) | Fault::NotBuilt));
///     }
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// The folder to put the files in cannot be made.
    #[error("cannot make the folder {}: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// No mirror gave all files.
    #[error("no mirror gave the files: {}", listed(faults))]
    Mirrors {
        /// The fault of each mirror, in the order tried.
        faults: Vec<MirrorFault>,
    },
}

/// The file at which a mirror failed, and why; [`DownloadError`] lists them.
#[derive(Debug, thiserror::Error)]
#[error("{url}: {fault}")]
#[non_exhaustive]
pub struct MirrorFault {
    /// Address of the file.
    pub url: String,
    /// What happened.
    #[source]
    pub fault: Fault,
}

/// Why one file could not be fetched, in a [`DownloadError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The server cannot be reached, answers with an error, stalls, or breaks off.
    #[error("{0}")]
    Transfer(io::Error),
    /// What came is shorter or longer than the file.
    #[error("{} came, expected {expected} bytes", amount(*found, *expected))]
    Size {
        /// Bytes that came, at most one more than expected.
        found: u64,
        /// Bytes of the true file.
        expected: u64,
    },
    /// What came is another file.
    #[error("the SHA-256 of what came is {found}, expected {expected}")]
    Sum {
        /// Sum of what came.
        found: String,
        /// Sum of the true file.
        expected: String,
    },
    /// The file cannot be written.
    #[error("cannot write to {}: {source}", folder.display())]
    Write {
        /// The folder written to.
        folder: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The program was built without the feature `download`.
    #[error("this build cannot download (build it with the feature `download`)")]
    NotBuilt,
}

fn amount(found: u64, expected: u64) -> String {
    if found > expected { format!("more than {expected} bytes") } else { format!("{found} bytes") }
}

fn listed(faults: &[MirrorFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

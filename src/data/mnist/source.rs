//! Which images are taken: a folder named by the user, the user's data folder, a download, or drawn digits.

use std::collections::BTreeSet;
use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use super::{DataError, Downloader, Files, read};
use crate::data::Images;
use crate::data::digits::{self, Split};

/// Images to train on and images of the same size to test with: MNIST, or a set like it.
///
/// ```
/// # use wgrad::data::{Request, Surroundings, load_from};
/// # let around = Surroundings { drawn: (20, 10), ..Surroundings::of_process() };
/// # let request = Request { synthetic: true, ..Request::default() };
/// let mnist = load_from(&request, &around)?;
/// println!("{}: {} + {} images", mnist.source, mnist.train.len(), mnist.test.len());
/// assert_eq!(mnist.classes(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
/// # Ok::<(), wgrad::data::DataError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Mnist {
    /// The training images: 60,000 in MNIST.
    pub train: Images,
    /// The test images: 10,000 in MNIST.
    pub test: Images,
    /// Where they are from.
    pub source: Source,
}

impl Mnist {
    /// The labels that occur, ascending: 0 to 9 in MNIST, 1 to 26 in EMNIST's letters.
    pub fn classes(&self) -> Vec<u32> {
        let labels: BTreeSet<u32> = self.train.labels.iter().chain(&self.test.labels).copied().collect();
        labels.into_iter().collect()
    }
}

/// Where images are from and why from there; shown as one line.
///
/// ```
/// # use wgrad::data::{Request, Surroundings, load_from};
/// use wgrad::data::Source;
///
/// # let around = Surroundings { drawn: (20, 10), ..Surroundings::of_process() };
/// # let request = Request { synthetic: true, seed: 7, ..Request::default() };
/// let mnist = load_from(&request, &around)?;
/// match mnist.source {
///     Source::Drawn { seed, why } => assert_eq!((seed, why.as_str()), (7, "asked for")),
///     source => println!("{source}"),
/// }
/// # Ok::<(), wgrad::data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// Read from four files in a folder.
    Folder {
        /// The folder, or one set in it as [`Files::locate`] takes it.
        folder: PathBuf,
        /// Why this one.
        why: String,
    },
    /// Fetched from the network.
    Download {
        /// Base address of the mirror.
        url: String,
        /// The folder that now holds the files.
        folder: PathBuf,
        /// Why no nearer source was taken.
        why: String,
    },
    /// Drawn by this program.
    Drawn {
        /// The seed that determines every image.
        seed: u64,
        /// Why no nearer source was taken.
        why: String,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { folder, why } => write!(f, "images in {} ({why})", folder.display()),
            Self::Download { url, folder, why } => {
                write!(f, "MNIST downloaded from {url} to {} ({why})", folder.display())
            }
            Self::Drawn { seed, why } => write!(f, "digits drawn with seed {seed} ({why})"),
        }
    }
}

/// What a user asks for.
///
/// ```
/// use wgrad::data::{Request, Surroundings, load_from};
///
/// let around = Surroundings { drawn: (20, 10), ..Surroundings::of_process() };
/// let request = Request { synthetic: true, seed: 7, ..Request::default() };
/// assert_eq!(load_from(&request, &around)?.train.len(), 20);
/// # Ok::<(), wgrad::data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Request {
    /// Where the files are (`--data`), as [`Files::locate`] takes it; then no other place is tried.
    pub folder: Option<PathBuf>,
    /// Draw digits without looking for files (`--synthetic`).
    pub synthetic: bool,
    /// The seed of drawn digits.
    pub seed: u64,
    /// Whether files that are missing may be downloaded.
    pub download: bool,
}

impl Default for Request {
    fn default() -> Self {
        Self { folder: None, synthetic: false, seed: 0, download: true }
    }
}

/// What [`load`] finds around it: environment variables, the user's data folder, mirrors.
///
/// ```
/// use wgrad::data::{Request, Source, Surroundings, load_from};
///
/// // No folder to look in or to download to: digits are drawn.
/// let around = Surroundings { named_folder: None, user_folder: None, drawn: (20, 10), ..Surroundings::of_process() };
/// let mnist = load_from(&Request::default(), &around)?;
/// assert!(matches!(mnist.source, Source::Drawn { .. }));
/// # Ok::<(), wgrad::data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Where `WGRAD_DATA` says that the files are; then no other place is tried.
    pub named_folder: Option<PathBuf>,
    /// `wgrad/mnist` in the user's data folder, such as `~/.local/share` on Linux.
    pub user_folder: Option<PathBuf>,
    /// The mirrors, or only that of `WGRAD_MNIST_URL` where it is set.
    pub downloader: Downloader,
    /// How many training and test images are drawn when no files are found.
    pub drawn: (usize, usize),
}

impl Surroundings {
    /// Reads the environment of this process; an empty variable counts as unset.
    pub fn of_process() -> Self {
        let mut downloader = Downloader::default();
        if let Some(url) = env::var("WGRAD_MNIST_URL").ok().filter(|url| !url.is_empty()) {
            downloader.mirrors = vec![url];
        }
        Self {
            named_folder: env::var_os("WGRAD_DATA").filter(|folder| !folder.is_empty()).map(PathBuf::from),
            user_folder: dirs::data_dir().map(|folder| folder.join("wgrad").join("mnist")),
            downloader,
            drawn: (60_000, 10_000),
        }
    }
}

/// Loads the images that `request` asks for, with this process's [`Surroundings`].
///
/// A folder given in the request or by `WGRAD_DATA` is taken or is an error. Else come, in this order, the
/// user's data folder, a download into it, and digits drawn by the program; [`Mnist::source`] tells why.
///
/// A folder may hold any set in MNIST's format, such as Fashion-MNIST, KMNIST, QMNIST or EMNIST, with images of any size,
/// any number of them and any labels; [`Files::locate`] tells how it is found, [`Images::from_idx`] what is read.
/// EMNIST's files hold images transposed; where a name begins with `emnist` they become upright.
///
/// ```
/// use wgrad::data::{DataError, Request, load};
///
/// let request = Request { folder: Some("no/such/folder".into()), ..Request::default() };
/// assert!(matches!(load(&request), Err(DataError::NoFolder { .. }))); // no digits are drawn in its place
/// ```
///
/// # Errors
/// A folder given is not right, or the request asks for a folder and for drawn digits at once.
pub fn load(request: &Request) -> Result<Mnist, DataError> {
    load_from(request, &Surroundings::of_process())
}

/// [`load`] with given surroundings.
///
/// ```
/// use wgrad::data::{Request, Surroundings, load_from};
///
/// let around = Surroundings { drawn: (20, 10), ..Surroundings::of_process() };
/// let mnist = load_from(&Request { synthetic: true, ..Request::default() }, &around)?;
/// assert_eq!((mnist.train.len(), mnist.test.len()), (20, 10));
/// # Ok::<(), wgrad::data::DataError>(())
/// ```
///
/// # Errors
/// As [`load`].
pub fn load_from(request: &Request, around: &Surroundings) -> Result<Mnist, DataError> {
    match (&request.folder, &around.named_folder) {
        (Some(folder), _) if request.synthetic => Err(DataError::Conflict { folder: folder.clone() }),
        (Some(folder), _) => read_folder(folder, "asked for"),
        _ if request.synthetic => Ok(draw(request, around, "asked for".into())),
        (None, Some(folder)) => read_folder(folder, "named by WGRAD_DATA"),
        (None, None) => Ok(search(request, around)),
    }
}

/// Tries the user's data folder, then a download into it, then draws.
fn search(request: &Request, around: &Surroundings) -> Mnist {
    let Some(folder) = &around.user_folder else {
        return draw(request, around, "this user has no data folder to look in or download to".into());
    };
    let absent = match read_folder(folder, "the user's data folder") {
        Ok(mnist) => return mnist,
        Err(error) => error,
    };
    if !request.download {
        return draw(request, around, format!("{absent}; downloading is switched off"));
    }
    match download(&around.downloader, folder, &absent) {
        Ok(mnist) => mnist,
        Err(reason) => draw(request, around, format!("{absent}; {reason}")),
    }
}

fn download(downloader: &Downloader, folder: &Path, absent: &DataError) -> Result<Mnist, String> {
    let (files, url) = downloader.fetch(folder).map_err(|error| error.to_string())?;
    let source = Source::Download { url, folder: folder.into(), why: absent.to_string() };
    read_files(&files, source).map_err(|error| error.to_string())
}

fn read_folder(folder: &Path, why: &str) -> Result<Mnist, DataError> {
    let files = Files::locate(folder)?;
    let upright = if read::is_transposed(&files.0[0]) { ", turned upright" } else { "" };
    read_files(&files, Source::Folder { folder: folder.into(), why: format!("{why}{upright}") })
}

fn read_files(files: &Files, source: Source) -> Result<Mnist, DataError> {
    let (train, test) = read::read(files)?;
    Ok(Mnist { train, test, source })
}

fn draw(request: &Request, around: &Surroundings, why: String) -> Mnist {
    let (train, test) = around.drawn;
    let drawn = |split, count| digits::draw(request.seed, split, count);
    let source = Source::Drawn { seed: request.seed, why };
    Mnist { train: drawn(Split::Train, train), test: drawn(Split::Test, test), source }
}

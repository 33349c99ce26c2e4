//! Which images are taken: a folder named by the user, the user's data folder, a download, or drawn digits.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use super::{DataError, DatasetInfo, Files, Format, Origin, read};
use crate::data::Images;
use crate::data::digits::{self, Split};

/// Images to train on and images of the same size to test with.
///
/// ```
/// # use wgrad::data::{Request, Surroundings, load_from};
/// # let around = Surroundings { drawn: (20, 10), ..Surroundings::of_process() };
/// # let request = Request { synthetic: true, ..Request::default() };
/// let images = load_from(&request, &around)?;
/// println!("{}: {} + {} images", images.source, images.train.len(), images.test.len());
/// assert_eq!(images.classes(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
/// assert_eq!(images.class_names()[&7], "7");
/// # Ok::<(), wgrad::data::DataError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ImageSplits {
    /// The training images: 60,000 in MNIST.
    pub train: Images,
    /// The test images: 10,000 in MNIST.
    pub test: Images,
    /// Where they are from.
    pub source: Source,
    /// The set that was asked for, if it was one by name.
    pub info: Option<DatasetInfo>,
}

impl ImageSplits {
    /// All labels, ascending: those of a set asked for by name, which count from 0, else those that occur, such as 1 to 26 in
    /// the files of EMNIST's letters.
    pub fn classes(&self) -> Vec<u32> {
        if let Some(info) = &self.info {
            return (0..info.classes.len() as u32).collect();
        }
        let labels: BTreeSet<u32> = self.train.labels.iter().chain(&self.test.labels).copied().collect();
        labels.into_iter().collect()
    }

    /// What the class of each label is called; the label itself where no set was asked for by name.
    pub fn class_names(&self) -> BTreeMap<u32, String> {
        let names = self.info.as_ref().map_or(&[][..], |info| info.classes);
        let name =
            |label: u32| names.get(label as usize).map_or_else(|| label.to_string(), ToString::to_string);
        self.classes().into_iter().map(|label| (label, name(label))).collect()
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
/// match load_from(&request, &around)?.source {
///     Source::Drawn { seed, why } => assert_eq!((seed, why.as_str()), (7, "asked for")),
///     source => println!("{source}"),
/// }
/// # Ok::<(), wgrad::data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// Read from files in a folder.
    Folder {
        /// What is read, if a set was asked for by name.
        title: Option<&'static str>,
        /// The folder, or one set in it as [`Files::locate`] takes it.
        folder: PathBuf,
        /// Why this one.
        why: String,
    },
    /// Fetched from the network.
    Download {
        /// What is read.
        title: &'static str,
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
            Self::Folder { title, folder, why } => {
                write!(f, "{} in {} ({why})", title.unwrap_or("images"), folder.display())
            }
            Self::Download { title, url, folder, why } => {
                write!(f, "{title} downloaded from {url} to {} ({why})", folder.display())
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
    /// The set (`--dataset`); if none, MNIST, or what a folder holds in its format.
    pub dataset: Option<DatasetInfo>,
    /// Where the files are (`--data`); then no other place is tried.
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
        Self { dataset: None, folder: None, synthetic: false, seed: 0, download: true }
    }
}

/// What [`load`] finds around it: environment variables, the user's data folder, mirrors.
///
/// ```
/// use wgrad::data::{Request, Source, Surroundings, load_from};
///
/// // No folder to look in or to download to: digits are drawn.
/// let around = Surroundings { named_folder: None, user_folder: None, drawn: (20, 10), ..Surroundings::of_process() };
/// let images = load_from(&Request::default(), &around)?;
/// assert!(matches!(images.source, Source::Drawn { .. }));
/// # Ok::<(), wgrad::data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Where `WGRAD_DATA` says that the files are; then no other place is tried.
    pub named_folder: Option<PathBuf>,
    /// `wgrad` in the user's data folder, such as `~/.local/share` on Linux; it has a folder for each set.
    pub user_folder: Option<PathBuf>,
    /// By the names of sets, mirrors to take in the place of all others: those of `WGRAD_MNIST_URL`,
    /// `WGRAD_FASHION_MNIST_URL` and `WGRAD_KMNIST_URL`.
    pub mirrors: BTreeMap<String, String>,
    /// How many training and test images are drawn when no files are found.
    pub drawn: (usize, usize),
}

impl Surroundings {
    /// Reads the environment of this process; an empty variable counts as unset.
    pub fn of_process() -> Self {
        let mirror = |DatasetInfo { name, .. }: DatasetInfo| {
            let variable = format!("WGRAD_{}_URL", name.to_uppercase().replace('-', "_"));
            env::var(variable).ok().filter(|url| !url.is_empty()).map(|url| (name.into(), url))
        };
        Self {
            named_folder: env::var_os("WGRAD_DATA").filter(|folder| !folder.is_empty()).map(PathBuf::from),
            user_folder: dirs::data_dir().map(|folder| folder.join("wgrad")),
            mirrors: DatasetInfo::all().into_iter().filter_map(mirror).collect(),
            drawn: (60_000, 10_000),
        }
    }
}

/// Loads the images that `request` asks for, with this process's [`Surroundings`].
///
/// A folder given in the request or by `WGRAD_DATA` is taken or is an error. Else come, in this order, the
/// user's data folder, a download into it, and, for MNIST, digits drawn by the program; [`ImageSplits::source`] tells why.
///
/// A set asked for by name lies in the folder, or in one for it there: `fashion-mnist` for [`DatasetInfo::fashion_mnist`], or
/// `gzip` for what EMNIST's archive has. Its images have its size and its labels its classes, which count from 0.
///
/// Where none is asked for, a folder may hold any set in MNIST's format, such as QMNIST, with images of any size,
/// any number of them and any labels; [`Files::locate`] tells how it is found, [`Images::from_idx`] what is read.
/// EMNIST's files hold images transposed; where a name begins with `emnist` they become upright.
///
/// ```
/// use wgrad::data::{DataError, DatasetInfo, Request, load};
///
/// let request = Request { folder: Some("no/such/folder".into()), ..Request::default() };
/// assert!(matches!(load(&request), Err(DataError::NoFolder { .. }))); // no digits are drawn in its place
/// let request = Request { dataset: Some(DatasetInfo::cifar10()), ..request };
/// let error = load(&request).unwrap_err();
/// assert!(error.to_string().starts_with("CIFAR-10 lacks data_batch_1.bin, data_batch_2.bin"));
/// ```
///
/// # Errors
/// A folder given is not right; the request asks for a folder and for drawn digits at once, or for digits in the place of
/// another set; a set that is not MNIST is not at hand.
pub fn load(request: &Request) -> Result<ImageSplits, DataError> {
    load_from(request, &Surroundings::of_process())
}

/// [`load`] with given surroundings.
///
/// ```
/// use wgrad::data::{Request, Surroundings, load_from};
///
/// let around = Surroundings { drawn: (20, 10), ..Surroundings::of_process() };
/// let images = load_from(&Request { synthetic: true, ..Request::default() }, &around)?;
/// assert_eq!((images.train.len(), images.test.len()), (20, 10));
/// # Ok::<(), wgrad::data::DataError>(())
/// ```
///
/// # Errors
/// As [`load`].
pub fn load_from(request: &Request, around: &Surroundings) -> Result<ImageSplits, DataError> {
    match (&request.folder, &around.named_folder) {
        (Some(folder), _) if request.synthetic => Err(DataError::Conflict { folder: folder.clone() }),
        (Some(folder), _) => read_folder(folder, request, "asked for"),
        _ if request.synthetic && !request.is_mnist() => {
            Err(DataError::NotDrawn { title: request.sought().title })
        }
        _ if request.synthetic => Ok(draw(request, around, "asked for".into())),
        (None, Some(folder)) => read_folder(folder, request, "named by WGRAD_DATA"),
        (None, None) => match find(request, around) {
            Err(DataError::Unavailable { why, .. }) if request.is_mnist() => Ok(draw(request, around, why)),
            found => found,
        },
    }
}

impl Request {
    /// The set that is looked for where no folder is named.
    fn sought(&self) -> DatasetInfo {
        self.dataset.clone().unwrap_or_else(DatasetInfo::mnist)
    }

    /// Whether drawn digits may stand for it.
    fn is_mnist(&self) -> bool {
        self.sought().name == "mnist"
    }
}

/// Tries the user's data folder, then a download into it; else says why not.
fn find(request: &Request, around: &Surroundings) -> Result<ImageSplits, DataError> {
    let DatasetInfo { name, title, folder, origin, .. } = request.sought();
    let unavailable = |why: String| DataError::Unavailable { title, why };
    let no_folder = || unavailable("this user has no data folder to look in or download to".into());
    let folder = around.user_folder.as_ref().ok_or_else(no_folder)?.join(folder);
    let absent = match read_folder(&folder, request, "the user's data folder") {
        Ok(images) => return Ok(images),
        Err(error) => error,
    };
    let Origin::Mirrors(mut downloader) = origin else { return Err(absent) };
    if !request.download {
        return Err(unavailable(format!("{absent}; downloading is switched off")));
    }
    if let Some(mirror) = around.mirrors.get(name) {
        downloader.mirrors = vec![mirror.clone()];
    }
    let failed = |error: &dyn fmt::Display| unavailable(format!("{absent}; {error}"));
    let (files, url) = downloader.fetch(&folder).map_err(|error| failed(&error))?;
    let why = absent.to_string();
    let read = read_files(&files, request, Source::Download { title, url, folder, why });
    read.map_err(|error| failed(&error))
}

fn read_folder(folder: &Path, request: &Request, why: &str) -> Result<ImageSplits, DataError> {
    let files = match &request.dataset {
        Some(info) => info.locate(folder)?,
        None => Files::locate(folder)?.0.to_vec(),
    };
    let upright = if is_transposed(&files, request) { ", turned upright" } else { "" };
    let title = request.dataset.as_ref().map(|info| info.title);
    read_files(
        &files,
        request,
        Source::Folder { title, folder: folder.into(), why: format!("{why}{upright}") },
    )
}

/// Whether files hold images transposed: by what is known of a set, else those of EMNIST by their name.
fn is_transposed(files: &[PathBuf], request: &Request) -> bool {
    match &request.dataset {
        Some(info) => info.format == Format::Idx { transposed: true },
        None => files.first().is_some_and(|file| read::is_of_emnist(file)),
    }
}

fn read_files(files: &[PathBuf], request: &Request, source: Source) -> Result<ImageSplits, DataError> {
    let (train, test) = match (&request.dataset, files) {
        (None, [train, train_labels, test, test_labels]) => {
            read::read([train, train_labels, test, test_labels], is_transposed(files, request))?
        }
        _ => request.sought().read(files)?,
    };
    Ok(ImageSplits { train, test, source, info: request.dataset.clone() })
}

fn draw(request: &Request, around: &Surroundings, why: String) -> ImageSplits {
    let (train, test) = around.drawn;
    let drawn = |split, count| digits::draw(request.seed, split, count);
    let (train, test) = (drawn(Split::Train, train), drawn(Split::Test, test));
    let source = Source::Drawn { seed: request.seed, why };
    ImageSplits { train, test, source, info: request.dataset.clone() }
}

//! What is known of a set of images: its name, its classes, its files, and where they are from.

mod load;
mod sets;

use std::str::FromStr;

use super::DataError;
use super::download::Downloader;

/// A set of images that has a name, as a value: MNIST and others are made by functions, and one of your own as a literal.
///
/// ```
/// use wgrad::data::DatasetInfo;
///
/// let letters: DatasetInfo = "emnist-letters".parse()?;
/// assert_eq!((letters.classes.len(), letters.shape), (26, [28, 28, 1]));
/// let error = "imagenet".parse::<DatasetInfo>().unwrap_err();
/// assert!(error.to_string().ends_with("mnist, fashion-mnist, kmnist, emnist-digits, emnist-letters, cifar10"));
/// # Ok::<(), wgrad::data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetInfo {
    /// Its name in flags and in the names of files: `fashion-mnist`.
    pub name: &'static str,
    /// Its name in sentences: `Fashion-MNIST`.
    pub title: &'static str,
    /// What its classes are called.
    pub classes: &'static [&'static str],
    /// The label of the first class in the files; labels that are read count from 0.
    pub first_label: u32,
    /// Rows, columns and channels of an image.
    pub shape: [usize; 3],
    /// How its files hold images and labels.
    pub format: Format,
    /// The folder for it among the folders of other sets.
    pub folder: &'static str,
    /// Where its files are from.
    pub origin: Origin,
}

/// How files hold images and labels.
///
/// ```
/// use wgrad::data::{DatasetInfo, Format};
///
/// assert_eq!(DatasetInfo::cifar10().format, Format::Cifar);
/// assert_eq!(DatasetInfo::emnist_digits().format, Format::Idx { transposed: true });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Four IDX files, plain or gzipped, of training images, their labels, test images and theirs.
    Idx {
        /// Whether columns come before rows; images become upright.
        transposed: bool,
    },
    /// CIFAR-10's binary version, `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`: for each image a byte for its
    /// label, and its planes of red, green and blue (A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images",
    /// 2009).
    Cifar,
}

/// Where a set's files are from.
///
/// ```
/// use wgrad::data::{DatasetInfo, Origin};
///
/// match DatasetInfo::cifar10().origin {
///     Origin::Archive(archive) => assert_eq!(archive.bytes, 170_052_171),
///     origin => panic!("{origin:?}"),
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Mirrors that have them one by one, in the order in which they are read.
    Mirrors(Downloader),
    /// An archive that a user fetches and unpacks.
    Archive(Archive),
}

/// An archive that a user fetches, for `sha256sum` to check.
///
/// ```
/// use wgrad::data::{DatasetInfo, Origin};
///
/// let Origin::Archive(archive) = DatasetInfo::emnist_letters().origin else { panic!("no archive") };
/// assert!(archive.url.ends_with("gzip.zip") && archive.folder == "gzip");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// Its address.
    pub url: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// The folder within it that holds the files.
    pub folder: String,
}

impl DatasetInfo {
    /// All that have a function here.
    pub fn all() -> [Self; 6] {
        [
            Self::mnist(),
            Self::fashion_mnist(),
            Self::kmnist(),
            Self::emnist_digits(),
            Self::emnist_letters(),
            Self::cifar10(),
        ]
    }
}

/// The set of this name.
impl FromStr for DatasetInfo {
    type Err = DataError;

    fn from_str(name: &str) -> Result<Self, DataError> {
        let known = Self::all();
        let names = known.iter().map(|info| info.name).collect();
        known
            .into_iter()
            .find(|info| info.name == name)
            .ok_or_else(|| DataError::NoSet { name: name.into(), known: names })
    }
}

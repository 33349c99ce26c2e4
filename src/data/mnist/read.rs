//! Images and their labels from pairs of IDX files.

use std::io::Read;
use std::path::Path;

use super::DataError;
use super::idx::{self, IMAGES, Idx, LABELS};
use super::number::{self, Kind};
use crate::data::Images;

/// Numbers for each label in QMNIST's files: the class, then who wrote the image and where it is in NIST's set.
const QMNIST_COLUMNS: u32 = 8;

/// Reads the training and the test images.
///
/// # Errors
/// Names the first file with a fault, and the fault.
pub(super) fn read(files: [&Path; 4], transposed: bool) -> Result<(Images, Images), DataError> {
    let [train_images, train_labels, test_images, test_labels] = files;
    let train = read_pair(train_images, train_labels, transposed)?;
    let test = read_pair(test_images, test_labels, transposed)?;
    if (train.height, train.width) == (test.height, test.width) {
        return Ok((train, test));
    }
    Err(DataError::Sizes {
        train: train_images.into(),
        train_size: [train.height as u32, train.width as u32],
        test: test_images.into(),
        test_size: [test.height as u32, test.width as u32],
    })
}

/// Images that are `transposed` become upright.
fn read_pair(images: &Path, labels: &Path, transposed: bool) -> Result<Images, DataError> {
    let read = pair((idx::open(images)?, images), (idx::open(labels)?, labels))?;
    Ok(if transposed { read.transposed() } else { read })
}

/// Whether a file is one of EMNIST's, which hold images transposed.
pub(super) fn is_of_emnist(images: &Path) -> bool {
    images.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().starts_with("emnist"))
}

impl Images {
    /// Reads images and their labels from the content of two IDX files, plain or gzipped; messages call them `images`
    /// and `labels`.
    ///
    /// Numbers may have any type of IDX: integers from 0 to 255 or floats from 0 to 1 as pixels, whole numbers from 0 on
    /// as labels. Where there are 8 numbers a label, as in QMNIST, the first counts. Images stay as the file has them;
    /// see [`Images::transposed`].
    ///
    /// No more is read or held than a right header calls for and one byte.
    ///
    /// # Errors
    /// A header, a length, a pixel or a label that is not right; as many labels as images are not there; more than
    /// [`u32::MAX`] pixels.
    pub fn from_idx(images: impl Read, labels: impl Read) -> Result<Self, DataError> {
        pair((images, Path::new("images")), (labels, Path::new("labels")))
    }
}

/// Checks both headers before it reads what follows them.
fn pair(
    (images, images_path): (impl Read, &Path),
    (labels, labels_path): (impl Read, &Path),
) -> Result<Images, DataError> {
    let mut images = Idx::new(images, images_path, &IMAGES)?;
    let mut labels = Idx::new(labels, labels_path, &LABELS)?;
    if images.shape[0] != labels.shape[0] {
        return Err(DataError::Counts {
            images: images_path.into(),
            image_count: images.shape[0],
            labels: labels_path.into(),
            label_count: labels.shape[0],
        });
    }
    let (height, width) = (images.shape[1] as usize, images.shape[2] as usize);
    Ok(Images { pixels: pixels(&mut images)?, labels: classes(&mut labels)?, height, width, channels: 1 })
}

fn pixels(images: &mut Idx<'_>) -> Result<Vec<u8>, DataError> {
    let (body, kind) = (images.body()?, images.kind);
    if kind == Kind::U8 {
        return Ok(body);
    }
    let numbers = body.chunks_exact(kind.size()).map(|bytes| kind.number(bytes));
    all(
        numbers,
        |number| kind.pixel(number),
        |index, found| {
            let expected = kind.pixels().into();
            DataError::Number { path: images.path.into(), what: "pixel", index, found, expected }
        },
    )
}

fn classes(labels: &mut Idx<'_>) -> Result<Vec<u32>, DataError> {
    let (kind, columns) = (labels.kind, labels.shape.get(1).copied().unwrap_or(1));
    let of_qmnist = kind == Kind::I32 && columns == QMNIST_COLUMNS;
    if columns != 1 && !of_qmnist {
        return Err(DataError::Field {
            path: labels.path.into(),
            field: "number of columns",
            found: columns,
            expected: "1, or 8 of type 12 as in QMNIST",
        });
    }
    let body = labels.body()?;
    let rows = body.chunks_exact(kind.size() * columns as usize);
    let numbers = rows.map(|row| kind.number(&row[..kind.size()]));
    all(numbers, number::label, |index, found| {
        let expected = "a whole number from 0 on".into();
        DataError::Number { path: labels.path.into(), what: "label", index, found, expected }
    })
}

/// What all numbers stand for, or the fault of the first that stands for nothing.
fn all<T>(
    numbers: impl ExactSizeIterator<Item = f64>,
    meaning: impl Fn(f64) -> Option<T>,
    fault: impl Fn(usize, f64) -> DataError,
) -> Result<Vec<T>, DataError> {
    let mut meanings = Vec::with_capacity(numbers.len());
    for (index, number) in numbers.enumerate() {
        meanings.push(meaning(number).ok_or_else(|| fault(index, number))?);
    }
    Ok(meanings)
}

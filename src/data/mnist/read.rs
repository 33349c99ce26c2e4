//! Reading a set of four files through the `mnist` crate.
//!
//! That crate panics on a file that is not right, reads plain files only, and takes nothing but 60,000 and
//! 10,000 images of 28 × 28. So the files are checked first, written plain into a temporary folder, and
//! filled up there with empty entries, which are cut off again after reading.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use mnist::MnistBuilder;

use super::DataError;
use super::files::{Files, ROLES, Role};
use super::idx::{self, Idx, SIDE};
use crate::data::Images;

/// Reads the training and the test images.
///
/// # Errors
/// Names the first file with a fault, and the fault.
pub(super) fn read(files: &Files) -> Result<(Images, Images), DataError> {
    let folder = tempfile::tempdir().map_err(|source| unpack_error(&std::env::temp_dir(), source))?;
    let [train_images, train_labels, test_images, test_labels] = &files.0;
    let [r0, r1, r2, r3] = &ROLES;
    let train = unpack_pair(folder.path(), (train_images, r0), (train_labels, r1))?;
    let test = unpack_pair(folder.path(), (test_images, r2), (test_labels, r3))?;
    let base = folder.path().to_str();
    let base = base.ok_or_else(|| unpack_error(folder.path(), io::Error::other("the name is not UTF-8")))?;
    let set = MnistBuilder::new().base_path(base).label_format_digit().finalize();
    Ok((images(set.trn_img, set.trn_lbl, train), images(set.tst_img, set.tst_lbl, test)))
}

fn images(pixels: Vec<u8>, labels: Vec<u8>, count: u32) -> Images {
    let side = SIDE as usize;
    Images { pixels, labels, height: side, width: side }.take(count as usize)
}

impl Images {
    /// Reads images and their labels from the content of two plain IDX files, as those of MNIST's training set are;
    /// messages call them `images` and `labels`.
    ///
    /// No more is read or held than a right header calls for and one byte.
    ///
    /// # Errors
    /// A header, a length or a label that is not right; as many labels as images are not there.
    pub fn from_idx(images: impl Read, labels: impl Read) -> Result<Self, DataError> {
        let [images_role, labels_role, ..] = &ROLES;
        let images = (images, Path::new("images"), images_role);
        let [images, labels] = checked(images, (labels, Path::new("labels"), labels_role))?;
        Ok(self::images(images.body, labels.body, images.count))
    }
}

/// Checks a file of images and its labels, unpacks both into `folder`, and returns how many they are.
fn unpack_pair(folder: &Path, images: (&Path, &Role), labels: (&Path, &Role)) -> Result<u32, DataError> {
    let opened = |(path, role)| idx::open(path).map(|content| (content, path, role));
    let contents = checked(opened(images)?, opened(labels)?)?;
    for ((_, role), content) in [images, labels].into_iter().zip(&contents) {
        let target = folder.join(role.name);
        write_filled_up(&target, role, content).map_err(|source| unpack_error(&target, source))?;
    }
    Ok(contents[0].count)
}

/// Reads and checks images and their labels.
fn checked(
    (images, images_path, images_role): (impl Read, &Path, &Role),
    (labels, labels_path, labels_role): (impl Read, &Path, &Role),
) -> Result<[Idx; 2], DataError> {
    let images = idx::read(images, images_path, images_role)?;
    let labels = idx::read(labels, labels_path, labels_role)?;
    check_labels(&labels.body, labels_path)?;
    if images.count == labels.count {
        return Ok([images, labels]);
    }
    Err(DataError::Counts {
        images: images_path.into(),
        image_count: images.count,
        labels: labels_path.into(),
        label_count: labels.count,
    })
}

fn check_labels(labels: &[u8], path: &Path) -> Result<(), DataError> {
    match labels.iter().enumerate().find(|&(_, &label)| label > 9) {
        Some((index, &found)) => Err(DataError::Label { path: path.into(), index, found }),
        None => Ok(()),
    }
}

/// Writes the file as the `mnist` crate wants it: with `capacity` entries, those past the content empty.
fn write_filled_up(target: &Path, role: &Role, content: &Idx) -> io::Result<()> {
    let mut file = File::create(target)?;
    file.write_all(&(0x0800 | role.dimensions).to_be_bytes())?;
    let shape = [role.capacity, SIDE, SIDE];
    for size in shape.iter().take(role.dimensions as usize) {
        file.write_all(&size.to_be_bytes())?;
    }
    file.write_all(&content.body)?;
    let length = idx::header_length(role) + role.capacity as usize * idx::entry_length(role);
    file.set_len(length as u64)
}

fn unpack_error(path: &Path, source: io::Error) -> DataError {
    DataError::Unpack { path: path.into(), source }
}

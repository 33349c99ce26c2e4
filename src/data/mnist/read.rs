//! Reading a set of four files through the `mnist` crate.
//!
//! That crate panics on a file that is not right, reads plain files only, and takes nothing but 60,000 and
//! 10,000 images of 28 × 28. So the files are checked first, written plain into a temporary folder, and
//! filled up there with empty entries, which are cut off again after reading.

use std::fs::File;
use std::io::{self, Write};
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

/// Checks a file of images and its labels, unpacks both into `folder`, and returns how many they are.
fn unpack_pair(folder: &Path, images: (&Path, &Role), labels: (&Path, &Role)) -> Result<u32, DataError> {
    let image_count = unpack(folder, images, |_| Ok(()))?;
    let label_count = unpack(folder, labels, |body| check_labels(body, labels.0))?;
    if image_count != label_count {
        let (images, labels) = (images.0.into(), labels.0.into());
        return Err(DataError::Counts { images, image_count, labels, label_count });
    }
    Ok(image_count)
}

fn unpack(
    folder: &Path,
    (path, role): (&Path, &Role),
    check: impl Fn(&[u8]) -> Result<(), DataError>,
) -> Result<u32, DataError> {
    let content = idx::read(path, role)?;
    check(&content.body)?;
    let target = folder.join(role.name);
    write_filled_up(&target, role, &content).map_err(|source| unpack_error(&target, source))?;
    Ok(content.count)
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

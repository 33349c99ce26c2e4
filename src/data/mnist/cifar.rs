//! CIFAR-10's binary files: records of a label and the planes of red, green and blue.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::{DataError, DatasetInfo, idx};
use crate::data::Images;

/// Training batches, then the test batch.
const NAMES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];

/// The path of each file in a folder, or the name of one that is not there.
pub(super) fn files_in(folder: &Path) -> Vec<Result<PathBuf, String>> {
    let file = |name: &str| {
        let path = folder.join(name);
        if path.is_file() { Ok(path) } else { Err(name.to_string()) }
    };
    NAMES.map(file).to_vec()
}

/// Reads the images of files one behind the other, channels last.
pub(super) fn read(files: &[PathBuf], info: &DatasetInfo) -> Result<Images, DataError> {
    let [height, width, channels] = info.shape;
    let mut images = Images { pixels: Vec::new(), labels: Vec::new(), height, width, channels };
    for path in files {
        let bytes = bytes(path)?;
        let record = 1 + height * width * channels;
        if bytes.is_empty() || !bytes.len().is_multiple_of(record) {
            return Err(DataError::Records { path: path.into(), found: bytes.len() as u64, record });
        }
        let records = || bytes.chunks_exact(record);
        images.labels.extend(info.classes_of(records().map(|record| record[0].into()), path)?);
        for record in records() {
            let planes = &record[1..];
            for pixel in 0..height * width {
                images.pixels.extend(planes[pixel..].iter().step_by(height * width));
            }
        }
    }
    Ok(images)
}

fn bytes(path: &Path) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    let read = idx::open(path)?.read_to_end(&mut bytes);
    read.map_err(|source| DataError::Read { path: path.into(), source })?;
    Ok(bytes)
}

//! Small IDX files for tests.
#![allow(dead_code, reason = "each test uses a part")]

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};

pub const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// An IDX file of `count` images of 28 × 28 whose pixels differ from place to place.
pub fn images(count: u32) -> Vec<u8> {
    let mut file = header(&[count, 28, 28]);
    file.extend((0..count * 784).map(|index| (index * 31 % 251) as u8));
    file
}

/// An IDX file of the labels 0 to 9 in turn.
pub fn labels(count: u32) -> Vec<u8> {
    let mut file = header(&[count]);
    file.extend((0..count).map(|index| (index % 10) as u8));
    file
}

/// The header of an IDX file of unsigned bytes.
pub fn header(shape: &[u32]) -> Vec<u8> {
    header_of(8, shape)
}

/// The header of an IDX file whose numbers have the type with this code.
pub fn header_of(code: u8, shape: &[u32]) -> Vec<u8> {
    let mut header = vec![0, 0, code, shape.len() as u8];
    header.extend(shape.iter().flat_map(|size| size.to_be_bytes()));
    header
}

/// The four files of a set of 12 training and 7 test images, in the order of [`NAMES`].
pub fn small_set() -> [Vec<u8>; 4] {
    [images(12), labels(12), images(7), labels(7)]
}

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// Writes the small set into `folder`, which is made, under the usual names.
pub fn write_small_set(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (name, content) in NAMES.iter().zip(small_set()) {
        fs::write(folder.join(name), content).unwrap();
    }
}
